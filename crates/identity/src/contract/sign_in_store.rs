//! What every store of sign-ins must do.

use super::{
    sign_in_facts::{challenge, guess, sign_in, signed_in, using},
    sign_in_stage::{Clause, Failure, NOW, SignInStage, after, code_hash, new_device, new_phone, run},
    world::news_of,
};
use crate::{
    Action, AuditEvent, BudgetPolicy, EndReason, Event, Lane, Origin, Roles, Surface,
    ports::{
        Attempt, ChallengeUse, CodeAttempt, Granted, NewChallenge, OthersEnd, RecordError, SessionEnd,
        SessionOwner, SignedIn,
    },
    testing::contract_budgets,
};
use futures::future::{join, join_all};
use kernel::Env;
use time::Duration;

/// Runs every clause.
pub async fn sign_in_store(stage: &dyn SignInStage) {
    let clauses: [(&str, Clause<'_>); 17] = [
        ("newest_challenge_counts", Box::pin(newest_challenge_counts(stage))),
        ("a_withdrawn_challenge_leaves_the_former", Box::pin(a_withdrawn_challenge_leaves_the_former(stage))),
        ("only_what_nobody_used_is_withdrawn", Box::pin(only_what_nobody_used_is_withdrawn(stage))),
        ("refusals_have_an_order", Box::pin(refusals_have_an_order(stage))),
        ("looking_is_paying", Box::pin(looking_is_paying(stage))),
        ("guesses_are_budgeted_across_challenges", Box::pin(guesses_are_budgeted_across_challenges(stage))),
        (
            "a_row_of_wrong_codes_ends_with_a_right_one",
            Box::pin(a_row_of_wrong_codes_ends_with_a_right_one(stage)),
        ),
        ("strangers_do_not_lock_the_owner_out", Box::pin(strangers_do_not_lock_the_owner_out(stage))),
        ("a_number_remembers_few_devices", Box::pin(a_number_remembers_few_devices(stage))),
        (
            "a_device_is_forgotten_on_its_owners_word",
            Box::pin(a_device_is_forgotten_on_its_owners_word(stage)),
        ),
        ("a_code_signs_in_once", Box::pin(a_code_signs_in_once(stage))),
        ("a_number_is_one_person", Box::pin(a_number_is_one_person(stage))),
        ("one_session_too_many_ends_the_oldest", Box::pin(one_session_too_many_ends_the_oldest(stage))),
        ("a_closed_account_stays_closed", Box::pin(a_closed_account_stays_closed(stage))),
        ("a_challenge_is_used_once", Box::pin(a_challenge_is_used_once(stage))),
        (
            "a_right_code_that_comes_too_late_is_no_guess",
            Box::pin(a_right_code_that_comes_too_late_is_no_guess(stage)),
        ),
        ("what_is_over_is_forgotten", Box::pin(what_is_over_is_forgotten(stage))),
    ];
    run(clauses).await;
}

fn granted(attempt: Attempt) -> Option<Granted> {
    match attempt {
        Attempt::Granted(granted) => Some(granted),
        Attempt::Missing
        | Attempt::Expired
        | Attempt::Used
        | Attempt::Exhausted
        | Attempt::OverBudget { .. } => None,
    }
}

/// Only the newest challenge of a number and way in counts.
async fn newest_challenge_counts(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, budgets) = (stage.stores().sign_ins, new_phone(), contract_budgets());
    assert_eq!(store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, NOW)).await?, Attempt::Missing);
    let old = challenge(&phone, Surface::App, NOW);
    let new = NewChallenge { code: code_hash('D'), ..challenge(&phone, Surface::App, after(31)) };
    store.record_challenge(&old).await?;
    store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(1))).await?;
    store.record_challenge(&new).await?;
    store.record_challenge(&challenge(&phone, Surface::Patient, after(32))).await?;
    let shown = granted(store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(32))).await?);
    assert_eq!(
        shown,
        Some(Granted { challenge_id: new.id, code: code_hash('D'), attempts_left: 4 }),
        "a new challenge has all its attempts, and another way in has its own"
    );
    let meant =
        CodeAttempt { challenge_id: Some(old.id), ..guess(&phone, Lane::Stranger, &budgets, after(33)) };
    assert_eq!(store.spend_attempt(&meant).await?, Attempt::Missing, "another challenge's code");
    let meant =
        CodeAttempt { challenge_id: Some(new.id), ..guess(&phone, Lane::Stranger, &budgets, after(34)) };
    let left = granted(store.spend_attempt(&meant).await?).map(|granted| granted.attempts_left);
    assert_eq!(left, Some(3), "the refusal cost nothing");
    let late = store.record_sign_in(&sign_in(&old, None, after(35)).0).await;
    assert!(matches!(late, Err(RecordError::Used)), "a right code of a replaced challenge");
    Ok(())
}

/// A challenge that is taken back leaves the number as it was, however many were under way at once.
async fn a_withdrawn_challenge_leaves_the_former(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, budgets) = (stage.stores().sign_ins, new_phone(), contract_budgets());
    let at = |seconds| guess(&phone, Lane::Stranger, &budgets, after(seconds));
    let [first, held, unsent, newer] = [('E', 0), ('F', 31), ('G', 62), ('H', 63)].map(|(mark, second)| {
        NewChallenge { code: code_hash(mark), ..challenge(&phone, Surface::App, after(second)) }
    });
    store.withdraw_challenge(&first).await?;
    store.record_challenge(&first).await?;
    store.withdraw_challenge(&first).await?;
    assert_eq!(store.spend_attempt(&at(1)).await?, Attempt::Missing, "there was none before");

    store.record_challenge(&first).await?;
    store.record_challenge(&held).await?;
    store.spend_attempt(&at(32)).await?;
    store.record_challenge(&unsent).await?;
    store.spend_attempt(&at(62)).await?;
    store.withdraw_challenge(&NewChallenge { surface: Surface::Patient, ..unsent.clone() }).await?;
    let elsewhere = granted(store.spend_attempt(&at(62)).await?).map(|granted| granted.challenge_id);
    assert_eq!(elsewhere, Some(unsent.id), "another way in has its own");
    store.withdraw_challenge(&unsent).await?;
    store.withdraw_challenge(&unsent).await?;
    let shown = granted(store.spend_attempt(&at(63)).await?);
    let expected = Granted { challenge_id: held.id, code: code_hash('F'), attempts_left: 3 };
    assert_eq!(shown, Some(expected), "with the attempts it had");
    assert_eq!(store.spend_attempt(&at(631)).await?, Attempt::Expired, "and the end it had");

    // Of two under way at once the older fails first: the newer has the one that was sent behind it.
    store.record_challenge(&unsent).await?;
    store.record_challenge(&newer).await?;
    store.withdraw_challenge(&unsent).await?;
    let shown = granted(store.spend_attempt(&at(64)).await?).map(|granted| granted.challenge_id);
    assert_eq!(shown, Some(newer.id));
    store.withdraw_challenge(&newer).await?;
    store.record_sign_in(&sign_in(&held, None, after(65)).0).await?;
    Ok(())
}

/// A challenge whose code was given was sent, whatever the sender says; and of many who come at once one wins.
async fn only_what_nobody_used_is_withdrawn(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let [old, new] = [0, 31].map(|second| challenge(&phone, Surface::App, after(second)));
    store.record_challenge(&old).await?;
    store.record_challenge(&new).await?;
    store.use_challenge(&using(&new, after(32))).await?;
    store.withdraw_challenge(&new).await?;
    let look = guess(&phone, Lane::Stranger, &contract_budgets(), after(33));
    assert_eq!(store.spend_attempt(&look).await?, Attempt::Used);

    for _ in 0..10 {
        let phone = new_phone();
        let [old, new] = [0, 31].map(|second| challenge(&phone, Surface::App, after(second)));
        store.record_challenge(&old).await?;
        store.record_challenge(&new).await?;
        let uses = [&old, &new].map(|made| using(made, after(32)));
        let (withdrawn, used) = join(
            join_all((0..3).map(|_| store.withdraw_challenge(&new))),
            join_all(uses.iter().map(|fact| store.use_challenge(fact))),
        )
        .await;
        withdrawn.into_iter().collect::<Result<Vec<_>, _>>()?;
        assert!(used.iter().filter(|used| used.is_ok()).count() <= 1);
    }
    Ok(())
}

/// Refusals come in the contract's order and cost nothing.
async fn refusals_have_an_order(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, budgets) = (stage.stores().sign_ins, new_phone(), contract_budgets());
    let made = challenge(&phone, Surface::App, NOW);
    store.record_challenge(&made).await?;
    let at = |seconds| guess(&phone, Lane::Stranger, &budgets, after(seconds));
    let mut left = Vec::new();
    for second in 0..5 {
        left.extend(granted(store.spend_attempt(&at(second)).await?).map(|granted| granted.attempts_left));
    }
    assert_eq!(left, [4, 3, 2, 1, 0]);
    assert_eq!(store.spend_attempt(&at(6)).await?, Attempt::Exhausted);
    assert_eq!(store.spend_attempt(&at(600)).await?, Attempt::Expired, "expired before exhausted");
    store.use_challenge(&using(&made, after(7))).await?;
    assert_eq!(store.spend_attempt(&at(8)).await?, Attempt::Used, "used before exhausted");
    assert_eq!(store.spend_attempt(&at(600)).await?, Attempt::Expired, "expired before used");
    Ok(())
}

/// Two hundred who look at once see the code five times.
async fn looking_is_paying(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, budgets) = (stage.stores().sign_ins, new_phone(), contract_budgets());
    store.record_challenge(&challenge(&phone, Surface::App, NOW)).await?;
    let fact = guess(&phone, Lane::Stranger, &budgets, after(1));
    let looks = join_all((0..200).map(|_| store.spend_attempt(&fact))).await;
    let looks = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(looks.iter().filter(|look| **look == Attempt::Exhausted).count(), 195);
    let mut left: Vec<_> =
        looks.into_iter().filter_map(granted).map(|granted| granted.attempts_left).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    Ok(())
}

/// Wrong codes count across challenges, at once or one after the other.
async fn guesses_are_budgeted_across_challenges(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let (person, ..) = signed_in(stage, &phone, None, after(-3600)).await?;
    let budgets = BudgetPolicy { wrong_codes_per_day: 7, ..contract_budgets() };
    store.record_challenge(&challenge(&phone, Surface::App, NOW)).await?;
    for second in 0..5 {
        assert!(
            granted(store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(second))).await?)
                .is_some()
        );
    }
    store.record_challenge(&challenge(&phone, Surface::App, after(60))).await?;
    let fact = guess(&phone, Lane::Stranger, &budgets, after(61));
    let looks = join_all((0..50).map(|_| store.spend_attempt(&fact))).await;
    let looks = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
    let over = Attempt::OverBudget { until: NOW + Duration::DAY };
    assert_eq!(looks.iter().filter(|look| **look == over).count(), 48);
    let seen = looks.into_iter().filter_map(granted).count();
    assert_eq!(seen, 2, "seven a day, of which five were spent before");
    let refused = stage.audited(person.user_id).await;
    let refused = refused.iter().filter(|entry| entry.action == Action::SignInRefused).count();
    assert_eq!(refused, 1, "the last guess of a budget is kept in the audit log, once");
    store.record_challenge(&challenge(&phone, Surface::App, NOW + Duration::DAY)).await?;
    let next_day = guess(&phone, Lane::Stranger, &budgets, NOW + Duration::DAY);
    assert!(granted(store.spend_attempt(&next_day).await?).is_some(), "a new day");
    Ok(())
}

/// A row of wrong codes is ended by a right one, not by a day.
async fn a_row_of_wrong_codes_ends_with_a_right_one(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let budgets = BudgetPolicy { wrong_codes_in_a_row: 3, ..contract_budgets() };
    let mut last = challenge(&phone, Surface::App, NOW);
    for day in 0..3 {
        last = challenge(&phone, Surface::App, NOW + Duration::days(day));
        store.record_challenge(&last).await?;
        let fact = guess(&phone, Lane::Stranger, &budgets, NOW + Duration::days(day));
        assert!(granted(store.spend_attempt(&fact).await?).is_some());
    }
    let at = NOW + Duration::days(2) + Duration::SECOND;
    let fact = guess(&phone, Lane::Stranger, &budgets, at);
    let until = NOW + budgets.row_forgotten_after;
    assert_eq!(store.spend_attempt(&fact).await?, Attempt::OverBudget { until });
    store.record_sign_in(&sign_in(&last, None, at).0).await?;
    store.record_challenge(&challenge(&phone, Surface::App, at)).await?;
    assert!(granted(store.spend_attempt(&fact).await?).is_some());
    Ok(())
}

/// What a stranger does to a number takes nothing from a device that has signed in with it, nor the reverse.
async fn strangers_do_not_lock_the_owner_out(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, device) = (stage.stores().sign_ins, new_phone(), new_device());
    assert!(!store.knows_device(&phone, device).await?);
    signed_in(stage, &phone, Some(device), after(-3600)).await?;
    assert!(store.knows_device(&phone, device).await?);
    assert!(!store.knows_device(&new_phone(), device).await?, "the key belongs to one number");
    let known = Lane::KnownDevice(device);
    let budgets = BudgetPolicy { wrong_codes_per_day: 5, ..contract_budgets() };
    let owners = NewChallenge { lane: known, code: code_hash('K'), ..challenge(&phone, Surface::App, NOW) };
    let strangers = challenge(&phone, Surface::App, after(1));
    store.record_challenge(&owners).await?;
    store.record_challenge(&strangers).await?;
    let stranger = guess(&phone, Lane::Stranger, &budgets, after(2));
    for _ in 0..6 {
        store.spend_attempt(&stranger).await?;
    }
    assert_eq!(store.spend_attempt(&stranger).await?, Attempt::Exhausted);
    let meant = CodeAttempt { challenge_id: Some(owners.id), ..stranger };
    assert_eq!(store.spend_attempt(&meant).await?, Attempt::Missing, "a stranger cannot mean the owner's");
    let owner = granted(store.spend_attempt(&guess(&phone, known, &budgets, after(2))).await?);
    let expected = Granted { challenge_id: owners.id, code: code_hash('K'), attempts_left: 4 };
    assert_eq!(owner, Some(expected), "an older code, with all its attempts");

    store.record_challenge(&challenge(&phone, Surface::App, after(60))).await?;
    let stranger = store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(61))).await?;
    assert!(matches!(stranger, Attempt::OverBudget { .. }));
    store.withdraw_challenge(&strangers).await?;
    let theirs = ChallengeUse { lane: Lane::Stranger, ..using(&owners, after(62)) };
    assert!(matches!(store.use_challenge(&theirs).await, Err(RecordError::Used)));
    store.record_sign_in(&sign_in(&owners, Some(device), after(62)).0).await?;
    assert_eq!(store.spend_attempt(&guess(&phone, known, &budgets, after(63))).await?, Attempt::Used);
    Ok(())
}

/// A number remembers so many devices: one more takes the place of the one seen longest ago.
async fn a_number_remembers_few_devices(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let devices: Vec<_> = (0..11).map(|_| new_device()).collect();
    for (minute, device) in (0..).zip(devices.iter().take(10)) {
        signed_in(stage, &phone, Some(*device), after(minute * 60)).await?;
    }
    for (minute, device) in (10..).zip(devices.iter().take(1).chain(devices.last())) {
        let (who, ..) = signed_in(stage, &phone, Some(*device), after(minute * 60)).await?;
        assert_eq!(who.new_device, Some(device) == devices.last());
    }
    let mut known = Vec::new();
    for device in &devices {
        known.push(store.knows_device(&phone, *device).await?);
    }
    let expected: Vec<_> = (0..11).map(|place| place != 1).collect();
    assert_eq!(known, expected, "the second was seen longest ago");
    Ok(())
}

/// A device is forgotten when its owner signs it out from another, or its refresh token was stolen, or the account is
/// closed; and not when it signs out by itself.
async fn a_device_is_forgotten_on_its_owners_word(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (stores, phone) = (stage.stores(), new_phone());
    let devices: Vec<_> = (0..4).map(|_| new_device()).collect();
    let mut opened = Vec::new();
    for (minute, device) in (0..).zip(&devices) {
        let (who, fact, _) = signed_in(stage, &phone, Some(*device), after(minute * 60)).await?;
        opened.push((who.user_id, fact.session.id));
    }
    let known = async || {
        let mut known = Vec::new();
        for device in &devices {
            known.push(stores.sign_ins.knows_device(&phone, *device).await?);
        }
        Ok::<_, Failure>(known)
    };
    let audit =
        |user_id| AuditEvent::own(&Env::system(), Action::SessionRevoked, user_id, &Origin::default());
    for ((user_id, session_id), reason) in opened.iter().zip([EndReason::LoggedOut, EndReason::Revoked]) {
        let owner = SessionOwner::Person(*user_id);
        let audit = audit(*user_id);
        let end = SessionEnd { session_id: *session_id, owner, reason, at: after(600), audit };
        assert!(stores.sessions.end(&end).await?);
    }
    assert_eq!(known().await?, [true, false, true, true]);
    let (user_id, kept) = opened.last().copied().ok_or("four sessions")?;
    let others = OthersEnd { user_id, kept, at: after(601), audit: audit(user_id) };
    assert_eq!(stores.sessions.end_others(&others).await?, 1);
    assert_eq!(known().await?, [false, false, false, true], "the one that had signed out, too");
    stage.close_account(user_id).await;
    assert_eq!(known().await?, [false; 4]);
    Ok(())
}

/// One right code signs in once, and makes one person, however many give it at once.
async fn a_code_signs_in_once(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let made = challenge(&phone, Surface::App, NOW);
    store.record_challenge(&made).await?;
    let facts: Vec<_> = (0..50).map(|_| sign_in(&made, None, after(1)).0).collect();
    let outcomes = join_all(facts.iter().map(|fact| store.record_sign_in(fact))).await;
    let mut winners = Vec::new();
    for (fact, outcome) in facts.iter().zip(outcomes) {
        match outcome {
            Ok(signed_in) => winners.push((fact, signed_in)),
            Err(RecordError::Used) => (),
            Err(RecordError::Deactivated) => assert_ne!(phone, made.phone, "nobody closed the account"),
            Err(RecordError::Store(error)) => return Err(error.into()),
        }
    }
    assert_eq!(winners.len(), 1);
    for (fact, signed_in) in winners {
        let user_id = fact.new_user_id;
        let expected = SignedIn {
            user_id,
            roles: Roles::PATIENT,
            is_new_user: true,
            new_device: true,
            crowded_out: Vec::new(),
        };
        assert_eq!(signed_in, expected);
        assert_eq!(stage.session_count(user_id).await, 1);
        assert_eq!(news_of(stage, user_id).await, fact.news(user_id, true, true));
        assert_eq!(stage.audited(user_id).await, [fact.audit(user_id, true)]);
    }
    Ok(())
}

/// A number is one person, whichever way it comes in and whenever.
async fn a_number_is_one_person(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, device) = (stage.stores().sign_ins, new_phone(), new_device());
    let (app, patient) = (challenge(&phone, Surface::App, NOW), challenge(&phone, Surface::Patient, NOW));
    store.record_challenge(&app).await?;
    store.record_challenge(&patient).await?;
    let (first, second) = (sign_in(&app, None, after(1)).0, sign_in(&patient, None, after(1)).0);
    let both = join_all([store.record_sign_in(&first), store.record_sign_in(&second)]).await;
    let both = both.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(both.iter().filter(|signed_in| signed_in.is_new_user).count(), 1);
    let people: Vec<_> = both.iter().map(|signed_in| signed_in.user_id).collect();
    assert!(people.windows(2).all(|pair| pair.first() == pair.last()));

    let (third, fact, _) = signed_in(stage, &phone, Some(device), after(60)).await?;
    assert_eq!((Some(&third.user_id), third.is_new_user, third.new_device), (people.first(), false, true));
    let (fourth, ..) = signed_in(stage, &phone, Some(device), after(120)).await?;
    assert!(!fourth.new_device);
    let news = news_of(stage, third.user_id).await;
    assert!(news.contains(&fact.news(third.user_id, false, true).remove(0)));
    let ups = news.iter().filter(|news| matches!(news.event, Event::SignedUp { .. })).count();
    assert_eq!((ups, news.len()), (1, 5));
    let audit = stage.audited(third.user_id).await;
    assert!(audit.contains(&fact.audit(third.user_id, false)));
    assert_eq!(audit.len(), 4);
    Ok(())
}

/// One session too many ends the oldest, and the audit log says so.
async fn one_session_too_many_ends_the_oldest(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (phone, sessions) = (new_phone(), stage.stores().sessions);
    let mut opened = Vec::new();
    for minute in 0..10 {
        let (who, fact, _) = signed_in(stage, &phone, None, after(minute * 60)).await?;
        assert_eq!(who.crowded_out, []);
        opened.push(fact.session.id);
    }
    let (who, fact, _) = signed_in(stage, &phone, None, after(660)).await?;
    assert_eq!(Some(&who.crowded_out), opened.first().map(|oldest| vec![*oldest]).as_ref());
    let live = sessions.live_sessions(who.user_id, after(661)).await?;
    assert_eq!(live.len(), 10);
    assert!(stage.audited(who.user_id).await.contains(&fact.crowded_audit(who.user_id)));
    for oldest in opened.iter().take(1) {
        assert!(!sessions.is_live(*oldest, after(661)).await?);
    }
    // Sessions that ran out take no room.
    let later = NOW + Duration::days(20);
    let (who, ..) = signed_in(stage, &phone, None, later).await?;
    assert_eq!(who.crowded_out, []);
    Ok(())
}

/// A closed account is not opened by a code, which is used up all the same.
async fn a_closed_account_stays_closed(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let (who, ..) = signed_in(stage, &phone, None, NOW).await?;
    stage.close_account(who.user_id).await;
    let made = challenge(&phone, Surface::App, after(60));
    store.record_challenge(&made).await?;
    let fact = sign_in(&made, None, after(61)).0;
    assert!(matches!(store.record_sign_in(&fact).await, Err(RecordError::Deactivated)));
    assert!(matches!(store.record_sign_in(&fact).await, Err(RecordError::Used)));
    assert_eq!(stage.session_count(who.user_id).await, 1);
    Ok(())
}

/// A right code proves a number once, and signs nobody in.
async fn a_challenge_is_used_once(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sign_ins, new_phone());
    let made = challenge(&phone, Surface::App, NOW);
    store.record_challenge(&made).await?;
    let fact = using(&made, after(1));
    let outcomes = join_all((0..20).map(|_| store.use_challenge(&fact))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let late = store.record_sign_in(&sign_in(&made, None, after(2)).0).await;
    assert!(matches!(late, Err(RecordError::Used)));
    Ok(())
}

/// Of many who give the right code at once all but one come too late, and none of them guessed.
async fn a_right_code_that_comes_too_late_is_no_guess(stage: &dyn SignInStage) -> Result<(), Failure> {
    for signs_in in [true, false] {
        let (store, phone) = (stage.stores().sign_ins, new_phone());
        let budgets = BudgetPolicy { wrong_codes_per_day: 6, ..contract_budgets() };
        for second in [0, 60, 120] {
            let made = challenge(&phone, Surface::App, after(second));
            store.record_challenge(&made).await?;
            let look = guess(&phone, Lane::Stranger, &budgets, after(second));
            for spent in join_all((0..5).map(|_| store.spend_attempt(&look))).await {
                assert!(granted(spent?).is_some(), "five a challenge, of six a day");
            }
            let facts: Vec<_> = (0..5).map(|_| sign_in(&made, None, after(second)).0).collect();
            let outcomes = join_all(facts.iter().map(async |fact| {
                if signs_in {
                    store.record_sign_in(fact).await.map(drop)
                } else {
                    store.use_challenge(&fact.challenge).await
                }
            }));
            let used = outcomes.await.into_iter().filter(|outcome| matches!(outcome, Err(RecordError::Used)));
            assert_eq!(used.count(), 4);
        }
        let made = challenge(&phone, Surface::App, after(180));
        store.record_challenge(&made).await?;
        for _ in 0..2 {
            store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(181))).await?;
        }
        store.record_challenge(&challenge(&phone, Surface::App, after(240))).await?;
        for left in [true, true, true, true, false] {
            let look = store.spend_attempt(&guess(&phone, Lane::Stranger, &budgets, after(241))).await?;
            assert_eq!(granted(look).is_some(), left, "wrong ones count as before");
        }
    }
    Ok(())
}

/// What is over is forgotten, what is not stays.
async fn what_is_over_is_forgotten(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone, device) = (stage.stores().sign_ins, new_phone(), new_device());
    signed_in(stage, &phone, Some(device), after(-60)).await?;
    store.record_challenge(&challenge(&phone, Surface::App, NOW)).await?;
    store.forget_expired(NOW + Duration::minutes(10), NOW - Duration::HOUR).await?;
    let kept = store.spend_attempt(&guess(&phone, Lane::Stranger, &contract_budgets(), after(1))).await?;
    assert!(granted(kept).is_some() && store.knows_device(&phone, device).await?);
    let forgotten = store.forget_expired(after(601) + Duration::days(31), after(-59)).await?;
    assert!(forgotten >= 4, "a challenge, a device, two counters: {forgotten}");
    assert!(!store.knows_device(&phone, device).await?);
    let gone = store.spend_attempt(&guess(&phone, Lane::Stranger, &contract_budgets(), after(2))).await?;
    assert_eq!(gone, Attempt::Missing);
    Ok(())
}
