//! What sessions ask their store for.

mod successors;

use super::{LogoutBy, RefreshError, RevokeError, Sessions};
use crate::{
    AccessClaims, AccessTokenPolicy, AccessTokens, Origin, RefreshSecret, RefreshToken, Role, Roles,
    SessionPolicy, SigningKey, fault,
    ports::{Rotated, SessionOwner},
    testing::MockSessionStore,
};
use kernel::{Env, Fault as _, SessionId, UserId, catalogue, uuid::Uuid};
use secrecy::SecretSlice;
use std::sync::Arc;
use time::Duration;

fn sessions(store: MockSessionStore) -> Sessions {
    let access = AccessTokenPolicy { issuer: "i".into(), audience: "a".into(), life: Duration::DAY };
    let key = SigningKey { kid: "k".into(), secret: SecretSlice::from(vec![1; 32]) };
    let tokens = Arc::new(AccessTokens::new(access, &key, None).unwrap());
    Sessions::new(Env::system(), Arc::new(store), tokens, SessionPolicy::contract())
}

fn token() -> RefreshToken {
    let env = Env::system();
    let secret = RefreshSecret::draw(&env, SessionId::generate(&env));
    RefreshToken::write(secret, UserId::generate(&env), Roles::PATIENT, env.now() + Duration::days(30))
}

fn claims() -> AccessClaims {
    let now = Env::system().now();
    AccessClaims {
        user_id: UserId::new(Uuid::from_u128(1)),
        session_id: SessionId::new(Uuid::from_u128(2)),
        roles: Roles::PATIENT,
        issued_at: now,
        expires_at: now + Duration::DAY,
        token_id: Uuid::from_u128(3),
    }
}

#[tokio::test]
async fn the_pair_is_made_for_the_roles_of_now() {
    let mut store = MockSessionStore::new();
    let admin = Roles::PATIENT.with(Role::Admin);
    store.expect_rotate().times(2).returning(move |fact| {
        Ok(if fact.roles == admin { Rotated::Spent } else { Rotated::OtherRoles(admin) })
    });
    let sessions = sessions(store);
    let pair = sessions.refresh(token().expose(), &Origin::default()).await.unwrap();
    assert_eq!(pair.refresh_token.roles(), admin);
    let claims = sessions.tokens.verify(pair.access_token.expose(), Env::system().now()).unwrap();
    assert_eq!(claims.roles, admin);
}

#[tokio::test]
async fn roles_that_never_rest_are_given_up_on() {
    let mut store = MockSessionStore::new();
    let admin = Roles::PATIENT.with(Role::Admin);
    store.expect_rotate().times(3).returning(move |_| Ok(Rotated::OtherRoles(admin)));
    let error = sessions(store).refresh(token().expose(), &Origin::default()).await.unwrap_err();
    assert_eq!(error.entry(), catalogue::INTERNAL_ERROR);
}

#[tokio::test]
async fn what_is_no_token_does_not_reach_the_store() {
    let error = sessions(MockSessionStore::new()).refresh("x", &Origin::default()).await.unwrap_err();
    assert!(matches!(error, RefreshError::Foreign));
    assert_eq!(error.entry(), fault::INVALID_TOKEN);
}

#[tokio::test]
async fn an_access_token_never_outlives_its_session() {
    let mut store = MockSessionStore::new();
    store.expect_rotate().returning(|_| Ok(Rotated::Spent));
    let env = Env::system();
    let secret = RefreshSecret::draw(&env, SessionId::generate(&env));
    let end = env.now() + Duration::HOUR;
    let token = RefreshToken::write(secret, UserId::generate(&env), Roles::PATIENT, end);
    let pair = sessions(store).refresh(token.expose(), &Origin::default()).await.unwrap();
    assert_eq!(pair.access_expires_at, token.expires_at());
    assert_eq!(pair.refresh_expires_at(), token.expires_at());
}

#[tokio::test]
async fn signing_out_of_nothing_is_fine() {
    let mut store = MockSessionStore::new();
    store.expect_end().times(2).returning(|_| Ok(false));
    let sessions = sessions(store);
    let origin = Origin::default();
    sessions.logout(LogoutBy::Access(&claims()), &origin).await.unwrap();
    sessions.logout(LogoutBy::Refresh(token().expose()), &origin).await.unwrap();
    sessions.logout(LogoutBy::Refresh(""), &origin).await.unwrap();
}

#[tokio::test]
async fn a_foreign_session_is_missing() {
    let mut store = MockSessionStore::new();
    let own = SessionOwner::Person(claims().user_id);
    store.expect_end().withf(move |fact| fact.owner == own).returning(|_| Ok(false));
    let other = SessionId::new(Uuid::from_u128(9));
    let error = sessions(store).revoke(&claims(), other, &Origin::default()).await.unwrap_err();
    assert!(matches!(error, RevokeError::Missing));
    assert_eq!(error.entry(), fault::SESSION_NOT_FOUND);
}
