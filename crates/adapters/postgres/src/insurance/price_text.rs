//! A price as it stands in what is sealed: line by line, with the proof of how it was worked out.

use super::life_text::unreadable;
use insurance::{BasisPoints, Line, LineKind, Premium, QuoteHash};
use kernel::{Paise, StoreError};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct PriceText {
    hash: [u8; 32],
    tax_rate: u16,
    lines: Vec<LineText>,
}

#[derive(Serialize, Deserialize)]
struct LineText {
    code: String,
    description: String,
    amount: i64,
}

impl PriceText {
    pub(super) fn new(premium: &Premium, hash: &QuoteHash) -> Self {
        let line = |line: &Line| LineText {
            code: line.kind.code().to_owned(),
            description: line.description.clone(),
            amount: line.amount.get(),
        };
        Self {
            hash: *hash.bytes(),
            tax_rate: premium.tax.rate.get(),
            lines: premium.lines.iter().map(line).collect(),
        }
    }

    pub(super) const fn hash(&self) -> QuoteHash {
        QuoteHash::new(self.hash)
    }

    pub(super) fn premium(&self) -> Result<Premium, StoreError> {
        let line = |line: &LineText| {
            let kind = LineKind::from_code(&line.code).ok_or_else(unreadable)?;
            Ok(Line { kind, description: line.description.clone(), amount: Paise::new(line.amount) })
        };
        let lines = self.lines.iter().map(line).collect::<Result<_, StoreError>>()?;
        Ok(Premium::of_lines(lines, BasisPoints::new(self.tax_rate)))
    }
}
