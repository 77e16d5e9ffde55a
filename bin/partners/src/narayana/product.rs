//! The products of the simulated insurer: invented, and like those that are sold in India. Every type of plan has every
//! coverage.

use serde_json::{Value, json};

use crate::rupees;

/// A product as the insurer lists it.
pub(crate) struct Product {
    code: &'static str,
    name: &'static str,
    kind: &'static str,
    coverage: &'static str,
    issuance: &'static str,
    /// In whole rupees.
    sum_insured: i64,
    /// In whole rupees.
    base_premium: i64,
    /// Sorting districts it is sold in; everywhere if there are none.
    districts: &'static [&'static str],
}

const fn product(
    [code, name, kind, coverage, issuance]: [&'static str; 5],
    [sum_insured, base_premium]: [i64; 2],
) -> Product {
    Product { code, name, kind, coverage, issuance, sum_insured, base_premium, districts: &[] }
}

/// Everything that is sold.
pub(crate) const PRODUCTS: &[Product] = &[
    product(["NH-AROGYA-3L", "Arogya 3 Lakh", "INDIVIDUAL", "BASIC", "INSTANT"], [300_000, 3_499]),
    product(["NH-AROGYA-5L", "Arogya 5 Lakh", "INDIVIDUAL", "STANDARD", "INSTANT"], [500_000, 4_999]),
    product(
        ["NH-AROGYA-10L", "Arogya 10 Lakh", "INDIVIDUAL", "COMPREHENSIVE", "UNDERWRITTEN"],
        [1_000_000, 8_249],
    ),
    product(["NH-ADITI-5L", "Aditi Family 5 Lakh", "FAMILY_FLOATER", "BASIC", "INSTANT"], [500_000, 5_000]),
    product(
        ["NH-ADITI-10L", "Aditi Family 10 Lakh", "FAMILY_FLOATER", "STANDARD", "INSTANT"],
        [1_000_000, 8_999],
    ),
    product(
        ["NH-ADITI-25L", "Aditi Family 25 Lakh", "FAMILY_FLOATER", "COMPREHENSIVE", "UNDERWRITTEN"],
        [2_500_000, 15_749],
    ),
    product(
        ["NH-PARIVAR-3L", "Parivar 3 Lakh each", "MULTI_INDIVIDUAL", "BASIC", "INSTANT"],
        [300_000, 4_199],
    ),
    product(
        ["NH-PARIVAR-5L", "Parivar 5 Lakh each", "MULTI_INDIVIDUAL", "STANDARD", "INSTANT"],
        [500_000, 6_099],
    ),
    product(
        ["NH-PARIVAR-10L", "Parivar 10 Lakh each", "MULTI_INDIVIDUAL", "COMPREHENSIVE", "UNDERWRITTEN"],
        [1_000_000, 9_899],
    ),
    product(["NH-SHRAMIK-1L", "Shramik Group 1 Lakh", "GROUP", "BASIC", "INSTANT"], [100_000, 999]),
    product(["NH-SHRAMIK-2L", "Shramik Group 2 Lakh", "GROUP", "STANDARD", "INSTANT"], [200_000, 1_799]),
    product(["NH-SHRAMIK-5L", "Shramik Group 5 Lakh", "GROUP", "COMPREHENSIVE", "INSTANT"], [500_000, 3_299]),
    Product {
        districts: &["560", "561", "562"],
        ..product(
            ["NH-NAMMA-2L", "Namma Bengaluru 2 Lakh", "FAMILY_FLOATER", "BASIC", "INSTANT"],
            [200_000, 2_899],
        )
    },
];

impl Product {
    /// The insurer's code of it.
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// As the insurer writes it: amounts and per cent are text.
    pub(crate) fn json(&self) -> Value {
        let amount = |rupees: i64| rupees::two_decimals(rupees.saturating_mul(100));
        let is_individual = self.kind == "INDIVIDUAL";
        let is_basic = self.coverage == "BASIC";
        json!({
            "product_code": self.code,
            "name": self.name,
            "product_type": self.kind,
            "coverage_type": self.coverage,
            "issuance": self.issuance,
            "sum_insured": amount(self.sum_insured),
            "base_premium": amount(self.base_premium),
            "max_dependants": if is_individual { 0 } else { 5 },
            "relation_loadings": if is_individual { json!({}) } else { json!({"mother": "45.00", "father": "45.00"}) },
            "features": self.features(),
            "exclusions": ["Cosmetic treatment", "Treatment outside India", "Self-inflicted injury"],
            "waiting_periods": [
                {"condition": "Any illness; accidents are covered from the first day", "days": 30},
                {"condition": "Conditions known before", "days": if is_basic { 1_095 } else { 730 }},
                {"condition": "Maternity", "days": 730},
            ],
            "entry_age": {"min": 18, "max": 65},
            "serviceable": {"pincodes": [], "districts": self.districts},
            "teleconsultation": !is_basic,
        })
    }

    fn features(&self) -> Vec<&'static str> {
        let mut features =
            vec!["Cashless treatment in every Narayana Health hospital", "Day-care procedures", "Ambulance"];
        if self.coverage != "BASIC" {
            features
                .extend(["Consultations by telephone", "60 days before and 90 days after a hospital stay"]);
        }
        if self.coverage == "COMPREHENSIVE" {
            features.extend(["Single private room", "Yearly health check"]);
        }
        features
    }
}
