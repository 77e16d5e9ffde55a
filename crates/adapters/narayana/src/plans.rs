//! The insurer's products, as plans.

use crate::{NarayanaInsurer, wire};
use async_trait::async_trait;
use insurance::ports::{Offer, PlanSource, SourceError};

#[async_trait]
impl PlanSource for NarayanaInsurer {
    async fn offers(&self) -> Result<Vec<Offer>, SourceError> {
        let path: &[&str] = &["v1", "products"];
        let answer = self.ask("products", |http, at| http.get(at(path))).await?;
        Ok(wire::read_plans(&answer.body)?)
    }
}
