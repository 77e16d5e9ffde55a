//! POST /insurance/calculate-premium: what a plan costs a family, held for a while.

use crate::{
    app::App,
    document,
    error::Error,
    extract::{Body, Caller},
    spec::examples::{DEPENDANT_ID, PLAN_ID, QUOTE_HASH, QUOTE_ID},
    user::birth_date,
};
use aide::transform::TransformOperation;
use axum::{Json, extract::State};
use insurance::{
    DEPENDANTS_MAX, DEPENDANTS_NAMED_MAX, DependantId, Life, Line, Member, PlanId, Quote, QuoteRequest,
    Relationship, Relatives, Rule, ToldHolder,
};
use kernel::{FieldError, Gender, business_day};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Who is to be covered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CalculatePremiumRequest")]
pub(crate) struct Request {
    /// The plan, as `GET /insurance/plans` lists it.
    #[schemars(example = PLAN_ID)]
    plan_id: Uuid,
    /// The policyholder; what is left out is taken from the profile.
    policyholder: Option<Policyholder>,
    /// Whom of `GET /user/dependants` to cover beside the policyholder. If neither this nor `dependants` is given, it is
    /// everybody there, where the plan covers any; nobody is `[]`.
    #[schemars(length(max = DEPENDANTS_NAMED_MAX), example = [DEPENDANT_ID])]
    dependant_ids: Option<Vec<Uuid>>,
    /// Relatives to cover who are not there, to know a price before anybody is named.
    #[schemars(length(max = DEPENDANTS_NAMED_MAX))]
    dependants: Option<Vec<Relative>>,
}

/// The policyholder.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policyholder {
    /// Birth date, `YYYY-MM-DD`; the profile's unless given.
    #[schemars(with = "Option<String>", example = &"1985-08-15", extend("format" = "date"))]
    dob: Option<String>,
    /// Gender; the profile's unless given.
    #[schemars(with = "Option<crate::spec::words::Gender>", example = &"female")]
    gender: Option<String>,
}

/// A relative to be covered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Relative {
    /// What they are to the policyholder.
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: String,
    /// Birth date, `YYYY-MM-DD`. A child is covered from 91 days to 25 years.
    #[schemars(example = &"2016-07-30", extend("format" = "date"))]
    dob: String,
    /// Gender; no price depends on it.
    #[schemars(with = "crate::spec::words::Gender", example = &"male")]
    gender: String,
}

/// The price, every rupee of it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CalculatePremiumResponse")]
pub(crate) struct Response {
    /// The quote: it holds this price.
    #[schemars(example = QUOTE_ID)]
    quote_id: Uuid,
    /// The plan that was asked about.
    #[schemars(example = PLAN_ID)]
    plan_id: Uuid,
    /// The version of its terms: a later one changes nothing here.
    #[schemars(with = "i64", example = 1)]
    plan_version: u32,
    /// The relatives it covers: as they were told, or as `GET /user/dependants` lists them.
    dependants: Vec<Covered>,
    /// The price line by line: the amounts add up to the total.
    breakdown: Vec<BreakdownLine>,
    /// The plan itself, in paise.
    #[schemars(example = 500_000)]
    base_premium: i64,
    /// What the policyholder's age adds, in paise.
    #[schemars(example = 25_000)]
    age_loading: i64,
    /// What the relatives add, in paise.
    #[schemars(example = 250_000)]
    dependant_premium: i64,
    /// All of it before tax, in paise.
    #[schemars(example = 775_000)]
    subtotal: i64,
    /// What the state takes.
    tax: Tax,
    /// What is to be paid, in paise.
    #[schemars(example = 775_000)]
    total: i64,
    /// Always `INR`.
    #[schemars(with = "crate::spec::words::Currency", example = &"INR")]
    currency: &'static str,
    /// The day from which cover is priced: ages are as of this day, and the tax is this day's.
    #[schemars(extend("format" = "date"), example = &"2026-01-15")]
    start_date: String,
    /// Until when the price is held.
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String", extend("format" = "date-time"), example = &"2026-01-22T12:34:56Z")]
    valid_until: OffsetDateTime,
    /// The rates the price was worked out by.
    #[schemars(example = &"2026-1")]
    rate_version: String,
    /// The same plan version, family, day and rates have the same hash, and the same price.
    #[schemars(example = QUOTE_HASH, regex(pattern = "^[0-9a-f]{64}$"))]
    hash: String,
}

/// A relative whom the price covers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CoveredRelative")]
pub(crate) struct Covered {
    /// What they are to the policyholder.
    #[schemars(with = "crate::spec::words::Relationship", example = &"child")]
    relationship: &'static str,
    /// Which of `GET /user/dependants` they are; `null` if the same was told of nobody there. Only who has a name can be
    /// insured.
    #[schemars(example = DEPENDANT_ID)]
    dependant_id: Option<Uuid>,
}

/// One line of the price.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BreakdownLine {
    /// What for.
    #[schemars(with = "crate::spec::words::PremiumLine", example = &"SPOUSE")]
    code: &'static str,
    /// How it was worked out.
    #[schemars(example = &"Spouse: 30 % of the base premium")]
    description: String,
    /// How much, in paise.
    #[schemars(example = 150_000)]
    amount: i64,
}

/// The tax on a premium.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PremiumTax")]
pub(crate) struct Tax {
    /// `GST`, or `GST_EXEMPT` where there is none: individuals and families since 22 September 2025.
    #[schemars(with = "crate::spec::words::TaxCode", example = &"GST_EXEMPT")]
    code: &'static str,
    /// Its rate in hundredths of a per cent.
    #[schemars(example = 0)]
    rate_bp: u16,
    /// How much, in paise.
    #[schemars(example = 0)]
    amount: i64,
}

impl From<&Line> for BreakdownLine {
    fn from(line: &Line) -> Self {
        Self { code: line.kind.code(), description: line.description.clone(), amount: line.amount.get() }
    }
}

impl From<&Member> for Covered {
    fn from(member: &Member) -> Self {
        Self {
            relationship: member.relationship.word(),
            dependant_id: member.dependant.map(|known| known.id.uuid()),
        }
    }
}

impl From<Quote> for Response {
    fn from(quote: Quote) -> Self {
        let premium = &quote.premium;
        Self {
            quote_id: quote.id.uuid(),
            plan_id: quote.plan_id.uuid(),
            plan_version: quote.plan_version,
            dependants: quote.cover.members.iter().map(Covered::from).collect(),
            breakdown: premium.lines.iter().map(BreakdownLine::from).collect(),
            base_premium: premium.base.get(),
            age_loading: premium.age_loading.get(),
            dependant_premium: premium.dependants.get(),
            subtotal: premium.subtotal.get(),
            tax: Tax {
                code: premium.tax.code(),
                rate_bp: premium.tax.rate.get(),
                amount: premium.tax.amount.get(),
            },
            total: premium.total.get(),
            currency: "INR",
            start_date: quote.cover.starts_on.to_string(),
            valid_until: quote.valid_until,
            hash: quote.hash.to_string(),
            rate_version: quote.rate_version,
        }
    }
}

impl Request {
    /// The relatives, as of `today`, the business day.
    fn relatives(&self, today: Date) -> Result<Relatives, Error> {
        if self.dependants.is_none() && self.dependant_ids.is_none() {
            return Ok(Relatives::Listed);
        }
        let (ids, dependants) = (self.dependant_ids.as_deref(), self.dependants.as_deref());
        let (ids, dependants) = (ids.unwrap_or_default(), dependants.unwrap_or_default());
        // More than any plan covers, so that the plan itself says how many it does.
        for (field, count) in [("dependant_ids", ids.len()), ("dependants", dependants.len())] {
            if count > usize::from(DEPENDANTS_NAMED_MAX) {
                return Err(Error::invalid(field, &format!("must be {DEPENDANTS_NAMED_MAX} at most")));
            }
        }
        let member = |(index, dependant): (usize, &Relative)| {
            dependant.member(today).map_err(|error| within(&format!("dependants[{index}]"), error))
        };
        let told = dependants.iter().enumerate().map(member).collect::<Result<_, _>>()?;
        Ok(Relatives::These { dependants: ids.iter().copied().map(DependantId::new).collect(), told })
    }

    /// What was told of the policyholder, as of `today`.
    fn holder(&self, today: Date) -> Result<ToldHolder, Error> {
        let Some(told) = &self.policyholder else { return Ok(ToldHolder::default()) };
        told.holder(today).map_err(|error| within("policyholder", error))
    }
}

impl Policyholder {
    fn holder(&self, today: Date) -> Result<ToldHolder, FieldError> {
        let born = self.dob.as_deref().map(|text| birth_date(text, today)).transpose()?;
        Ok(ToldHolder { born, gender: self.gender.as_deref().map(Gender::parse).transpose()? })
    }
}

impl Relative {
    fn member(&self, today: Date) -> Result<Member, FieldError> {
        let relationship = Relationship::parse(&self.relationship)?;
        let born = birth_date(&self.dob, today)?;
        Ok(Member::told(relationship, Life { born, gender: Gender::parse(&self.gender)? }))
    }
}

/// A field of a part of the body, named with the way to it.
pub(super) fn within(part: &str, error: FieldError) -> Error {
    let path = format!("{part}.{}", error.field);
    Error::from(error).with("field", path)
}

pub(crate) fn doc(op: TransformOperation<'_>) -> TransformOperation<'_> {
    let about = format!(
        "Call it whenever the person changes who is to be covered, and show the breakdown as it is: every rupee is in it. The \
         quote holds the price until `valid_until`. A plan covers at most {DEPENDANTS_MAX} relatives, of them one spouse, \
         four children and one of each parent. `NOT_ELIGIBLE` and `TOO_MANY_DEPENDANTS` name the rule in the way in \
         `details.rule`, one of {}; whose it is in `details.member`, \
         counted from 0 with those of `dependant_ids` first, and in `details.dependant_id`; and the bound in `min_years`, \
         `max_years`, `min_days` or `max`. `place_unknown` is mended by an address with a postal code in the profile.",
        Rule::WORDS.join(", "),
    );
    let op = op.id("calculatePremium").tag("Insurance").summary("Calculate a premium").description(&about);
    let errors = [
        identity::fault::INVALID_TOKEN,
        identity::fault::USER_NOT_FOUND,
        kernel::catalogue::INVALID_DATE_FORMAT,
        insurance::fault::PLAN_NOT_FOUND,
        kernel::catalogue::NOT_FOUND,
        insurance::fault::NOT_ELIGIBLE,
        insurance::fault::TOO_MANY_DEPENDANTS,
    ];
    document::errors(document::signed_in(op), &[document::FIELDS, &errors].concat())
}

pub(crate) async fn handle(
    State(app): State<App>,
    Caller(caller): Caller,
    Body(request): Body<Request>,
) -> Result<Json<Response>, Error> {
    let today = business_day(app.env.now());
    let wanted = QuoteRequest {
        user_id: caller.user_id,
        plan_id: PlanId::new(request.plan_id),
        holder: request.holder(today)?,
        relatives: request.relatives(today)?,
    };
    let quote = app.quotes.calculate(&wanted).await?;
    Ok(Json(quote.into()))
}
