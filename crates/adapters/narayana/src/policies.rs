//! Policies, issued by the insurer under our own ids.

use crate::{
    NarayanaFault, NarayanaInsurer,
    wire::policy::{application, read_policy},
};
use async_trait::async_trait;
use insurance::{
    Issuance, Policy, PolicyId, Sale,
    ports::{IssuerError, PolicyIssuer},
};

/// The insurer has a policy of that id already: what became of it is to be asked.
const DUPLICATE: u16 = 409;

/// The insurer understood and will not issue it.
const UNACCEPTABLE: u16 = 422;

impl NarayanaInsurer {
    async fn known(&self, id: PolicyId) -> Result<Issuance, NarayanaFault> {
        let id_text = id.to_string();
        let path: &[&str] = &["v1", "policies", &id_text];
        match self.ask("policy", |http, at| http.get(at(path))).await {
            Ok(answer) => read_policy(&answer.body, id, self.now()),
            Err(NarayanaFault::Refused(404)) => Ok(Issuance::Unknown),
            Err(fault) => Err(fault),
        }
    }

    async fn applied_for(&self, policy: &Policy, sale: &Sale) -> Result<Issuance, NarayanaFault> {
        let body = application(policy, sale);
        match self.act("issue", &["v1", "policies"], &body).await {
            Ok(answer) => read_policy(&answer.body, policy.id, self.now()),
            Err(NarayanaFault::Refused(DUPLICATE)) => self.known(policy.id).await,
            // Another request for it may still be on its way: only what is withdrawn is refused for good.
            Err(NarayanaFault::Refused(UNACCEPTABLE)) => match self.withdrawn(policy.id).await? {
                Issuance::Withdrawn => Ok(Issuance::Refused),
                other => Ok(other),
            },
            Err(fault) => Err(fault),
        }
    }

    async fn withdrawn(&self, id: PolicyId) -> Result<Issuance, NarayanaFault> {
        let id_text = id.to_string();
        let path: &[&str] = &["v1", "policies", &id_text, "withdraw"];
        match self.act("withdraw", path, &serde_json::json!({})).await {
            Ok(answer) => read_policy(&answer.body, id, self.now()),
            // It is past withdrawing.
            Err(NarayanaFault::Refused(DUPLICATE)) => self.known(id).await,
            Err(fault) => Err(fault),
        }
    }
}

#[async_trait]
impl PolicyIssuer for NarayanaInsurer {
    async fn find(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        Ok(self.known(id).await?)
    }

    async fn issue(&self, policy: &Policy, sale: &Sale) -> Result<Issuance, IssuerError> {
        Ok(self.applied_for(policy, sale).await?)
    }

    async fn withdraw(&self, id: PolicyId) -> Result<Issuance, IssuerError> {
        Ok(self.withdrawn(id).await?)
    }
}
