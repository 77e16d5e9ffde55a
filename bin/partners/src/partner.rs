//! Which outside partners are simulated, and by what name the control plane knows them.

/// A simulated partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Partner {
    /// Juspay: payments, refunds, and the prepaid wallet behind it.
    Juspay,
    /// Twilio: text messages.
    Twilio,
    /// ValueFirst: text messages over Indian operators.
    ValueFirst,
    /// Narayana Health Insurance: plans.
    Narayana,
}

impl Partner {
    /// Every partner.
    pub const ALL: [Self; 4] = [Self::Juspay, Self::Twilio, Self::ValueFirst, Self::Narayana];

    /// The name in the control plane's paths.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Juspay => "juspay",
            Self::Twilio => "twilio",
            Self::ValueFirst => "valuefirst",
            Self::Narayana => "narayana",
        }
    }

    /// The partner of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|partner| partner.name() == name)
    }
}
