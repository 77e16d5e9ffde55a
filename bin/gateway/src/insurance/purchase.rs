//! POST /insurance/purchase: the policy that a paid order bought.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller},
    insurance::{Policy, calculate_premium::within},
    spec::{
        examples::{ORDER_ID, PLAN_ID, QUOTE_ID},
        patterns::LINE,
    },
    user::birth_date,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State, http::StatusCode};
use insurance::{DEPENDANTS_NAMED_MAX, Life, PlanId, QuoteId, Relationship, ToldPolicy, ToldRelative};
use kernel::{FieldError, Gender, Masked, OrderRef, business_day};
use schemars::JsonSchema;
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

/// What was paid for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PurchasePolicyRequest")]
pub(crate) struct Request {
    /// The plan that was quoted.
    #[schemars(example = PLAN_ID)]
    plan_id: Uuid,
    /// The order that was paid, as `POST /payments/session` answered.
    #[schemars(example = ORDER_ID, regex(pattern = r"^[A-Za-z0-9]{1,20}$"))]
    payment_order_id: String,
    /// The quote that was paid for; checked if it is given.
    #[schemars(example = QUOTE_ID)]
    quote_id: Option<Uuid>,
    /// Whom the policy is to cover beside the policyholder; checked if it is given, against those of `/user/dependants`
    /// who were quoted.
    #[schemars(length(max = DEPENDANTS_NAMED_MAX))]
    dependants: Option<Vec<InsuredRelative>>,
}

/// A relative the policy is to cover.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InsuredRelative {
    /// First and last name, as in `/user/dependants`.
    #[schemars(example = &"Kiran Devi", length(max = 511), regex(pattern = LINE))]
    name: String,
    /// What they are to the policyholder.
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: String,
    /// Birth date, `YYYY-MM-DD`.
    #[schemars(example = &"2016-07-30", extend("format" = "date"))]
    dob: String,
    /// Gender.
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: String,
}

impl InsuredRelative {
    fn told(&self, today: Date) -> Result<ToldRelative, FieldError> {
        let life = Life { born: birth_date(&self.dob, today)?, gender: Gender::parse(&self.gender)? };
        let relationship = Relationship::parse(&self.relationship)?;
        Ok(ToldRelative { name: Masked::new(self.name.clone()), relationship, life })
    }
}

impl Request {
    fn relatives(&self, today: Date) -> Result<Option<Vec<ToldRelative>>, Error> {
        let Some(dependants) = &self.dependants else { return Ok(None) };
        if dependants.len() > usize::from(DEPENDANTS_NAMED_MAX) {
            return Err(Error::invalid("dependants", "must be no more than anybody may name"));
        }
        let told = dependants.iter().enumerate().map(|(index, one)| {
            one.told(today).map_err(|error| within(&format!("dependants[{index}]"), error))
        });
        told.collect::<Result<_, _>>().map(Some)
    }

    /// The policy that is told of, as of `today`, the business day.
    fn told(&self, today: Date) -> Result<ToldPolicy, Error> {
        Ok(ToldPolicy {
            plan_id: PlanId::new(self.plan_id),
            quote_id: self.quote_id.map(QuoteId::new),
            relatives: self.relatives(today)?,
        })
    }
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let op = op
        .id("purchasePolicy")
        .tag("Insurance")
        .summary("Take up a paid policy")
        .description(
            "Call it when the payment page closes: it answers the policy, `ISSUING` at first, once its order is `SUCCESS`. \
             Whoever never calls it gets the same policy: the payment alone has it issued, or goes back. Answers 201 if the \
             policy was taken up by this call and 200 if it had been before; repeating it changes nothing, and what is told \
             wrongly takes nothing up. \
             `ORDER_NOT_PAID` also once the money went back.",
        )
        .response::<200, Json<Policy>>()
        .response::<201, Json<Policy>>();
    let errors = [
        identity::fault::INVALID_TOKEN,
        kernel::catalogue::INVALID_DATE_FORMAT,
        kernel::catalogue::NOT_FOUND,
        payments::fault::ORDER_NOT_FOUND,
        payments::fault::ORDER_NOT_PAID,
        payments::fault::ORDER_ALREADY_USED,
        payments::fault::AMOUNT_MISMATCH,
        insurance::fault::POLICY_ALREADY_EXISTS,
        insurance::fault::QUOTE_EXPIRED,
        kernel::catalogue::INVALID_STATE,
        kernel::catalogue::PARTNER_ERROR,
        kernel::catalogue::PARTNER_UNAVAILABLE,
        kernel::catalogue::TIMEOUT,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(request): Body<Request>,
) -> Result<(StatusCode, Json<Policy>), Error> {
    let told = request.told(business_day(app.env.now()))?;
    let order_id = OrderRef::parse(&request.payment_order_id)
        .ok_or_else(|| Error::new(payments::fault::ORDER_NOT_FOUND))?;
    let (policy, is_new) = app.purchases.claim(caller.user_id, &order_id, &told).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Policy::from(&policy))))
}
