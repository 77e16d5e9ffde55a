//! How many connections there may be at a time, and how long one may leave what it was sent lying: so that whoever is
//! inside is served, and there is always room to speak with the database.

use axum_server::accept::Accept;
use std::{
    future::{Ready, ready},
    io,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::Service;

/// A connection whose other end takes nothing for so long is cut.
const TAKES_NOTHING_FOR: Duration = Duration::from_secs(30);

/// Lets in as many connections as there are places, and turns the others away at once.
#[derive(Debug, Clone)]
pub struct Doorkeeper {
    places: Arc<Semaphore>,
}

impl Doorkeeper {
    /// One with so many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)) }
    }

    fn seat<S>(&self, stream: TcpStream, service: S) -> io::Result<(TcpStream, Seated<S>)> {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            metrics::counter!("connections_turned_away_total").increment(1);
            return Err(io::Error::other("every place is taken"));
        };
        stream.set_nodelay(true)?;
        let millis = u32::try_from(TAKES_NOTHING_FOR.as_millis()).unwrap_or(u32::MAX);
        rustix::net::sockopt::set_tcp_user_timeout(&stream, millis)?;
        Ok((stream, Seated { service, _place: Arc::new(place) }))
    }
}

impl<S> Accept<TcpStream, S> for Doorkeeper {
    type Stream = TcpStream;
    type Service = Seated<S>;
    type Future = Ready<io::Result<(TcpStream, Seated<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.seat(stream, service))
    }
}

/// What serves one connection, which gives its place back when it ends.
#[derive(Debug, Clone)]
pub struct Seated<S> {
    service: S,
    _place: Arc<OwnedSemaphorePermit>,
}

impl<R, S: Service<R>> Service<R> for Seated<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.service.call(request)
    }
}
