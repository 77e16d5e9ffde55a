//! The closed sets of words as the document names them, each read from the domain that answers it.

use payments::{FailureReason as Failure, Fulfilment as Given, Kind, RefundCause, RefundState, Status};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use time::OffsetDateTime;
use wallet::TransferKind;

macro_rules! words {
    ($($(#[doc = $about:literal])+ $name:ident = $words:expr;)*) => {$(
        $(#[doc = $about])+
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "description": concat!($($about),+).trim(), "type": "string", "enum": $words })
            }
        }
    )*};
}

words! {
    /// All money is Indian.
    Currency = ["INR"];
    /// A person's gender.
    Gender = identity::Gender::WORDS;
    /// What a person works as.
    Occupation = identity::Occupation::WORDS;
    /// What a covered relative is to the policyholder.
    Relationship = insurance::Relationship::WORDS;
    /// Whom a plan covers. `FAMILY_FLOATER`: a family that shares one sum insured. `MULTI_INDIVIDUAL`: several persons with
    /// a sum insured each. `GROUP`: the members of a group under one master policy.
    PlanType = insurance::PlanType::WORDS;
    /// How much a plan covers.
    CoverageType = insurance::CoverageType::WORDS;
    /// How a policy comes to be. `INSTANT`: cover begins with the payment. `UNDERWRITTEN`: the insurer decides on a proposal
    /// first.
    IssuanceMode = insurance::IssuanceMode::WORDS;
    /// How a policy stands. `PROPOSED`: it is wanted. `ISSUING`: it is paid for, and the insurer is at work. `ACTIVE`: it is
    /// issued. `ISSUE_FAILED`: it will never be, and the money is on its way back. `REFUNDED`: the money went back.
    PolicyStatus = insurance::PolicyStatus::ALL.map(insurance::PolicyStatus::word);
    /// Why a paid policy was not issued. `REFUSED_BY_INSURER`: the insurer will not have it. `NOT_ISSUED_IN_TIME`: the insurer
    /// took more than a day.
    PolicyFailure = insurance::IssueFailure::ALL.map(insurance::IssueFailure::word);
    /// What a line of a premium stands for.
    PremiumLine = insurance::LineKind::all().map(insurance::LineKind::code).collect::<Vec<_>>();
    /// What an invoice calls the tax.
    TaxCode = insurance::Tax::CODES;
    /// Whether a person's identity was verified. `PENDING`: not yet. `VERIFIED`: by Aadhaar. `REJECTED`: it was tried and
    /// refused.
    KycStatus = identity::KycStatus::WORDS;
    /// How far a wallet is on its way to being open. `CREATED`: it was asked for. `PENDING`: somebody is about to ask
    /// the issuer. `IN_PROGRESS`: the issuer is at work. `RETRYING`: a try failed, and another follows by itself.
    /// `COMPLETED`: it is open. `FAILED`: every try failed, and an operator has to look.
    WalletStatus = WALLET_STATUSES;
    /// Whether the issuer lets the wallet be used. `BLOCKED`: the issuer has stopped it. `UNKNOWN`: it has not said.
    IssuerStatus = ISSUER_STATUSES.map(wallet::IssuerStatus::word);
    /// What kind of movement it is. `topup`: the holder paid in. `contribution`: somebody else gave. `spend`: money went
    /// to health care. `refund`: money that was spent came back. `reversal`: a wrong movement was undone.
    TransactionType = TRANSFER_KINDS.map(TransferKind::word);
    /// How a movement stands. `SUCCESS`: it happened. `REVERSED`: it happened and was undone. Nothing else is in a
    /// history: money on its way is told by its order.
    TransactionStatus = TRANSACTION_STATUSES.map(wallet::TransactionStatus::word);
    /// Who gave the money. `self`: the holder. `platform`: the one they work through. `tip`: a customer. `sponsor`: a
    /// foundation or a company. `government`: a public scheme.
    Source = wallet::Source::ALL.map(wallet::Source::word);
    /// What the money was spent on.
    Purpose = wallet::Purpose::ALL.map(wallet::Purpose::word);
    /// What is paid for.
    OrderType = Kind::ALL.map(Kind::word);
    /// How it is paid. `JUSPAY`: on the payment partner's page. `WALLET`: from the payer's own health wallet.
    PaymentMethod = payments::Method::ALL.map(payments::Method::word);
    /// How an order stands. `CREATED`: nobody has tried to pay. `PENDING`: the payer is paying, or may try again.
    /// `SUCCESS`: it is paid. `FAILED`: the last try failed and the time is over. `EXPIRED`: nobody paid in time.
    /// `REFUND_PENDING`: the money is on its way back. `REFUNDED`: it went back. A payment that comes late can still turn
    /// `FAILED` and `EXPIRED` into another.
    OrderStatus = Status::ALL.map(Status::word);
    /// Why paying failed. `DECLINED`: the payment partner refused to try. `AUTHENTICATION_FAILED`: the payer did not
    /// confirm with their bank or app. `AUTHORIZATION_FAILED`: the payer's bank refused.
    FailureReason = Failure::ALL.map(Failure::word);
    /// Whether what was paid for was given. `IN_PROGRESS`: whether it was is not known yet. `FAILED`: it cannot be given,
    /// so the money goes back.
    Fulfilment = fulfilments().map(Given::word);
    /// How a refund stands. `PENDING`: it is on its way. `SUCCESS`: the money is back. `FAILURE`: the partner gave up, and
    /// an operator has to look. `MANUAL_REVIEW`: the partner's people are looking at it.
    RefundStatus = RefundState::ALL.map(RefundState::word);
    /// Why money goes back. `FULFILMENT_FAILED`: what was paid for can never be given. `CANCELLED`: it was taken back.
    /// `OPERATOR`: we decided so before anything was given. `BY_PARTNER`: the partner returned it by itself, such as a
    /// payment that came too late.
    RefundReason = RefundCause::ALL.map(RefundCause::word);
}

const ISSUER_STATUSES: [wallet::IssuerStatus; 3] =
    [wallet::IssuerStatus::Active, wallet::IssuerStatus::Blocked, wallet::IssuerStatus::Unknown];

const TRANSFER_KINDS: [TransferKind; 5] = [
    TransferKind::Topup,
    TransferKind::Contribution,
    TransferKind::Spend,
    TransferKind::Refund,
    TransferKind::Reversal,
];

const TRANSACTION_STATUSES: [wallet::TransactionStatus; 4] = [
    wallet::TransactionStatus::Pending,
    wallet::TransactionStatus::Success,
    wallet::TransactionStatus::Failed,
    wallet::TransactionStatus::Reversed,
];

const WALLET_STATUSES: [&str; 6] = ["CREATED", "PENDING", "IN_PROGRESS", "RETRYING", "COMPLETED", "FAILED"];

/// One of each; of their facts only the word matters here.
fn fulfilments() -> [Given; 4] {
    let at = OffsetDateTime::UNIX_EPOCH;
    [Given::NotStarted, Given::InProgress { since: at }, Given::Done { at }, Given::Failed { at }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use wallet::{
        IssuedWallet, IssuerStatus as Issuer, Provisioning, TransactionStatus as Standing, WalletId,
    };

    /// The place of each in its list. A new variant does not compile here until it is added there.
    #[test]
    fn lists_without_a_domain_of_their_own_are_whole() {
        let kind = |kind: TransferKind| match kind {
            TransferKind::Topup => 0,
            TransferKind::Contribution => 1,
            TransferKind::Spend => 2,
            TransferKind::Refund => 3,
            TransferKind::Reversal => 4,
        };
        assert_eq!(TRANSFER_KINDS.map(kind), [0, 1, 2, 3, 4]);
        let standing = |status: Standing| match status {
            Standing::Pending => 0,
            Standing::Success => 1,
            Standing::Failed => 2,
            Standing::Reversed => 3,
        };
        assert_eq!(TRANSACTION_STATUSES.map(standing), [0, 1, 2, 3]);
        let issuer = |status: Issuer| match status {
            Issuer::Active => 0,
            Issuer::Blocked => 1,
            Issuer::Unknown => 2,
        };
        assert_eq!(ISSUER_STATUSES.map(issuer), [0, 1, 2]);
        let given = |given: Given| match given {
            Given::NotStarted => 0,
            Given::InProgress { .. } => 1,
            Given::Done { .. } => 2,
            Given::Failed { .. } => 3,
        };
        assert_eq!(fulfilments().map(given), [0, 1, 2, 3]);
    }

    #[test]
    fn a_wallets_words_are_those_of_its_states() {
        let at = OffsetDateTime::UNIX_EPOCH;
        let wallet_id = WalletId::parse("wlm_1").unwrap();
        let states = [
            Provisioning::Created,
            Provisioning::Pending { attempt: 1, lease_until: at, at_work_since: None },
            Provisioning::InProgress { attempt: 1, lease_until: at, at_work_since: None },
            Provisioning::Retrying { attempts: 1, next_try_at: at },
            Provisioning::Completed(IssuedWallet { wallet_id, status: Issuer::Active }),
            Provisioning::Failed,
        ];
        let place = |state: &Provisioning| match state {
            Provisioning::Created => 0,
            Provisioning::Pending { .. } => 1,
            Provisioning::InProgress { .. } => 2,
            Provisioning::Retrying { .. } => 3,
            Provisioning::Completed(_) => 4,
            Provisioning::Failed => 5,
        };
        assert_eq!(states.each_ref().map(place), [0, 1, 2, 3, 4, 5]);
        assert_eq!(states.each_ref().map(Provisioning::word), WALLET_STATUSES);
    }
}
