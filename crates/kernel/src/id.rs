//! Typed ids, so that a user's id and a session's cannot be swapped.

/// Declares a newtype over a UUID v7 made by [`Env::new_uuid`](crate::Env::new_uuid).
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name($crate::uuid::Uuid);

        impl $name {
            /// Types a UUID that is known to name such a thing.
            #[must_use]
            pub const fn new(uuid: $crate::uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// A new id, ordered by the time of `env`.
            #[must_use]
            pub fn generate(env: &$crate::Env) -> Self {
                Self(env.new_uuid())
            }

            /// The bare UUID, for storage and the wire.
            #[must_use]
            pub const fn uuid(self) -> $crate::uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A person, whatever roles they have.
    UserId
}

id! {
    /// One signed-in device of a person.
    SessionId
}

/// The number of a payment order as other domains quote it: 1–20 letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct OrderRef(String);

impl OrderRef {
    /// Types an order's number.
    ///
    /// Answers `None` unless it is 1–20 ASCII letters and digits, the form every payment partner accepts.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for OrderRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_number_is_short_and_alphanumeric() {
        assert!(OrderRef::parse("AAR0000001").is_some());
        for wrong in ["", "A-1", "A_1", "अ", "123456789012345678901"] {
            assert_eq!(OrderRef::parse(wrong), None, "{wrong}");
        }
    }
}
