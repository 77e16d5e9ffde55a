//! A quote: one price for one cover, held for a while, that anybody can work out again.

use crate::{Cover, Life, Member, NotEligible, Pincode, Plan, PlanCode, PlanId, Premium, RateCard};
use kernel::{Env, UserId, business_day, day_begins_at};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use time::{Duration, OffsetDateTime};

kernel::id! {
    /// A quote.
    QuoteId
}

/// How long a price is held, unless the tax changes before.
pub const QUOTE_LIFETIME: Duration = Duration::days(7);

/// What a price was worked out from and what came out, in 256 bits: the same inputs under the same rates have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QuoteHash([u8; 32]);

/// Who asks to be covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The policyholder.
    pub holder: Life,
    /// Their relatives.
    pub members: Vec<Member>,
    /// Where the policyholder lives, if that is known.
    pub pincode: Option<Pincode>,
}

/// One price for one cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its name.
    pub id: QuoteId,
    /// Who asked.
    pub user_id: UserId,
    /// For which plan.
    pub plan_id: PlanId,
    /// The insurer's name of the plan.
    pub plan_code: PlanCode,
    /// In which version of its terms.
    pub plan_version: u32,
    /// Who is to be covered, and from when.
    pub cover: Cover,
    /// Where the policyholder lives, if that was known.
    pub pincode: Option<Pincode>,
    /// The price.
    pub premium: Premium,
    /// The rates it was worked out by.
    pub rate_version: String,
    /// Proof that it was.
    pub hash: QuoteHash,
    /// Since when it holds.
    pub quoted_at: OffsetDateTime,
    /// Until when it holds.
    pub valid_until: OffsetDateTime,
}

impl Quote {
    /// The price of `plan` for this family under `card`, from today on.
    ///
    /// It holds for [`QUOTE_LIFETIME`], but never past a change of the tax: what is charged is the tax of the day.
    ///
    /// # Errors
    /// The first rule of entry in its way.
    pub fn new(
        user_id: UserId,
        plan: &Plan,
        family: Family,
        card: &RateCard,
        env: &Env,
    ) -> Result<Self, NotEligible> {
        // One reading of the clock, so that day and end agree whatever midnight falls between.
        let now = env.now();
        let starts_on = business_day(now);
        let Family { holder, members, pincode } = family;
        let cover = Cover { holder, members, starts_on };
        plan.terms.admit(&cover, pincode.as_ref())?;
        let premium = Premium::of(plan, &cover, card);
        let change = card.tax.next_change(starts_on).map(day_begins_at);
        let valid_until = now.saturating_add(QUOTE_LIFETIME);
        Ok(Self {
            id: QuoteId::generate(env),
            user_id,
            plan_id: plan.id,
            plan_code: plan.code.clone(),
            plan_version: plan.version,
            hash: QuoteHash::of(plan, &cover, &premium, card),
            cover,
            pincode,
            premium,
            rate_version: card.version.to_owned(),
            quoted_at: now,
            valid_until: change.map_or(valid_until, |change| valid_until.min(change)),
        })
    }

    /// Whether it holds at `at`: until the very instant it ends.
    #[must_use]
    pub fn holds_at(&self, at: OffsetDateTime) -> bool {
        at < self.valid_until
    }
}

impl QuoteHash {
    /// The hash of a price: SHA-256 over lines of text, one for each thing the price depends on and each line of it.
    #[must_use]
    pub fn of(plan: &Plan, cover: &Cover, premium: &Premium, card: &RateCard) -> Self {
        let mut text = format!(
            "aarokya-quote 1\nplan {} {}\nrates {}\nstarts {}\nholder {} {}\n",
            plan.code.as_str(),
            plan.version,
            card.version,
            cover.starts_on,
            cover.holder.born.expose(),
            cover.holder.gender.word(),
        );
        // Sorted, so that the order in which a family was told changes nothing.
        let mut members: Vec<String> = cover.members.iter().map(member_line).collect();
        members.sort_unstable();
        for member in members {
            // Writing to a string cannot fail.
            writeln!(text, "{member}").ok();
        }
        let mut lines: Vec<_> =
            premium.lines.iter().map(|line| (line.kind.code(), line.amount.get())).collect();
        lines.sort_unstable();
        for (code, paise) in lines {
            writeln!(text, "line {code} {paise}").ok();
        }
        writeln!(text, "total {}", premium.total.get()).ok();
        Self(Sha256::digest(text).into())
    }

    /// The hash as a store kept it.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bare bytes, for storage.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl std::fmt::Display for QuoteHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn member_line(member: &Member) -> String {
    let life = &member.life;
    format!("member {} {} {}", member.relationship.word(), life.born.expose(), life.gender.word())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PlanType, Relationship, testing};
    use kernel::{Gender, Masked, MovableClock, SeededEntropy};
    use std::sync::Arc;
    use time::macros::{date, datetime};

    fn env_at(at: OffsetDateTime) -> Env {
        Env::new(Arc::new(MovableClock::standing_at(at)), Arc::new(SeededEntropy::new(1)))
    }

    fn life(born: time::Date) -> Life {
        Life { born: Masked::new(born), gender: Gender::Female }
    }

    fn family(day: time::Date) -> Cover {
        let members = vec![
            Member::told(Relationship::Spouse, life(date!(1987 - 03 - 02))),
            Member::told(Relationship::Child, life(date!(2016 - 07 - 30))),
        ];
        Cover { holder: life(date!(1985 - 08 - 15)), members, starts_on: day }
    }

    fn asked() -> Family {
        let Cover { holder, members, .. } = family(date!(2026 - 01 - 15));
        Family { holder, members, pincode: None }
    }

    fn quote_at(at: OffsetDateTime) -> Quote {
        let env = env_at(at);
        let plan = testing::plan(PlanType::FamilyFloater);
        Quote::new(UserId::generate(&env), &plan, asked(), &RateCard::CURRENT, &env).unwrap()
    }

    #[test]
    fn a_price_is_held_for_seven_days() {
        let quote = quote_at(datetime!(2026-01-15 12:00 UTC));
        assert_eq!(quote.valid_until, datetime!(2026-01-22 12:00 UTC));
        assert!(quote.holds_at(datetime!(2026-01-22 11:59:59.999999 UTC)));
        assert!(!quote.holds_at(quote.valid_until));
    }

    #[test]
    fn no_price_outlives_its_tax() {
        let quote = quote_at(datetime!(2025-09-20 12:00 UTC));
        assert_eq!(quote.valid_until, datetime!(2025-09-21 18:30 UTC), "midnight in India");
        assert_eq!(quote.premium.tax.code(), "GST");
        assert_eq!(quote_at(datetime!(2025-09-21 18:30 UTC)).premium.tax.code(), "GST_EXEMPT");
    }

    #[test]
    fn the_same_inputs_have_the_same_hash_in_any_order() {
        let plan = testing::plan(PlanType::FamilyFloater);
        let card = RateCard::CURRENT;
        let hash = |plan: &Plan, cover: &Cover, card: &RateCard| {
            QuoteHash::of(plan, cover, &Premium::of(plan, cover, card), card).to_string()
        };
        let cover = family(date!(2026 - 01 - 15));
        let mut turned = cover.clone();
        turned.members.reverse();
        let same = hash(&plan, &cover, &card);
        assert_eq!(same, hash(&plan, &turned, &card));
        assert_eq!(same, "5c75aa3ce8f09a886d1e1a2e5eee39e488290969b494cc792fb3ea42e02cdc4a");
        let newer = Plan { version: plan.version + 1, ..plan.clone() };
        let later = Cover { starts_on: date!(2026 - 01 - 16), ..cover.clone() };
        let other = RateCard { version: "2026-2", ..card };
        for different in
            [hash(&newer, &cover, &card), hash(&plan, &later, &card), hash(&plan, &cover, &other)]
        {
            assert_ne!(different, same);
        }
    }

    #[test]
    fn who_cannot_be_covered_gets_no_price() {
        let env = env_at(datetime!(2026-01-15 12:00 UTC));
        let plan = testing::plan(PlanType::Individual);
        let refused = Quote::new(UserId::generate(&env), &plan, asked(), &RateCard::CURRENT, &env);
        assert_eq!(refused.unwrap_err().rule, crate::Rule::TooManyDependants);
    }
}
