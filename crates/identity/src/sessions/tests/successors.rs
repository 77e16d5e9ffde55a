//! The sealed successor, whatever is presented in whatever order.

use crate::{Origin, Phone, RefreshError, RefreshSecret, RefreshToken, Roles, TokenPair, testing::FrontDesk};
use kernel::{Env, UserId, uuid::Uuid};
use proptest::prelude::*;
use time::Duration;

/// What a client, or whoever has copies of its tokens, does next.
#[derive(Debug, Clone)]
enum Step {
    /// Presents the token so many before the newest.
    Present(usize),
    /// Presents a token of this session that nobody was given.
    Invent,
    /// Lets so many seconds pass.
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Present(0)),
        8 => Just(Step::Present(1)),
        1 => (2..5_usize).prop_map(Step::Present),
        1 => Just(Step::Invent),
        4 => prop_oneof![Just(1_i64), Just(59), Just(60), Just(61), 0..40_i64].prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..40)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What was given for each token, in order; and until when the last but one still gets it.
struct Model {
    given: Vec<TokenPair>,
    first: String,
    retry_until: Option<time::OffsetDateTime>,
    over: bool,
}

impl Model {
    /// The text of the token so many before the newest.
    fn token(&self, back: usize) -> Option<&str> {
        let place = self.given.len().checked_sub(back)?;
        Some(
            place
                .checked_sub(1)
                .map_or(self.first.as_str(), |place| self.given[place].refresh_token.expose()),
        )
    }
}

fn present(desk: &FrontDesk, model: &mut Model, back: usize) {
    let Some(token) = model.token(back).map(str::to_owned) else { return };
    let now = desk.env.now();
    let answer = block_on(desk.sessions.refresh(&token, &Origin::default()));
    if model.over {
        assert!(matches!(answer, Err(RefreshError::Over)), "{answer:?}");
        return;
    }
    match back {
        0 => {
            model.given.push(answer.unwrap());
            model.retry_until = Some(now + Duration::seconds(60));
        }
        1 if model.retry_until.is_some_and(|until| now < until) => {
            // Byte for byte what it was spent for.
            let (again, first) = (answer.unwrap(), model.given.last().unwrap());
            assert_eq!(again.access_token.expose(), first.access_token.expose());
            assert_eq!(again.refresh_token.expose(), first.refresh_token.expose());
            assert_eq!(again.access_expires_at, first.access_expires_at);
        }
        _ => {
            assert!(matches!(answer, Err(RefreshError::Reused(_))), "{answer:?}");
            model.over = true;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_predecessor_gets_its_successor_and_anything_older_ends_all(steps in steps()) {
        let desk = FrontDesk::in_memory();
        let phone = Phone::parse("9876543210").unwrap();
        let signed_in = block_on(desk.sign_in(&phone, None)).unwrap();
        let (session_id, first) = (signed_in.session_id, signed_in.tokens.refresh_token.expose().to_owned());
        let end = signed_in.tokens.refresh_token.expires_at();
        let mut model = Model { given: Vec::new(), first, retry_until: None, over: false };
        for step in steps {
            match step {
                Step::Present(back) => present(&desk, &mut model, back),
                Step::Invent => {
                    let secret = RefreshSecret::draw(&Env::system(), session_id);
                    let invented = RefreshToken::write(secret, signed_in.user_id, Roles::PATIENT, end);
                    let answer = block_on(desk.sessions.refresh(invented.expose(), &Origin::default()));
                    prop_assert!(matches!(answer, Err(RefreshError::Foreign)), "{:?}", answer);
                }
                Step::Wait(seconds) => desk.clock.advance(Duration::seconds(seconds)),
            }
            // Nothing lives on for a moment after a copy showed itself, and nothing else ends it.
            prop_assert_eq!(block_on(desk.sessions.is_live(session_id)).unwrap(), !model.over);
            prop_assert!(model.given.iter().all(|pair| pair.refresh_token.expires_at() == end));
        }
        let texts: std::collections::BTreeSet<_> =
            model.given.iter().map(|pair| pair.refresh_token.expose()).collect();
        prop_assert_eq!(texts.len(), model.given.len(), "a token was given twice");
    }

    /// What the row holds is hashes and the sealed pair: as if it were a token's bits, none of it opens the pair.
    #[test]
    fn what_the_database_holds_opens_nothing(bits in any::<[u8; 16]>(), spare in any::<u8>()) {
        let env = Env::system();
        let session_id = kernel::SessionId::new(Uuid::from_bytes(bits));
        let token = |secret| RefreshToken::write(secret, UserId::new(Uuid::nil()), Roles::PATIENT, env.now());
        let presented = token(RefreshSecret::draw(&env, session_id));
        let pair = TokenPair {
            access_token: kernel::Masked::new("header.claims.signature".to_owned()),
            access_expires_at: env.now().replace_nanosecond(0).unwrap(),
            refresh_token: presented.successor(&env, Roles::PATIENT),
        };
        let sealed = crate::seal::seal(&env, &presented, &pair).unwrap();
        let hashes = [
            *presented.secret().hash().bytes(),
            *presented.secret().family_hash().bytes(),
            *pair.refresh_token.secret().hash().bytes(),
            [spare; 32],
        ];
        for own in hashes {
            for family in hashes {
                let guess = RefreshToken::parse(&spelt(&presented, &family[..16], &own)).unwrap();
                prop_assert!(crate::seal::open(&guess, &sealed).is_err());
            }
        }
        // The successor itself and any other token of the session open it no more than a stranger's.
        prop_assert!(crate::seal::open(&pair.refresh_token, &sealed).is_err());
        prop_assert!(crate::seal::open(&pair.refresh_token.successor(&env, Roles::PATIENT), &sealed).is_err());
        prop_assert_eq!(crate::seal::open(&presented, &sealed), Ok(pair));
    }
}

/// The token's text with other secret bits.
fn spelt(token: &RefreshToken, family: &[u8], own: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let bytes = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
    URL_SAFE_NO_PAD.encode([&bytes[..42], family, own].concat())
}
