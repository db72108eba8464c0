//! The server a command talked to, as that server says of itself.

use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_core::id::Id;
use aboveboard_core::value::Version;

/// The header that a server's layer adds to authenticated answers: `<installation id>;<version>`, or `off` where
/// the server's telemetry is off.
pub const SERVER_HEADER: &str = "aboveboard-server";

/// Where a command notes the server it talks to. Clones share what they learn, so that each HTTP client of the
/// host can hold one.
#[derive(Clone, Debug, Default)]
pub struct Link {
    peer: Arc<Mutex<Peer>>,
}

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Peer {
    /// No server said anything.
    #[default]
    None,
    /// A server with telemetry.
    Server(Id, Option<Version>),
    /// A server whose telemetry is off: then this command is not recorded either.
    Off,
}

impl Link {
    /// Reads the headers of a server's answer. Everything but the one header is passed over; a value that is not
    /// as expected says nothing.
    pub fn headers<N, V>(&self, headers: impl IntoIterator<Item = (N, V)>)
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
        for (name, value) in headers {
            if name.as_ref().eq_ignore_ascii_case(SERVER_HEADER)
                && let Ok(value) = std::str::from_utf8(value.as_ref())
            {
                self.learn(read(value));
            }
        }
    }

    /// Names the server directly, for hosts that do not speak HTTP to it.
    pub fn server(&self, installation: Id, version: Option<Version>) {
        self.learn(Peer::Server(installation, version));
    }

    /// A server that is off stays the answer, whatever another one says.
    fn learn(&self, peer: Peer) {
        let mut known = self.peer.lock().unwrap_or_else(PoisonError::into_inner);
        if peer != Peer::None && *known != Peer::Off {
            *known = peer;
        }
    }

    pub(crate) fn peer(&self) -> Peer {
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(value: &str) -> Peer {
    if value == "off" {
        return Peer::Off;
    }
    let (id, version) = value.split_once(';').unwrap_or((value, ""));
    match Id::parse(id) {
        Some(id) if id != Id::NIL => Peer::Server(id, Version::parse(version)),
        _ => Peer::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf";

    fn after(headers: &[(&str, &str)]) -> Peer {
        let link = Link::default();
        link.clone().headers(headers.iter().copied());
        link.peer()
    }

    #[test]
    fn a_server_names_itself_in_one_header() {
        let id = Id::parse(ID).unwrap();
        let value = format!("{ID};2.1.0-beta");
        let expected = Peer::Server(id, Version::parse("2.1.0-beta"));
        assert_eq!(after(&[("date", "x"), ("Aboveboard-Server", &value)]), expected);
        assert_eq!(after(&[(SERVER_HEADER, ID)]), Peer::Server(id, None));
        assert_eq!(after(&[(SERVER_HEADER, &format!("{ID};<script>"))]), Peer::Server(id, None));
    }

    #[test]
    fn what_is_not_an_id_says_nothing() {
        let nil = Id::NIL.to_string();
        for value in ["", ";", "x", "OFF", &nil, "a0a1a2a3;1.0.0"] {
            assert_eq!(after(&[(SERVER_HEADER, value)]), Peer::None, "{value}");
        }
    }

    #[test]
    fn one_server_that_is_off_silences_the_command() {
        assert_eq!(after(&[(SERVER_HEADER, "off"), (SERVER_HEADER, ID)]), Peer::Off);
        assert_eq!(after(&[(SERVER_HEADER, ID), (SERVER_HEADER, "off")]), Peer::Off);
    }
}
