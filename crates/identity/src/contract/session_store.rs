//! What every store of sessions must do.

use super::{
    sign_in_facts::{challenge, sign_in, signed_in},
    sign_in_stage::{Clause, Failure, NOW, SignInStage, after, new_device, new_phone, run},
    world::news_of,
};
use crate::{
    Action, AuditEvent, EndReason, Event, Origin, RefreshSecret, Role, Roles, SessionPolicy, Surface,
    ports::{OthersEnd, RecordError, Rotated, Rotation, SessionEnd, SessionOwner, SignIn},
};
use futures::future::{join, join_all};
use kernel::{Env, News, SessionId, UserId, uuid::Uuid};
use time::{Duration, OffsetDateTime};

/// Runs every clause.
pub async fn session_store(stage: &dyn SignInStage) {
    let clauses: [(&str, Clause<'_>); 11] = [
        ("a_token_is_spent_once", Box::pin(a_token_is_spent_once(stage))),
        ("fifty_at_once_get_one_successor", Box::pin(fifty_at_once_get_one_successor(stage))),
        ("a_reused_token_ends_its_session", Box::pin(a_reused_token_ends_its_session(stage))),
        ("an_invented_token_ends_nothing", Box::pin(an_invented_token_ends_nothing(stage))),
        ("roles_are_the_persons_own", Box::pin(roles_are_the_persons_own(stage))),
        ("what_is_over_stays_over", Box::pin(what_is_over_stays_over(stage))),
        ("only_its_owner_ends_a_session", Box::pin(only_its_owner_ends_a_session(stage))),
        ("all_others_end", Box::pin(all_others_end(stage))),
        ("signing_in_and_out_never_wait_in_a_ring", Box::pin(signing_in_and_out_never_wait_in_a_ring(stage))),
        ("signing_out_beats_refreshing", Box::pin(signing_out_beats_refreshing(stage))),
        ("sessions_long_over_are_forgotten", Box::pin(sessions_long_over_are_forgotten(stage))),
    ];
    run(clauses).await;
}

/// A session that was just opened.
struct Opened {
    user_id: UserId,
    fact: SignIn,
    secret: RefreshSecret,
}

impl Opened {
    async fn at(stage: &dyn SignInStage, at: OffsetDateTime) -> Result<Self, RecordError> {
        let (who, fact, secret) = signed_in(stage, &new_phone(), None, at).await?;
        Ok(Self { user_id: who.user_id, fact, secret })
    }

    fn id(&self) -> SessionId {
        self.fact.session.id
    }

    /// The spending of `presented` for `successor` at `at`.
    fn rotation(&self, presented: &RefreshSecret, successor: &RefreshSecret, at: OffsetDateTime) -> Rotation {
        let (env, policy, user_id, session_id) =
            (Env::system(), SessionPolicy::contract(), self.user_id, self.id());
        let expires_at = self.fact.session.expires_at;
        let event = Event::TokenReuseDetected { user_id, session_id };
        Rotation {
            session_id,
            user_id,
            expires_at,
            roles: Roles::PATIENT,
            family: presented.family_hash(),
            presented: presented.hash(),
            successor: successor.hash(),
            sealed: env.random::<64>().to_vec(),
            retry_until: at + policy.retry_for,
            idle_ends_at: policy.idle_ends_at(at, expires_at),
            at,
            reuse_audit: self.audit(Action::TokenReuseDetected, at),
            reuse_news: News { id: env.new_uuid(), at, event },
        }
    }

    fn audit(&self, action: Action, at: OffsetDateTime) -> AuditEvent {
        AuditEvent { at, ..AuditEvent::own(&Env::system(), action, self.user_id, &Origin::default()) }
    }

    fn end(&self, owner: SessionOwner, at: OffsetDateTime) -> SessionEnd {
        let audit = self.audit(Action::SignedOut, at);
        SessionEnd { session_id: self.id(), owner, reason: EndReason::LoggedOut, at, audit }
    }
}

/// The newest token is spent once; presented again it gets what it was spent for.
async fn a_token_is_spent_once(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, opened) = (stage.stores().sessions, Opened::at(stage, NOW).await?);
    let next = opened.secret.successor(&Env::system());
    let first = opened.rotation(&opened.secret, &next, after(10));
    assert_eq!(store.rotate(&first).await?, Rotated::Spent);
    let other = opened.rotation(&opened.secret, &next.successor(&Env::system()), after(20));
    let sealed = first.sealed.clone();
    assert_eq!(store.rotate(&other).await?, Rotated::Retry { sealed: sealed.clone() });
    let last = opened.rotation(&opened.secret, &next, after(69));
    assert_eq!(store.rotate(&last).await?, Rotated::Retry { sealed });
    let onwards = opened.rotation(&next, &next.successor(&Env::system()), after(80));
    assert_eq!(store.rotate(&onwards).await?, Rotated::Spent);
    assert_eq!(stage.session_count(opened.user_id).await, 1, "no new row");
    let live = store.live_sessions(opened.user_id, after(81)).await?;
    let times: Vec<_> = live.iter().map(|s| (s.created_at, s.last_used_at, s.expires_at)).collect();
    assert_eq!(times, [(NOW, after(80), opened.fact.session.expires_at)]);
    Ok(())
}

/// Fifty who present one token at once: one spends it, the others get what it was spent for.
async fn fifty_at_once_get_one_successor(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, opened) = (stage.stores().sessions, Opened::at(stage, NOW).await?);
    let facts: Vec<_> = (0..50)
        .map(|_| opened.rotation(&opened.secret, &opened.secret.successor(&Env::system()), after(10)))
        .collect();
    let outcomes = join_all(facts.iter().map(|fact| store.rotate(fact))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let winners: Vec<_> =
        facts.iter().zip(&outcomes).filter(|(_, outcome)| **outcome == Rotated::Spent).collect();
    assert_eq!(winners.len(), 1);
    for (winner, _) in winners {
        let retry = Rotated::Retry { sealed: winner.sealed.clone() };
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == retry).count(), 49);
    }
    assert_eq!(stage.session_count(opened.user_id).await, 1);
    Ok(())
}

/// A token older than the predecessor, or a predecessor whose successor was used or whose minute is over, ends
/// the session in the same commit, and is told of once.
async fn a_reused_token_ends_its_session(stage: &dyn SignInStage) -> Result<(), Failure> {
    let store = stage.stores().sessions;
    for (late, spend_twice) in [(30, true), (70, false)] {
        let opened = Opened::at(stage, NOW).await?;
        let second = opened.secret.successor(&Env::system());
        let third = second.successor(&Env::system());
        store.rotate(&opened.rotation(&opened.secret, &second, after(10))).await?;
        if spend_twice {
            store.rotate(&opened.rotation(&second, &third, after(20))).await?;
        }
        let reused = opened.rotation(&opened.secret, &third, after(late));
        assert_eq!(store.rotate(&reused).await?, Rotated::Reused);
        assert!(!store.is_live(opened.id(), after(late)).await?);
        assert_eq!(store.rotate(&reused).await?, Rotated::Over, "once");
        let newest = if spend_twice { &third } else { &second };
        let newest = opened.rotation(newest, &newest.successor(&Env::system()), after(late + 1));
        assert_eq!(store.rotate(&newest).await?, Rotated::Over, "the newest is worth nothing either");
        assert!(stage.audited(opened.user_id).await.contains(&reused.reuse_audit));
        let told = news_of(stage, opened.user_id).await;
        assert_eq!(told.iter().filter(|news| **news == reused.reuse_news).count(), 1);
        let ended = store.ended_since(after(late)).await?;
        assert!(ended.iter().any(|ended| ended.id == opened.id() && ended.ended_at == after(late)));
    }
    Ok(())
}

/// An invented token ends nothing.
async fn an_invented_token_ends_nothing(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, opened) = (stage.stores().sessions, Opened::at(stage, NOW).await?);
    let next = opened.secret.successor(&Env::system());
    let good = opened.rotation(&opened.secret, &next, after(10));
    let invented = RefreshSecret::draw(&Env::system(), opened.id());
    let foreign = [
        Rotation { family: invented.family_hash(), presented: invented.hash(), ..good.clone() },
        Rotation { family: invented.family_hash(), ..good.clone() },
        Rotation { user_id: UserId::new(Uuid::from_u128(1)), ..good.clone() },
        Rotation { expires_at: good.expires_at + Duration::DAY, ..good.clone() },
        Rotation { session_id: SessionId::new(Uuid::from_u128(1)), ..good.clone() },
    ];
    for fact in foreign {
        assert_eq!(store.rotate(&fact).await?, Rotated::Foreign);
    }
    assert!(store.is_live(opened.id(), after(10)).await?);
    assert_eq!(store.rotate(&good).await?, Rotated::Spent, "nothing was spent");
    Ok(())
}

/// The successor is made for the roles the person has now.
async fn roles_are_the_persons_own(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, opened) = (stage.stores().sessions, Opened::at(stage, NOW).await?);
    let roles = Roles::PATIENT.with(Role::Practitioner);
    stage.set_roles(opened.user_id, roles).await;
    let next = opened.secret.successor(&Env::system());
    let fact = opened.rotation(&opened.secret, &next, after(10));
    assert_eq!(store.rotate(&fact).await?, Rotated::OtherRoles(roles));
    assert_eq!(store.rotate(&Rotation { roles, ..fact }).await?, Rotated::Spent);
    Ok(())
}

/// A session that ended, lay idle or ran out gives nothing.
async fn what_is_over_stays_over(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, opened) = (stage.stores().sessions, Opened::at(stage, NOW).await?);
    let next = opened.secret.successor(&Env::system());
    let at = |at| opened.rotation(&opened.secret, &next, at);
    assert_eq!(store.rotate(&at(NOW + Duration::days(14))).await?, Rotated::Over, "idle");
    assert!(!store.is_live(opened.id(), NOW + Duration::days(14)).await?);
    assert_eq!(store.live_sessions(opened.user_id, NOW + Duration::days(14)).await?, []);
    let used = Rotation { idle_ends_at: NOW + Duration::days(99), ..at(after(10)) };
    assert_eq!(store.rotate(&used).await?, Rotated::Spent);
    let end = opened.fact.session.expires_at;
    let onwards = opened.rotation(&next, &next.successor(&Env::system()), end);
    assert_eq!(store.rotate(&onwards).await?, Rotated::Over, "run out");
    stage.close_account(opened.user_id).await;
    let onwards = opened.rotation(&next, &next.successor(&Env::system()), after(20));
    assert_eq!(store.rotate(&onwards).await?, Rotated::Deactivated, "the account is closed");
    Ok(())
}

/// A session is ended by its owner, once, and by nobody else.
async fn only_its_owner_ends_a_session(stage: &dyn SignInStage) -> Result<(), Failure> {
    let store = stage.stores().sessions;
    let (opened, other) = (Opened::at(stage, NOW).await?, Opened::at(stage, NOW).await?);
    let stranger = SessionOwner::Person(other.user_id);
    assert!(!store.end(&opened.end(stranger, after(1))).await?);
    let (user_id, family) = (opened.user_id, other.secret.family_hash());
    assert!(!store.end(&opened.end(SessionOwner::Token { user_id, family }, after(1))).await?);
    assert!(store.is_live(opened.id(), after(1)).await?);
    let by_owner = opened.end(SessionOwner::Person(opened.user_id), after(2));
    assert!(store.end(&by_owner).await?);
    assert!(!store.end(&opened.end(SessionOwner::Person(opened.user_id), after(3))).await?, "once");
    assert!(stage.audited(opened.user_id).await.contains(&by_owner.audit));
    assert_eq!(stage.audited(opened.user_id).await.len(), 2, "what ended nothing is not in the audit log");

    let third = other.secret.successor(&Env::system());
    store.rotate(&other.rotation(&other.secret, &third, after(4))).await?;
    let (user_id, family) = (other.user_id, other.secret.family_hash());
    let by_old_token = other.end(SessionOwner::Token { user_id, family }, after(5));
    assert!(store.end(&by_old_token).await?, "any token of the session signs it out");
    assert!(!store.is_live(other.id(), after(5)).await?);
    let ended: Vec<_> = store.ended_since(after(3)).await?.into_iter().map(|ended| ended.id).collect();
    assert!(ended.contains(&other.id()) && !ended.contains(&opened.id()));
    Ok(())
}

/// Every other session is ended, and the one that asks stays.
async fn all_others_end(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (store, phone) = (stage.stores().sessions, new_phone());
    let mut opened = Vec::new();
    for minute in 0..3 {
        opened.push(signed_in(stage, &phone, None, after(minute * 60)).await?);
    }
    let bystander = Opened::at(stage, NOW).await?;
    for (who, fact, _) in opened.iter().take(1) {
        let audit =
            AuditEvent::own(&Env::system(), Action::OtherSessionsRevoked, who.user_id, &Origin::default());
        let audit = AuditEvent { at: after(200), ..audit };
        let end = OthersEnd { user_id: who.user_id, kept: fact.session.id, at: after(200), audit };
        assert_eq!(store.end_others(&end).await?, 2);
        let again = AuditEvent { id: Env::system().new_uuid(), ..end.audit.clone() };
        assert_eq!(store.end_others(&OthersEnd { audit: again, ..end.clone() }).await?, 0);
        let live = store.live_sessions(who.user_id, after(201)).await?;
        assert_eq!(live.iter().map(|session| session.id).collect::<Vec<_>>(), [fact.session.id]);
        assert_eq!(live.iter().map(|session| &session.device).collect::<Vec<_>>(), [&fact.session.device]);
        let audit = stage.audited(who.user_id).await;
        let kept = audit.iter().filter(|entry| entry.action == Action::OtherSessionsRevoked).count();
        assert_eq!((kept, audit.contains(&end.audit)), (1, true));
    }
    assert!(store.is_live(bystander.id(), after(201)).await?);
    Ok(())
}

/// A device signs in again while its last session is ended from another: both happen, and the device is known.
async fn signing_in_and_out_never_wait_in_a_ring(stage: &dyn SignInStage) -> Result<(), Failure> {
    let (stores, phone, device) = (stage.stores(), new_phone(), new_device());
    let (who, mut last, _) = signed_in(stage, &phone, Some(device), NOW).await?;
    for round in 1..200 {
        let at = after(round);
        let made = challenge(&phone, Surface::App, at);
        stores.sign_ins.record_challenge(&made).await?;
        let next = sign_in(&made, Some(device), at).0;
        let audit = AuditEvent::own(&Env::system(), Action::SessionRevoked, who.user_id, &Origin::default());
        let owner = SessionOwner::Person(who.user_id);
        let end = SessionEnd { session_id: last.session.id, owner, reason: EndReason::Revoked, at, audit };
        let (signed_in, ended) = join(stores.sign_ins.record_sign_in(&next), stores.sessions.end(&end)).await;
        signed_in?;
        assert!(ended?);
        assert!(stores.sign_ins.knows_device(&phone, device).await?);
        last = next;
    }
    Ok(())
}

/// Signing out wins against a refresh at the same moment: nothing is alive afterwards.
async fn signing_out_beats_refreshing(stage: &dyn SignInStage) -> Result<(), Failure> {
    let store = stage.stores().sessions;
    for _ in 0..10 {
        let opened = Opened::at(stage, NOW).await?;
        let next = opened.secret.successor(&Env::system());
        let rotation = opened.rotation(&opened.secret, &next, after(10));
        let end = opened.end(SessionOwner::Person(opened.user_id), after(10));
        let (rotated, ended) = futures::future::join(store.rotate(&rotation), store.end(&end)).await;
        assert!(ended?);
        assert!(matches!(rotated?, Rotated::Spent | Rotated::Over));
        assert!(!store.is_live(opened.id(), after(11)).await?);
        let onwards = opened.rotation(&next, &next.successor(&Env::system()), after(11));
        assert!(matches!(store.rotate(&onwards).await?, Rotated::Over));
    }
    Ok(())
}

/// Sessions long over are forgotten, live ones never.
async fn sessions_long_over_are_forgotten(stage: &dyn SignInStage) -> Result<(), Failure> {
    let store = stage.stores().sessions;
    let (ended, live) = (Opened::at(stage, NOW).await?, Opened::at(stage, NOW).await?);
    store.end(&ended.end(SessionOwner::Person(ended.user_id), after(1))).await?;
    store.forget_over(after(1)).await?;
    assert_eq!(stage.session_count(ended.user_id).await, 1, "not before");
    assert!(store.forget_over(after(2)).await? >= 1);
    assert_eq!(stage.session_count(ended.user_id).await, 0);
    assert_eq!(stage.session_count(live.user_id).await, 1);
    Ok(())
}
