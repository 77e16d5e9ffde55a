//! The floors: the least that any program of this kind could do.

use crate::{Failure, load::number, sample::Sample};
use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use identity::{CodeHash, CodeHashing, OtpCode};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// Where the answer is.
pub const ANSWER: &str = "/answer";

/// Where it is behind a token.
pub const SIGNED: &str = "/signed";

const SECRET: &[u8] = b"the floor's own secret, 32 bytes";

/// As many fields as an access token of ours has.
#[derive(Serialize, Deserialize)]
struct Claims {
    user_id: String,
    sid: String,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
    iss: String,
    aud: String,
    jti: String,
}

/// The fields of `GET /wallet`.
#[derive(Serialize)]
struct Answer {
    user_id: &'static str,
    transcorp_wallet_id: Option<&'static str>,
    balance: i64,
    currency: &'static str,
    wallet_status: &'static str,
    wallet_status_transcorp: &'static str,
}

async fn answer() -> Json<Answer> {
    Json(Answer {
        user_id: "01a1fbc3-1149-76e9-bf15-eeed53f694f6",
        transcorp_wallet_id: Some("wlm_Xtjl3IJH96WgYi34"),
        balance: 125_000,
        currency: "INR",
        wallet_status: "COMPLETED",
        wallet_status_transcorp: "ACTIVE",
    })
}

static KEY: LazyLock<DecodingKey> = LazyLock::new(|| DecodingKey::from_secret(SECRET));

static VALIDATION: LazyLock<Validation> = LazyLock::new(|| {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["floor"]);
    validation.set_issuer(&["floor"]);
    validation
});

async fn signed(request: Request, next: Next) -> Result<Response, StatusCode> {
    claims(request.headers()).ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(next.run(request).await)
}

fn claims(headers: &HeaderMap) -> Option<Claims> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    jsonwebtoken::decode(token, &KEY, &VALIDATION).map(|data| data.claims).ok()
}

/// A token that [`SIGNED`] takes.
///
/// # Errors
/// When the library cannot sign.
pub fn token() -> Result<String, Failure> {
    let claims = Claims {
        user_id: "01a1fbc3-1149-76e9-bf15-eeed53f694f6".to_owned(),
        sid: "01a1fbc3-2aa3-7540-97fb-1d57bb5a318b".to_owned(),
        roles: vec!["PATIENT".to_owned()],
        iat: 1_700_000_000,
        exp: 4_000_000_000,
        iss: "floor".to_owned(),
        aud: "floor".to_owned(),
        jti: "01a1fbc3-2d10-70d1-8319-638a41353724".to_owned(),
    };
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(SECRET))?)
}

/// Serves both at `address` until it is killed.
///
/// # Errors
/// When the address is taken.
pub async fn serve(address: SocketAddr) -> Result<(), Failure> {
    let guarded = Router::new().route(SIGNED, get(answer)).route_layer(from_fn(signed));
    let routes = guarded.route(ANSWER, get(answer));
    Ok(axum::serve(TcpListener::bind(address).await?, routes).await?)
}

/// Compares a code with its hash on every processor for so long.
///
/// # Errors
/// When the work panics.
pub async fn hash(hashing: Arc<CodeHashing>, kept: CodeHash, lasting: Duration) -> Result<Sample, Failure> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let done = Arc::new(AtomicU64::new(0));
    let code = OtpCode::parse("123456", identity::CodeLength::SIX)?;
    let started = Instant::now();
    let workers = (0..cores).map(|_| {
        let (hashing, kept, code, done) = (hashing.clone(), kept.clone(), code.clone(), done.clone());
        tokio::task::spawn_blocking(move || {
            while started.elapsed() < lasting {
                if hashing.matches(&code, &kept) != Ok(true) {
                    return;
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await?;
    }
    let times = done.load(Ordering::Relaxed);
    Ok(Sample {
        times,
        rate: number(times) / started.elapsed().as_secs_f64(),
        load_average: crate::processes::load_average(),
        unexpected: u64::from(times == 0),
        ..Sample::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_the_floors_own_token_is_let_in() {
        let headers = |token: &str| {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
            HeaderMap::from_iter([(header::AUTHORIZATION, value)])
        };
        let token = token().unwrap();
        assert!(claims(&headers(&token)).is_some());
        assert!(claims(&headers(&token[1..])).is_none());
        assert!(claims(&HeaderMap::new()).is_none());
    }
}
