//! What a running command hands to its agent: the server it talked to, and events of its own.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, TryLockError};

use aboveboard_types::event::Ending;
use aboveboard_types::headers::LINK;
use aboveboard_types::typed::Record;

use crate::helper::Next;
use crate::peer::Peer;
use crate::running::Running;
use aboveboard_types::clock;

/// How often is tried to get what another thread has for an instant.
const MAX_ATTEMPTS: usize = 100;

/// Where a command notes the server it talks to, and records declared events of its own. Clones share what they
/// learn, so that each HTTP client and each thread of the host can hold one.
#[derive(Clone, Debug, Default)]
pub struct Link {
    pub(crate) peers: Arc<Peers>,
    /// `None` where the command is not recorded.
    pub(crate) running: Option<Arc<Running>>,
    #[cfg(feature = "console")]
    pub(crate) origin: Option<Arc<crate::origin::Origin>>,
}

/// What the responses said so far. Nobody waits for it: in a process that was forked off, a thread of the other one may have
/// it for ever.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    /// Whether a server is off, whoever has the rest.
    is_off: AtomicBool,
    heard: Mutex<Heard>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    /// For the command as a whole.
    whole: Peer,
    /// By the last response that said anything.
    last: Peer,
}

impl Link {
    /// Reads the headers of a server's response. Every header but the one is passed over; a value that is not as
    /// expected says nothing.
    ///
    /// ```
    /// # let link = aboveboard_cli_agent::Link::default();
    /// link.headers([("content-type", "application/json"), ("aboveboard-server", "off")]);
    /// ```
    ///
    /// An `http::HeaderMap` is handed over as `link.headers(response.headers())`.
    pub fn headers<N, V>(&self, headers: impl IntoIterator<Item = (N, V)>)
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let ours = headers.into_iter().filter(|(name, _)| name.as_ref().eq_ignore_ascii_case(LINK));
        let peers = ours.filter_map(|(_, value)| std::str::from_utf8(value.as_ref()).ok().map(Peer::parse));
        // Of two headers the one that refuses counts, whichever comes first.
        self.learn(peers.reduce(Peer::stricter).unwrap_or_default());
    }

    /// Reads the value of the link header, for hosts that get it from their server on another way than HTTP.
    pub fn server(&self, value: &str) {
        self.learn(Peer::parse(value));
    }

    /// Records a declared event of this program: one that the manifest gives to the component `cli`, or to `app` in
    /// a product without a CLI. Does nothing where telemetry is off or undecided, where the event is of another component, and
    /// once a server that the command talks to has said that its telemetry is off.
    ///
    /// It never waits for the network. In a command that stays, the delivery helper is started from here once an interval.
    pub fn record(&self, event: impl Record) {
        if let Some(running) = self.running.as_ref().filter(|_| !self.peers.is_off.load(Relaxed)) {
            running.record(&event.event(clock::now()));
        }
    }

    /// Records the command as ended with success, now: for a command that goes into the background, becomes another program by
    /// `exec`, or leaves by `process::exit`. Call it before the fork. If a delivery is due, the helper is
    /// started, or what is due delivered, as at the end.
    ///
    /// Without it a command that becomes another program is reported as unfinished, as one that was killed. What the closure
    /// of [`Command::run`](crate::Command::run) returns later changes nothing; events can still be recorded.
    pub fn finish(&self) {
        if let Some(running) = &self.running {
            running.end(Ending::Success, self.peer());
            running.deliver(Next::Ends);
        }
    }

    /// Notes what one response said.
    fn learn(&self, peer: Peer) {
        // A response without the header (a `401`, a `404`) says nothing; a server that is off says so.
        if peer == Peer::Unknown {
            return;
        }
        if peer == Peer::Off {
            self.peers.is_off.store(true, Relaxed);
        }
        self.with_heard(|heard| {
            heard.last = peer;
            heard.whole = heard.whole.stricter(peer);
        });
    }

    /// What the command as a whole learned: a server that is off stays the answer, whatever another one says.
    pub(crate) fn peer(&self) -> Peer {
        if self.peers.is_off.load(Relaxed) {
            return Peer::Off;
        }
        self.with_heard(|heard| heard.whole).unwrap_or_default()
    }

    /// The server by the last response that said anything.
    #[cfg(feature = "console")]
    pub(crate) fn last_peer(&self) -> Peer {
        self.with_heard(|heard| heard.last).unwrap_or_default()
    }

    /// Does this with what was said, unless another thread has it for longer than it takes to read or note it.
    fn with_heard<T>(&self, act: impl FnOnce(&mut Heard) -> T) -> Option<T> {
        for _ in 0..MAX_ATTEMPTS {
            match self.peers.heard.try_lock() {
                Ok(mut heard) => return Some(act(&mut heard)),
                Err(TryLockError::Poisoned(poisoned)) => return Some(act(&mut poisoned.into_inner())),
                Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::host;

    use super::*;
    #[cfg(feature = "console")]
    use crate::server::Server;

    const ID: &str = "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf";

    fn after(headers: &[(&str, &str)]) -> Peer {
        let link = Link::default();
        link.clone().headers(headers.iter().copied());
        link.peer()
    }

    #[test]
    fn where_a_thread_has_it_for_ever_nobody_waits_and_a_server_that_is_off_stays_off() {
        let link = Link::default();
        let held = link.peers.heard.lock().unwrap();
        let (done, is_done) = std::sync::mpsc::channel();
        let other = link.clone();
        std::thread::spawn(move || {
            let before = other.peer();
            other.server("off");
            done.send((before, other.peer()))
        });
        let limit = std::time::Duration::from_secs(60);
        assert_eq!(is_done.recv_timeout(limit), Ok((Peer::Unknown, Peer::Off)));
        drop(held);
    }

    fn named() -> String {
        format!("{ID};1.0.0;{}", host::tag("h"))
    }

    #[cfg(feature = "console")]
    #[test]
    fn an_open_console_stays_with_what_was_said_last_until_something_else_is_said() {
        let named = named();
        let server = Peer::Server(Server::parse(&named).unwrap());
        let link = Link::default();
        link.headers([("date", "x")]);
        assert_eq!(link.last_peer(), Peer::Unknown, "a server never heard from");
        link.headers([(LINK, &*named)]);
        link.headers([("www-authenticate", "Bearer")]);
        link.headers([(LINK, "nonsense")]);
        assert_eq!(link.last_peer(), server);
        link.headers([(LINK, "off")]);
        link.headers([("www-authenticate", "Bearer")]);
        assert_eq!(link.last_peer(), Peer::Off);
        link.server(&named);
        assert_eq!(link.last_peer(), server, "it was switched on again");
        assert_eq!(link.peer(), Peer::Off, "the command itself stays silent");
    }

    #[test]
    fn a_server_names_itself_in_one_header_and_what_is_no_name_says_nothing() {
        let named = named();
        assert!(matches!(after(&[("date", "x"), ("Aboveboard-Server", &named)]), Peer::Server(_)));
        for value in ["", "OFF", "waiting", ID, &format!("{named};x")] {
            assert_eq!(after(&[(LINK, value)]), Peer::Unknown, "{value}");
        }
    }

    #[test]
    fn one_server_that_is_off_silences_the_command_and_one_that_waits_does_not() {
        let named = named();
        assert_eq!(after(&[(LINK, "off"), (LINK, "waiting")]), Peer::Off);
        assert!(matches!(after(&[(LINK, &named), (LINK, "waiting")]), Peer::Server(_)));
        assert_eq!(after(&[(LINK, "off"), (LINK, &named)]), Peer::Off);
        assert_eq!(after(&[(LINK, &named), (LINK, "off")]), Peer::Off);
    }
}
