//! A policy as its row has it.

use super::{
    life_text::unreadable,
    plan_rows::{self, PlanRow},
    policy_content::Content,
};
use crate::{
    fault::inconsistent,
    vault::{Place, Vault, WrappedKey},
};
use insurance::{
    IssueFailure, Issued, Policy, PolicyId, PolicyNumber, PolicyState, PolicyStatus, QuoteId, Sale,
};
use kernel::{OrderRef, StoreError, UserId};
use sea_orm::FromQueryResult;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

pub(super) const TABLE: &str = "insurance_policies";
pub(super) const COLUMN: &str = "content";

/// `SELECT` of whole policies, each with its plan; `rest` narrows it, and names policies `y`.
pub(super) fn select(rest: &str) -> String {
    let plan = plan_rows::COLUMNS;
    format!(
        "SELECT y.id AS policy_id, y.user_id, y.quote_id, y.content, y.row_key, y.row_key_version, y.price_until,
                y.state, y.order_id, y.paid_at, y.policy_number, y.starts_on, y.ends_on, y.issued_at, y.failure,
                y.proposed_at, y.updated_at, y.version AS policy_version, {plan}
           FROM insurance_policies y
           JOIN insurance_plans p ON p.id = y.plan_id
           JOIN insurance_plan_versions v ON v.plan_id = y.plan_id AND v.version = y.plan_version
          WHERE {rest}"
    )
}

/// A row of [`select`], its plan apart.
#[derive(FromQueryResult)]
pub(super) struct PolicyRow {
    policy_id: Uuid,
    user_id: Uuid,
    quote_id: Uuid,
    content: Vec<u8>,
    row_key: Vec<u8>,
    row_key_version: i16,
    price_until: OffsetDateTime,
    state: String,
    order_id: Option<String>,
    paid_at: Option<OffsetDateTime>,
    policy_number: Option<String>,
    starts_on: Option<Date>,
    ends_on: Option<Date>,
    issued_at: Option<OffsetDateTime>,
    failure: Option<String>,
    proposed_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    policy_version: i64,
}

/// Where a policy's sealed columns are bound to.
pub(super) const fn place(id: PolicyId) -> Place {
    Place { table: TABLE, row: id.uuid() }
}

impl PolicyRow {
    pub(super) fn policy(self, plan: PlanRow, vault: &Vault) -> Result<Policy, StoreError> {
        let id = PolicyId::new(self.policy_id);
        let state = self.state()?;
        let wrapped = WrappedKey { version: self.row_key_version, bytes: self.row_key };
        let key = vault.open_row_key(place(id), &wrapped)?;
        let content: Content =
            serde_json::from_slice(&key.open(COLUMN, &self.content)?).map_err(|_| unreadable())?;
        Ok(Policy {
            id,
            user_id: UserId::new(self.user_id),
            quote_id: QuoteId::new(self.quote_id),
            plan: plan.plan()?,
            insured: content.insured()?,
            premium: content.premium()?,
            quote_hash: content.hash(),
            price_until: self.price_until,
            state,
            proposed_at: self.proposed_at,
            updated_at: self.updated_at,
            version: self.policy_version,
        })
    }

    fn state(&self) -> Result<PolicyState, StoreError> {
        let status = there(PolicyStatus::from_word(&self.state))?;
        Ok(match status {
            PolicyStatus::Proposed => PolicyState::Proposed,
            PolicyStatus::Issuing => PolicyState::Issuing(self.sale()?),
            PolicyStatus::Active => PolicyState::Active { sale: self.sale()?, issued: self.issued()? },
            PolicyStatus::IssueFailed => {
                PolicyState::IssueFailed { sale: self.sale()?, failure: self.failure()? }
            }
            PolicyStatus::Refunded => PolicyState::Refunded { sale: self.sale()?, failure: self.failure()? },
        })
    }

    fn sale(&self) -> Result<Sale, StoreError> {
        let order = there(self.order_id.as_deref().and_then(OrderRef::parse))?;
        Ok(Sale { order, paid_at: there(self.paid_at)? })
    }

    fn issued(&self) -> Result<Issued, StoreError> {
        Ok(Issued {
            number: there(self.policy_number.as_deref().and_then(PolicyNumber::parse))?,
            starts_on: there(self.starts_on)?,
            ends_on: there(self.ends_on)?,
            at: there(self.issued_at)?,
        })
    }

    fn failure(&self) -> Result<IssueFailure, StoreError> {
        there(self.failure.as_deref().and_then(IssueFailure::from_word))
    }
}

fn there<T>(found: Option<T>) -> Result<T, StoreError> {
    found.ok_or_else(|| inconsistent("a policy's state lacks what belongs to it"))
}
