//! A connection of the host: one request of a page, and the answer.

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aboveboard_console_bridge::Token;
use aboveboard_types::headers::PEER;
use http::{HeaderMap, StatusCode};

use super::console::Console;
use super::request::{self, Unread};
use crate::signals::without_signals;

/// How long a connection may take in all. The host has the request when it connects, or waits for a slow page at most.
const MAX_VISIT_TIME: Duration = Duration::from_secs(5);

/// How long a connection may take that is refused where no other can be taken meanwhile.
const MAX_REFUSAL_TIME: Duration = Duration::from_millis(50);

/// How many connections are answered at once: each has a thread. A page posts once in five seconds, and more than the bridge's
/// rate are not taken anyway.
const MAX_VISITS: usize = 32;

/// Answers connections, each on a thread of its own.
pub(super) struct Visits {
    console: Arc<Console>,
    secret: Arc<Token>,
    /// Held by every visit that is under way.
    under_way: Arc<()>,
}

impl Visits {
    pub(super) fn new(console: Arc<Console>, secret: Arc<Token>) -> Self {
        Self { console, secret, under_way: Arc::default() }
    }

    /// Answers one. Where there are too many, or no thread can be had, the page is asked to come again.
    pub(super) fn answer(&self, stream: UnixStream) {
        let deadline = Instant::now() + MAX_VISIT_TIME;
        let busy = || {
            let status = request::plain(StatusCode::SERVICE_UNAVAILABLE);
            request::write(&stream, Instant::now() + MAX_REFUSAL_TIME, &status);
        };
        if Arc::strong_count(&self.under_way) > MAX_VISITS {
            return busy();
        }
        let Ok(theirs) = stream.try_clone() else { return busy() };
        let console = Arc::clone(&self.console);
        let secret = Arc::clone(&self.secret);
        let visit = Arc::clone(&self.under_way);
        let work = move || {
            answer(&theirs, deadline, &console, &secret);
            drop(visit);
        };
        let start = || std::thread::Builder::new().name("telemetry".into()).spawn(work);
        if without_signals(start).is_err() {
            busy();
        }
    }
}

fn answer(stream: &UnixStream, deadline: Instant, console: &Console, secret: &Token) {
    let response = match request::read(stream, deadline, |headers| secret.is_in(headers)) {
        Ok((parts, body)) => console.answer(&parts, &body, peer(&parts.headers)),
        Err(Unread::Refused(status)) => request::plain(status),
        Err(Unread::Gone) => return,
    };
    request::write(stream, deadline, &response);
}

/// The other end of the page's connection to the host, which the host alone can tell.
fn peer(headers: &HeaderMap) -> Option<SocketAddr> {
    let mut values = headers.get_all(PEER).iter();
    let value = values.next().filter(|_| values.next().is_none())?;
    value.to_str().ok()?.parse().ok()
}
