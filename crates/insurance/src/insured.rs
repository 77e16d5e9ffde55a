//! Whom a policy covers, as they were when it was proposed: what is told otherwise later changes nothing of it.

use crate::{Dependant, Life, Pincode, PlanId, Policy, QuoteId, Relationship};
use kernel::Masked;

/// Everybody a policy covers. Masked in `Debug`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insured {
    /// The policyholder.
    pub holder: Holder,
    /// Their relatives, each in the version of what was told of them.
    pub relatives: Vec<Dependant>,
}

/// The policyholder, as the insurer has to know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// First name.
    pub first_name: Masked<String>,
    /// Last name; many people have one name only.
    pub last_name: Option<Masked<String>>,
    /// Mobile number in E.164 form.
    pub phone: Masked<String>,
    /// Where they live, if that was known.
    pub pincode: Option<Masked<Pincode>>,
    /// What cover depends on beside that.
    pub life: Life,
}

/// A relative as whoever buys a policy tells of them, to be sure that it is them whom it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldRelative {
    /// First and last name.
    pub name: Masked<String>,
    /// What they are to the policyholder.
    pub relationship: Relationship,
    /// When they were born, and their gender.
    pub life: Life,
}

/// A policy as whoever claims it tells of it: what is `None` is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldPolicy {
    /// The plan.
    pub plan_id: PlanId,
    /// The quote.
    pub quote_id: Option<QuoteId>,
    /// The relatives it covers.
    pub relatives: Option<Vec<ToldRelative>>,
}

impl ToldPolicy {
    /// What is told of another policy than this, if anything is: the field of the request.
    #[must_use]
    pub fn contradicts(&self, policy: &Policy) -> Option<&'static str> {
        let relatives = self.relatives.as_ref();
        if self.plan_id != policy.plan.id {
            Some("plan_id")
        } else if self.quote_id.is_some_and(|quote_id| quote_id != policy.quote_id) {
            Some("quote_id")
        } else if relatives.is_some_and(|told| !policy.insured.are_relatives(told)) {
            Some("dependants")
        } else {
            None
        }
    }
}

/// Names as they are compared: in any case, with any spaces.
fn plain(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl ToldRelative {
    fn is(&self, dependant: &Dependant) -> bool {
        let relative = &dependant.relative;
        let last_name = relative.last_name.as_ref().map_or("", |name| name.expose().as_str());
        let name = [relative.first_name.expose().as_str(), last_name].join(" ");
        (self.relationship, self.life) == (relative.relationship, relative.life)
            && plain(self.name.expose()) == plain(&name)
    }
}

impl Insured {
    /// Whether these are the relatives it covers, each of them once, in any order.
    #[must_use]
    pub fn are_relatives(&self, told: &[ToldRelative]) -> bool {
        let mut left: Vec<&Dependant> = self.relatives.iter().collect();
        let found = told.iter().all(|one| {
            let place = left.iter().position(|dependant| one.is(dependant));
            place.map(|place| left.remove(place)).is_some()
        });
        found && left.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::policy;

    #[test]
    fn relatives_are_told_by_all_that_is_told_of_them() {
        let insured = policy().insured;
        let told = |name: &str, index: usize| ToldRelative {
            name: Masked::new(name.to_owned()),
            relationship: insured.relatives[index].relative.relationship,
            life: insured.relatives[index].relative.life,
        };
        let (ravi, kiran) = (told("Ravi Devi", 0), told(" kiran  DEVI", 1));
        assert!(insured.are_relatives(&[ravi.clone(), kiran.clone()]));
        assert!(insured.are_relatives(&[kiran.clone(), ravi.clone()]), "in any order");
        for wrong in [
            vec![],
            vec![ravi.clone()],
            vec![ravi.clone(), ravi.clone()],
            vec![ravi.clone(), kiran.clone(), kiran.clone()],
            vec![ravi.clone(), told("Kiran", 1)],
            vec![ravi, ToldRelative { relationship: Relationship::Sibling, ..kiran }],
        ] {
            assert!(!insured.are_relatives(&wrong), "{wrong:?}");
        }
    }
}
