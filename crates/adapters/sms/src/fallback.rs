//! Several vendors, first choice first: who fails is followed by the next.

use crate::{SetUpError, VendorFault};
use async_trait::async_trait;
use identity::{
    SmsMessage,
    ports::{OtpSender, SendError},
};
use kernel::Env;
use outbound::{Breaker, BreakerPolicy};
use std::{error::Error, sync::Arc};

/// A vendor under the name that logs show.
#[derive(Clone)]
pub struct Choice {
    /// Its name.
    pub name: &'static str,
    /// How to send by it.
    pub sender: Arc<dyn OtpSender>,
}

/// Sends by the first vendor that takes the message.
///
/// When a vendor may or may not have sent it, the next is asked all the same: two messages with one code do
/// less harm than none. A refusal is about the number and ends it.
pub struct FallbackSender {
    env: Env,
    choices: Vec<(Choice, Breaker)>,
}

impl FallbackSender {
    /// Asks `choices` in their order; each has a breaker of its own.
    ///
    /// # Errors
    /// When there is no choice.
    pub fn new(env: Env, policy: BreakerPolicy, choices: Vec<Choice>) -> Result<Self, SetUpError> {
        if choices.is_empty() {
            return Err(SetUpError::NoSender);
        }
        let choices = choices.into_iter().map(|choice| (choice, Breaker::new(policy))).collect();
        Ok(Self { env, choices })
    }

    /// What became of one vendor's try, told to its breaker.
    async fn try_one(
        &self,
        choice: &Choice,
        breaker: &Breaker,
        message: &SmsMessage,
    ) -> Result<(), SendError> {
        let vendor = choice.name;
        if !breaker.admits(self.env.now()) {
            return Err(VendorFault::NotCalled { vendor, why: "failed too often and rests" }.unavailable());
        }
        let outcome = choice.sender.send(message).await;
        match &outcome {
            Ok(()) | Err(SendError::Refused { .. }) => breaker.note_answer(),
            // Whoever asks for codes may name numbers without end that a vendor cannot reach; it is well all the same.
            Err(SendError::Unavailable(cause)) if is_about_the_number(cause.as_ref()) => {
                breaker.note_answer();
                tracing::info!(vendor, %cause, "a vendor has no way to a number");
            }
            Err(error @ (SendError::Unavailable(cause) | SendError::Unknown(cause))) => {
                let opened = breaker.note_failure(self.env.now());
                tracing::warn!(vendor, opened, %cause, "{error}");
            }
        }
        outcome
    }
}

fn is_about_the_number(cause: &(dyn Error + Send + Sync + 'static)) -> bool {
    matches!(cause.downcast_ref(), Some(VendorFault::Number { .. }))
}

#[async_trait]
impl OtpSender for FallbackSender {
    async fn send(&self, message: &SmsMessage) -> Result<(), SendError> {
        let mut failure: Option<SendError> = None;
        for (choice, breaker) in &self.choices {
            match self.try_one(choice, breaker, message).await {
                Ok(()) => return Ok(()),
                // After a try of unknown outcome a refusal elsewhere does not make it certain.
                Err(refusal @ SendError::Refused { .. }) => return Err(failure.unwrap_or(refusal)),
                Err(unknown @ SendError::Unknown(_)) => failure = Some(unknown),
                Err(unavailable @ SendError::Unavailable(_)) => failure = failure.or(Some(unavailable)),
            }
        }
        let nobody = || VendorFault::NotCalled { vendor: "nobody", why: "was asked" }.unavailable();
        Err(failure.unwrap_or_else(nobody))
    }
}

impl std::fmt::Debug for FallbackSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.choices.iter().map(|(choice, _)| choice.name);
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity::{Phone, Template};
    use kernel::{MovableClock, SeededEntropy};
    use std::sync::Mutex;
    use time::{Duration, macros::datetime};

    /// A vendor that gives the answers it was told, and the last one for ever.
    struct Scripted {
        answers: Mutex<Vec<Answer>>,
        calls: Mutex<u32>,
    }

    #[derive(Clone, Copy)]
    enum Answer {
        Taken,
        Refused,
        Unreached,
        Unavailable,
        Unknown,
    }

    #[async_trait]
    impl OtpSender for Scripted {
        async fn send(&self, _message: &SmsMessage) -> Result<(), SendError> {
            *self.calls.lock().unwrap() += 1;
            let mut answers = self.answers.lock().unwrap();
            let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0] };
            match answer {
                Answer::Taken => Ok(()),
                Answer::Refused => Err(SendError::Refused { reason: "scripted 1".into() }),
                Answer::Unreached => Err(VendorFault::Number { vendor: "first", code: 1 }.unavailable()),
                Answer::Unavailable => Err(SendError::Unavailable("down".into())),
                Answer::Unknown => Err(SendError::Unknown("silent".into())),
            }
        }
    }

    fn vendor(answers: &[Answer]) -> Arc<Scripted> {
        Arc::new(Scripted { answers: Mutex::new(answers.to_vec()), calls: Mutex::new(0) })
    }

    fn calls(vendor: &Scripted) -> u32 {
        *vendor.calls.lock().unwrap()
    }

    fn both(first: &Arc<Scripted>, second: &Arc<Scripted>) -> (Arc<MovableClock>, FallbackSender) {
        let clock = Arc::new(MovableClock::standing_at(datetime!(2026-01-15 12:00 UTC)));
        let env = Env::new(clock.clone(), Arc::new(SeededEntropy::new(1)));
        let policy = BreakerPolicy { failures: 3, rest: Duration::seconds(30) };
        let choice = |name, sender: &Arc<Scripted>| Choice { name, sender: sender.clone() };
        let choices = vec![choice("first", first), choice("second", second)];
        (clock, FallbackSender::new(env, policy, choices).unwrap())
    }

    fn message() -> SmsMessage {
        let template = Template::parse("1107", "Your code is {#var#}.").unwrap();
        template.message(&Phone::parse("9876543210").unwrap(), &["123456"]).unwrap()
    }

    #[tokio::test]
    async fn the_second_is_asked_only_when_the_first_fails() {
        for (answer, second_is_asked) in [
            (Answer::Taken, false),
            (Answer::Refused, false),
            (Answer::Unreached, true),
            (Answer::Unavailable, true),
            (Answer::Unknown, true),
        ] {
            let (first, second) = (vendor(&[answer]), vendor(&[Answer::Taken]));
            let outcome = both(&first, &second).1.send(&message()).await;
            assert_eq!(calls(&second), u32::from(second_is_asked));
            assert_eq!(outcome.is_ok(), !matches!(answer, Answer::Refused));
        }
    }

    #[tokio::test]
    async fn not_knowing_outweighs_what_else_went_wrong() {
        for (one, other, unknown) in [
            (Answer::Unavailable, Answer::Unavailable, false),
            (Answer::Unknown, Answer::Unavailable, true),
            (Answer::Unavailable, Answer::Unknown, true),
            (Answer::Unknown, Answer::Refused, true),
        ] {
            let outcome = both(&vendor(&[one]), &vendor(&[other])).1.send(&message()).await;
            assert_eq!(matches!(outcome, Err(SendError::Unknown(_))), unknown);
        }
    }

    #[tokio::test]
    async fn a_vendor_that_keeps_failing_is_left_alone_then_tried_again() {
        let (first, second) = (vendor(&[Answer::Unavailable]), vendor(&[Answer::Taken]));
        let (clock, sender) = both(&first, &second);
        for _ in 0..10 {
            sender.send(&message()).await.unwrap();
        }
        assert_eq!((calls(&first), calls(&second)), (3, 10));
        *first.answers.lock().unwrap() = vec![Answer::Taken];
        clock.advance(Duration::seconds(30));
        sender.send(&message()).await.unwrap();
        assert_eq!((calls(&first), calls(&second)), (4, 10), "the first is back");
    }

    #[tokio::test]
    async fn refusals_never_open_the_breaker() {
        let (first, second) = (vendor(&[Answer::Refused]), vendor(&[Answer::Taken]));
        let (_, sender) = both(&first, &second);
        for _ in 0..10 {
            assert!(matches!(sender.send(&message()).await, Err(SendError::Refused { .. })));
        }
        assert_eq!((calls(&first), calls(&second)), (10, 0));
    }

    #[tokio::test]
    async fn numbers_a_vendor_cannot_reach_never_open_the_breaker() {
        let (first, second) = (vendor(&[Answer::Unreached]), vendor(&[Answer::Taken]));
        let (_, sender) = both(&first, &second);
        for _ in 0..10 {
            sender.send(&message()).await.unwrap();
        }
        assert_eq!((calls(&first), calls(&second)), (10, 10));
        let sender = both(&first, &first).1;
        assert!(matches!(sender.send(&message()).await, Err(SendError::Unavailable(_))), "nobody reaches it");
    }

    #[tokio::test]
    async fn with_all_resting_the_answer_is_at_once() {
        let (first, second) = (vendor(&[Answer::Unavailable]), vendor(&[Answer::Unknown]));
        let (_, sender) = both(&first, &second);
        for _ in 0..3 {
            assert!(sender.send(&message()).await.is_err());
        }
        assert!(matches!(sender.send(&message()).await, Err(SendError::Unavailable(_))));
        assert_eq!((calls(&first), calls(&second)), (3, 3));
    }

    #[test]
    fn nobody_to_ask_is_said_at_once() {
        let policy = BreakerPolicy { failures: 1, rest: Duration::SECOND };
        assert!(matches!(FallbackSender::new(Env::system(), policy, vec![]), Err(SetUpError::NoSender)));
    }
}
