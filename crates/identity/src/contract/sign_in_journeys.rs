//! What signing in must do as a whole, whatever the stores.

use super::sign_in_stage::{Clause, Failure, SignInStage, new_phone, run};
use crate::{
    AccessClaims, DeviceToken, LogoutBy, Origin, Phone, RefreshError, TokenPair, TriggerError, TriggerOtp,
    Verified, VerifyError, VerifyOtp, fault,
    testing::{FrontDesk, Outage},
};
use futures::future::join_all;
use kernel::{Fault, catalogue};
use time::Duration;

/// Runs every clause.
pub async fn sign_in_journeys(stage: &dyn SignInStage) {
    let clauses: [(&str, Clause<'_>); 16] = [
        ("a_person_comes_and_goes", Box::pin(a_person_comes_and_goes(stage))),
        ("fifty_right_codes_sign_in_once", Box::pin(fifty_right_codes_sign_in_once(stage))),
        ("right_codes_at_once_are_no_guesses", Box::pin(right_codes_at_once_are_no_guesses(stage))),
        ("a_right_code_is_never_lost_in_a_race", Box::pin(a_right_code_is_never_lost_in_a_race(stage))),
        ("a_flood_of_guesses_compares_five", Box::pin(a_flood_of_guesses_compares_five(stage))),
        (
            "codes_are_refused_in_the_contracts_words",
            Box::pin(codes_are_refused_in_the_contracts_words(stage)),
        ),
        ("fifty_refreshes_get_one_pair", Box::pin(fifty_refreshes_get_one_pair(stage))),
        ("lost_answers_sign_nobody_out", Box::pin(lost_answers_sign_nobody_out(stage))),
        ("a_stranger_locks_nobody_out", Box::pin(a_stranger_locks_nobody_out(stage))),
        ("a_foreign_token_is_as_good_as_none", Box::pin(a_foreign_token_is_as_good_as_none(stage))),
        ("a_device_may_ask_without_its_token", Box::pin(a_device_may_ask_without_its_token(stage))),
        ("owner_and_stranger_race_apart", Box::pin(owner_and_stranger_race_apart(stage))),
        ("codes_are_rationed", Box::pin(codes_are_rationed(stage))),
        ("an_address_is_rationed", Box::pin(an_address_is_rationed(stage))),
        ("an_outage_costs_the_owner_nothing", Box::pin(an_outage_costs_the_owner_nothing(stage))),
        ("a_code_one_holds_outlives_a_failure", Box::pin(a_code_one_holds_outlives_a_failure(stage))),
    ];
    run(clauses).await;
}

fn desk(stage: &dyn SignInStage) -> FrontDesk {
    FrontDesk::over(stage.stores())
}

async fn code(desk: &FrontDesk, phone: &Phone) -> Result<String, Failure> {
    desk.ask(phone, None).await?;
    Ok(desk.inbox.code(phone).ok_or("no code arrived")?)
}

/// A code that is not `right`.
fn wrong(right: &str, nth: u32) -> String {
    let right: u32 = right.parse().unwrap_or_default();
    format!("{:06}", (right + 1 + nth) % 1_000_000)
}

fn claims(desk: &FrontDesk, pair: &TokenPair) -> Result<AccessClaims, Failure> {
    Ok(desk.tokens.verify(pair.access_token.expose(), desk.env.now())?)
}

async fn refresh(desk: &FrontDesk, pair: &TokenPair) -> Result<TokenPair, RefreshError> {
    desk.sessions.refresh(pair.refresh_token.expose(), &Origin::default()).await
}

fn attempts_remaining(error: &VerifyError) -> Option<u8> {
    match error {
        VerifyError::InvalidOtp { attempts_remaining } => *attempts_remaining,
        VerifyError::Expired
        | VerifyError::TooManyAttempts
        | VerifyError::OverBudget { .. }
        | VerifyError::Deactivated
        | VerifyError::Busy(_)
        | VerifyError::Compare(_)
        | VerifyError::Issue(_)
        | VerifyError::Store(_) => None,
    }
}

/// A number signs up, signs in again, refreshes and signs out.
async fn a_person_comes_and_goes(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let asked = desk.ask(&phone, None).await?;
    assert_eq!(asked.expires_at - desk.env.now(), Duration::minutes(10));
    assert_eq!((asked.resend_after, asked.headroom.remaining), (Duration::seconds(30), 9));
    let code = desk.inbox.code(&phone).ok_or("no code arrived")?;
    let first = desk.give(&phone, &code, None).await?;
    assert!(first.is_new_user);
    let said = claims(&desk, &first.tokens)?;
    assert_eq!((said.user_id, said.session_id, said.roles), (first.user_id, first.session_id, first.roles));
    assert_eq!(first.tokens.access_expires_at - desk.env.now(), Duration::hours(24));
    assert_eq!(first.tokens.refresh_expires_at() - desk.env.now(), Duration::days(30));
    let reused = desk.give(&phone, &code, None).await;
    assert_eq!(reused.err().map(|error| error.entry()), Some(fault::INVALID_OTP), "single use");

    let second = desk.sign_in(&phone, None).await?;
    assert_eq!((second.user_id, second.is_new_user), (first.user_id, false));
    let next = refresh(&desk, &first.tokens).await?;
    assert_eq!(next.refresh_expires_at(), first.tokens.refresh_expires_at(), "the end never moves");
    let views = desk.sessions.list(&said).await?;
    let views: Vec<_> = views.iter().map(|view| (view.session.id, view.current)).collect();
    assert!(views.contains(&(first.session_id, true)) && views.contains(&(second.session_id, false)));

    desk.sessions.logout(LogoutBy::Access(&said), &Origin::default()).await?;
    desk.sessions.logout(LogoutBy::Access(&said), &Origin::default()).await?;
    assert!(!desk.sessions.is_live(first.session_id).await?);
    assert!(desk.sessions.is_live(second.session_id).await?);
    assert!(desk.sessions.ended_lately().await?.iter().any(|ended| ended.id == first.session_id));
    let over = refresh(&desk, &next).await;
    assert!(matches!(over, Err(RefreshError::Over)));
    desk.sessions.logout(LogoutBy::Refresh(second.tokens.refresh_token.expose()), &Origin::default()).await?;
    desk.sessions.logout(LogoutBy::Refresh("garbage"), &Origin::default()).await?;
    assert!(!desk.sessions.is_live(second.session_id).await?);
    Ok(())
}

/// Fifty who give the right code at once: one is signed in.
async fn fifty_right_codes_sign_in_once(stage: &dyn SignInStage) -> Result<(), Failure> {
    for round in 0..stage.race_rounds() {
        let (desk, phone) = (desk(stage), new_phone());
        // A hundred a day, since messages may cost only so much.
        desk.clock.advance(Duration::days((round / 100).into()));
        let code = code(&desk, &phone).await?;
        let outcomes = join_all((0..50).map(|_| desk.give(&phone, &code, None))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes {
            if let Err(error) = outcome {
                assert!(
                    [fault::INVALID_OTP, fault::TOO_MANY_OTP_ATTEMPTS].contains(&error.entry()),
                    "{error}"
                );
            }
        }
    }
    Ok(())
}

/// A phone that sends its right code several times over is not locked out, however often it signs in.
async fn right_codes_at_once_are_no_guesses(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    for _ in 0..9 {
        let code = code(&desk, &phone).await?;
        let outcomes = join_all((0..5).map(|_| desk.give(&phone, &code, None))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(error.entry(), fault::INVALID_OTP, "no budget is used up by right codes");
        }
        desk.clock.advance(Duration::MINUTE);
    }
    Ok(())
}

/// A right code among wrong ones is never lost while attempts are left.
async fn a_right_code_is_never_lost_in_a_race(stage: &dyn SignInStage) -> Result<(), Failure> {
    for place in 0..5 {
        let (desk, phone) = (desk(stage), new_phone());
        let right = code(&desk, &phone).await?;
        let codes: Vec<_> =
            (0..5_u32).map(|nth| if nth == place { right.clone() } else { wrong(&right, nth) }).collect();
        let outcomes = join_all(codes.iter().map(|code| desk.give(&phone, code, None))).await;
        for (code, outcome) in codes.iter().zip(&outcomes) {
            assert_eq!(outcome.is_ok(), *code == right);
        }
    }
    Ok(())
}

/// Two hundred wrong codes at once: five are compared, and the challenge is dead.
async fn a_flood_of_guesses_compares_five(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let right = code(&desk, &phone).await?;
    let codes: Vec<_> = (0..200).map(|nth| wrong(&right, nth)).collect();
    let outcomes = join_all(codes.iter().map(|code| desk.give(&phone, code, None))).await;
    let errors: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 200);
    let mut left: Vec<_> = errors.iter().filter_map(attempts_remaining).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    let dead = desk.give(&phone, &right, None).await;
    assert_eq!(dead.err().map(|error| error.entry()), Some(fault::TOO_MANY_OTP_ATTEMPTS));
    Ok(())
}

/// Late codes, foreign challenges and codes nobody asked for are refused in the contract's words.
async fn codes_are_refused_in_the_contracts_words(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let none = desk.give(&phone, "123456", None).await;
    assert_eq!(none.err().map(|error| error.entry()), Some(fault::INVALID_OTP));
    let first = desk.ask(&phone, None).await?;
    let old_code = desk.inbox.code(&phone).ok_or("no code arrived")?;
    desk.clock.advance(Duration::seconds(30));
    let second = desk.ask(&phone, None).await?;
    let new_code = desk.inbox.code(&phone).ok_or("no code arrived")?;
    let give = |code: &str, challenge_id| {
        let code = desk.sign_ins.parse_code(code);
        let (phone, sign_ins) = (phone.clone(), desk.sign_ins.clone());
        async move {
            let given = VerifyOtp {
                phone,
                code: code?,
                challenge_id,
                device: None,
                device_token: None,
                origin: Origin::default(),
            };
            Ok::<_, Failure>(sign_ins.verify(&given).await)
        }
    };
    let foreign = give(&new_code, Some(first.challenge_id)).await?;
    assert!(matches!(foreign, Err(VerifyError::InvalidOtp { attempts_remaining: None })));
    if old_code != new_code {
        let replaced = give(&old_code, None).await?;
        assert!(matches!(replaced, Err(VerifyError::InvalidOtp { attempts_remaining: Some(4) })));
    }
    desk.clock.advance(Duration::minutes(10));
    let late = give(&new_code, Some(second.challenge_id)).await?;
    assert!(matches!(late, Err(VerifyError::Expired)));
    Ok(())
}

/// Fifty who refresh with one token at once get one pair, byte for byte; so does a retry, until the pair's own
/// token is used.
async fn fifty_refreshes_get_one_pair(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let Verified { tokens, user_id, session_id, .. } = desk.sign_in(&phone, None).await?;
    let outcomes = join_all((0..50).map(|_| refresh(&desk, &tokens))).await;
    let pairs = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    for pair in &pairs {
        assert_eq!(Some(pair), pairs.first());
    }
    assert_eq!(stage.session_count(user_id).await, 1);
    desk.clock.advance(Duration::seconds(59));
    let retried = refresh(&desk, &tokens).await?;
    assert_eq!(Some(&retried), pairs.first());
    let next = refresh(&desk, &retried).await?;
    assert_ne!(next, retried);
    let reused = refresh(&desk, &tokens).await.err().ok_or("a grandparent was taken")?;
    assert_eq!(reused.entry(), fault::INVALID_TOKEN);
    assert_eq!(reused.details(), [("reason", "reused".into())]);
    assert!(!desk.sessions.is_live(session_id).await?);
    assert!(matches!(refresh(&desk, &next).await, Err(RefreshError::Over)));
    Ok(())
}

/// Every third answer is lost, and four requests refresh at once: nobody is signed out.
async fn lost_answers_sign_nobody_out(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let mut held = desk.sign_in(&phone, None).await?.tokens;
    for round in 0..60 {
        desk.clock.advance(Duration::seconds(7));
        let answers = join_all((0..4).map(|_| refresh(&desk, &held))).await;
        let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        if round % 3 != 0
            && let Some(answer) = answers.into_iter().next()
        {
            held = answer;
        }
    }
    Ok(())
}

/// A stranger who asks and guesses for somebody's number locks that somebody out of nothing, and does not even come
/// between them and their code; nor does the owner come between strangers and theirs.
async fn a_stranger_locks_nobody_out(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let token = desk.sign_in(&phone, None).await?.device_token;
    let owner = Some(&token);
    let foreign = desk.sign_in(&new_phone(), None).await?.device_token;
    for stranger in [None, Some(&foreign), Some(&DeviceToken::draw(&desk.env))].iter().cycle().take(12) {
        desk.clock.advance(Duration::MINUTE);
        if desk.ask(&phone, *stranger).await.is_ok() {
            for _ in 0..6 {
                let guess = desk.give(&phone, "000000", *stranger).await;
                assert!(guess.is_err() || desk.inbox.code(&phone).as_deref() == Some("000000"));
            }
        }
    }
    let stranger = desk.ask(&phone, None).await.err().ok_or("the stranger may still ask")?;
    assert_eq!(stranger.entry(), fault::MAX_ATTEMPTS_EXCEEDED);
    // Without waiting, and with the code that was sent before others asked.
    let asked = desk.ask(&phone, owner).await?;
    assert_eq!(asked.headroom.remaining, 9, "no stranger's code counts");
    let code = desk.inbox.code(&phone).ok_or("no code arrived")?;
    assert!(desk.ask(&phone, None).await.is_err() && desk.give(&phone, &code, None).await.is_err());
    let signed_in = desk.give(&phone, &code, owner).await?;
    assert!(!signed_in.is_new_user);
    assert_eq!(signed_in.device_token, token, "the device stays the same");

    // The owner's right code shows strangers' row of wrong ones to be over, but not their day.
    assert!(desk.ask(&phone, None).await.is_err());
    Ok(())
}

/// A token that is not this number's, or was taken back, is as good as none: its holder shares strangers' budgets.
async fn a_foreign_token_is_as_good_as_none(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let theirs = desk.sign_in(&new_phone(), None).await?.device_token;
    let first = desk.sign_in(&phone, None).await?;
    let second = desk.sign_in(&phone, None).await?;
    desk.sessions.logout_others(&claims(&desk, &second.tokens)?, &Origin::default()).await?;
    desk.clock.advance(Duration::MINUTE);
    let headroom = desk.ask(&phone, None).await?.headroom;
    let code = desk.inbox.code(&phone).ok_or("no code arrived")?;
    for token in [&theirs, &first.device_token, &DeviceToken::draw(&desk.env)] {
        let soon = desk.ask(&phone, Some(token)).await.err().ok_or("a second code at once")?;
        assert_eq!(soon.entry(), catalogue::RATE_LIMIT_EXCEEDED);
    }
    assert_eq!(headroom.remaining, 7);
    let fresh = desk.give(&phone, &code, Some(&theirs)).await?.device_token;
    assert!(![&theirs, &first.device_token, &second.device_token].contains(&&fresh), "a token of its own");
    // The devices that were not taken back have lanes of their own, and signing out does not end them.
    desk.sessions.logout(LogoutBy::Access(&claims(&desk, &second.tokens)?), &Origin::default()).await?;
    for token in [&fresh, &second.device_token] {
        assert_eq!(desk.ask(&phone, Some(token)).await?.headroom.remaining, 9);
    }
    Ok(())
}

/// A device that asks without its token signs in with the number's code, and keeps its token.
async fn a_device_may_ask_without_its_token(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    let token = desk.sign_in(&phone, None).await?.device_token;
    desk.clock.advance(Duration::MINUTE);
    let asked = code(&desk, &phone).await?;
    let signed_in = desk.give(&phone, &asked, Some(&token)).await?;
    assert_eq!(signed_in.device_token, token);
    // Neither does a code of its own come between that is over: given already, too late, or tried too often.
    for over in ["used", "late", "tried"] {
        desk.clock.advance(Duration::hours(25));
        desk.ask(&phone, Some(&token)).await?;
        let own = desk.inbox.code(&phone).ok_or("no code arrived")?;
        match over {
            "used" => drop(desk.give(&phone, &own, Some(&token)).await?),
            "late" => desk.clock.advance(Duration::minutes(10)),
            _ => {
                for nth in 0..5 {
                    assert!(desk.give(&phone, &wrong(&own, nth), Some(&token)).await.is_err());
                }
            }
        }
        let words = desk.give(&phone, &own, Some(&token)).await.err().map(|error| error.entry());
        let expected = match over {
            "used" => fault::INVALID_OTP,
            "late" => fault::OTP_EXPIRED,
            _ => fault::TOO_MANY_OTP_ATTEMPTS,
        };
        assert_eq!(words, Some(expected), "its own words, as long as the number has no code: {over}");
        let asked = code(&desk, &phone).await?;
        let signed_in = desk.give(&phone, &asked, Some(&token)).await?;
        assert_eq!(signed_in.device_token, token, "{over}");
    }
    Ok(())
}

/// Owner and stranger ask, guess and give at once: each meets their own code alone.
async fn owner_and_stranger_race_apart(stage: &dyn SignInStage) -> Result<(), Failure> {
    for _ in 0..10 {
        let (desk, phone) = (desk(stage), new_phone());
        let token = desk.sign_in(&phone, None).await?.device_token;
        desk.clock.advance(Duration::MINUTE);
        desk.ask(&phone, Some(&token)).await?;
        let right = desk.inbox.code(&phone).ok_or("no code arrived")?;
        desk.ask(&phone, None).await?;
        let strangers = desk.inbox.code(&phone).ok_or("no code arrived")?;
        let guesses = join_all((0..10).map(|nth| {
            let (desk, phone, code) = (&desk, &phone, wrong(&strangers, nth));
            async move { desk.give(phone, &code, None).await }
        }));
        let owner = join_all((0..3).map(|_| desk.give(&phone, &right, Some(&token))));
        let (guesses, owner) = futures::future::join(guesses, owner).await;
        assert_eq!(owner.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(guesses.iter().all(Result::is_err));
        assert_eq!(guesses.iter().filter_map(|guess| attempts_remaining(guess.as_ref().err()?)).count(), 5);
    }
    Ok(())
}

/// Codes are rationed: one in thirty seconds, ten a day.
async fn codes_are_rationed(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    desk.ask(&phone, None).await?;
    desk.clock.advance(Duration::milliseconds(29_999));
    let soon = desk.ask(&phone, None).await.err().ok_or("a second code within 30 s")?;
    assert_eq!(soon.entry(), catalogue::RATE_LIMIT_EXCEEDED);
    assert_eq!(soon.details(), [("retry_after", 1.into())]);
    desk.clock.advance(Duration::milliseconds(1));
    for _ in 0..9 {
        desk.ask(&phone, None).await?;
        desk.clock.advance(Duration::seconds(30));
    }
    let spent = desk.ask(&phone, None).await.err().ok_or("an eleventh code in a day")?;
    assert_eq!(spent.headroom().map(|headroom| (headroom.limit, headroom.remaining)), Some((10, 0)));
    assert_eq!(desk.inbox.of(&phone).len(), 10);
    desk.clock.advance(Duration::DAY);
    desk.ask(&phone, None).await?;
    Ok(())
}

/// Thirty codes an hour for one address, whatever the numbers.
async fn an_address_is_rationed(stage: &dyn SignInStage) -> Result<(), Failure> {
    let desk = desk(stage);
    let head = desk.env.random::<6>();
    let ip = std::net::IpAddr::from([
        0x20, 1, 0xd, 0xb8, head[0], head[1], head[2], head[3], 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
    let origin = Origin { ip: Some(ip), request_id: None };
    let mut sent = 0;
    let mut refused = None;
    for _ in 0..31 {
        let (phone, origin) = (new_phone(), origin.clone());
        let asked = TriggerOtp { phone: phone.clone(), device_token: None, origin: origin.clone() };
        match desk.sign_ins.trigger(&asked).await {
            Ok(_) => sent += 1,
            Err(error) => refused = Some(error),
        }
        // Every code is given back, so that the share of codes that are read is not what refuses.
        if let Some(code) = desk.inbox.code(&phone) {
            let code = desk.sign_ins.parse_code(&code)?;
            let given =
                VerifyOtp { phone, code, challenge_id: None, device: None, device_token: None, origin };
            desk.sign_ins.verify(&given).await?;
        }
    }
    assert_eq!(sent, 30);
    let refused = refused.ok_or("a thirty-first code in an hour")?;
    assert_eq!(refused.entry(), catalogue::RATE_LIMIT_EXCEEDED);
    let told = refused.headroom().map(|headroom| (headroom.limit, headroom.remaining));
    assert_eq!(told, Some((10, 0)), "what others share is told as the number's day");
    Ok(())
}

/// When messages cannot be sent, the owner is told so and loses nothing.
async fn an_outage_costs_the_owner_nothing(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (desk, phone) = (desk(stage), new_phone());
    for _ in 0..12 {
        desk.inbox.set_outage(Some(Outage::Unavailable));
        let down = desk.ask(&phone, None).await.err().ok_or("sent during an outage")?;
        assert_eq!(down.entry(), catalogue::PARTNER_UNAVAILABLE);
    }
    desk.inbox.set_outage(Some(Outage::Unknown));
    let unknown = desk.ask(&phone, None).await.err().ok_or("sent without an answer")?;
    assert_eq!(unknown.entry(), catalogue::TIMEOUT);
    let code = desk.inbox.code(&phone).ok_or("it did arrive")?;
    desk.inbox.set_outage(None);
    let again = desk.ask(&phone, None).await?;
    assert_eq!(again.headroom.remaining, 8, "only what may have been sent counts for the day");
    let newer = desk.inbox.code(&phone).ok_or("no code arrived")?;
    if code != newer {
        assert!(desk.give(&phone, &code, None).await.is_err(), "only the newest counts");
    }
    desk.give(&phone, &newer, None).await?;
    desk.clock.advance(Duration::MINUTE);
    desk.inbox.set_outage(Some(Outage::Refused));
    let refused = desk.ask(&phone, None).await.err().ok_or("sent though refused")?;
    assert_eq!(refused.entry(), catalogue::PARTNER_ERROR);
    assert!(matches!(desk.ask(&phone, None).await, Err(TriggerError::OverBudget { .. })));
    Ok(())
}

/// Who holds a code and asks for another that cannot be sent, signs in with the one they hold.
async fn a_code_one_holds_outlives_a_failure(stage: &dyn SignInStage) -> Result<(), Failure> {
    for outage in [Outage::Unavailable, Outage::Refused] {
        let (desk, phone) = (desk(stage), new_phone());
        let held = code(&desk, &phone).await?;
        desk.clock.advance(Duration::MINUTE);
        desk.inbox.set_outage(Some(outage));
        assert!(desk.ask(&phone, None).await.is_err());
        desk.give(&phone, &held, None).await?;
    }
    let (desk, phone) = (desk(stage), new_phone());
    let held = code(&desk, &phone).await?;
    desk.clock.advance(Duration::MINUTE);
    desk.inbox.set_outage(Some(Outage::Unknown));
    assert!(desk.ask(&phone, None).await.is_err());
    let newer = desk.inbox.code(&phone).ok_or("it did arrive")?;
    if held != newer {
        assert!(desk.give(&phone, &held, None).await.is_err(), "the newer may have arrived");
    }
    desk.give(&phone, &newer, None).await?;
    Ok(())
}
