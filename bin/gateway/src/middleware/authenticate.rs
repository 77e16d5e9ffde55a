//! Who is asking: checks the access token, and for money that its session is alive this very moment.

use crate::{app::App, error::Error, policy::Access};
use axum::http::{HeaderMap, header};
use identity::AccessClaims;

/// The caller, if the route asks for one.
///
/// The token is checked without the database; its session is looked up in the list of ended ones that every
/// instance holds in memory, and where money moves in its row.
pub(super) async fn check(
    app: &App,
    access: Access,
    headers: &HeaderMap,
) -> Result<Option<AccessClaims>, Error> {
    match access {
        Access::Anyone | Access::Partner => Ok(None),
        Access::Person => {
            let claims = claims(app, headers)?;
            refuse_if(app.revocations.is_revoked(claims.session_id).await?)?;
            Ok(Some(claims))
        }
        Access::PersonMovingMoney => {
            let claims = claims(app, headers)?;
            refuse_if(!app.sessions.is_live(claims.session_id).await?)?;
            Ok(Some(claims))
        }
    }
}

fn claims(app: &App, headers: &HeaderMap) -> Result<AccessClaims, Error> {
    let token = bearer(headers).ok_or_else(|| Error::new(identity::fault::INVALID_TOKEN))?;
    Ok(app.tokens.verify(token, app.env.now())?)
}

fn refuse_if(ended: bool) -> Result<(), Error> {
    if ended { Err(Error::new(identity::fault::INVALID_TOKEN)) } else { Ok(()) }
}

/// The token of the `Authorization` header; exactly one header, and the scheme in any case.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_blank_token_is_none() {
        let bearer_of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(bearer_of("bearer  a.b.c "), Some("a.b.c".to_owned()));
        for blank in ["Bearer", "Bearer ", "Bearer   ", "Basic a"] {
            assert_eq!(bearer_of(blank), None, "{blank:?}");
        }
    }
}
