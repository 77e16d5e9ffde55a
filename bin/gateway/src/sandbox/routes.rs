//! What the sandbox serves beside the API, on the same address and without sign-in.

use super::{Sandbox, clock, magic};
use crate::{app::App, middleware::Complete};
use axum::{
    Extension, Router,
    middleware::map_response,
    response::Response,
    routing::{get, post},
};

/// What the simulators refuse, they explain.
async fn complete(response: Response) -> (Extension<Complete>, Response) {
    (Extension(Complete), response)
}

/// The routes below `/sandbox`.
pub(crate) fn routes(app: &App, sandbox: &Sandbox) -> Router {
    let clock = Router::new()
        .route("/clock", post(clock::handle).get(clock::show))
        .with_state((app.clone(), sandbox.clock.clone()));
    Router::new()
        .route("/magic", get(magic::handle))
        .merge(clock)
        .nest("/partners", sandbox.control.clone().layer(map_response(complete)))
        .merge(Router::new().nest("/sms", sandbox.sms.clone()))
}
