//! The words of closed sets.

use crate::{Action, Channel, Effect, EndReason, KycStatus, Meter, Occupation, Purpose, Role, Surface};

macro_rules! have_words {
    ($($set:ty),+) => { $(
        impl $set {
            /// The one word by which it is told, answered and stored.
            #[must_use]
            pub fn word(self) -> &'static str {
                self.into()
            }
        }
    )+ };
}

have_words!(Action, Channel, Effect, EndReason, KycStatus, Meter, Occupation, Purpose, Role, Surface);
