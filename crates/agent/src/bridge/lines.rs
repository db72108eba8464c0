//! What the host and the bridge tell each other, a line of JSON each: the bridge says on its standard output whether it
//! listens, the host may say on its own what it hears of the server behind it.

use serde::{Deserialize, Serialize};

use super::console::{Console, Offer};
use crate::lines::{Found, Lines};
use crate::streams;

/// What the host is told.
#[derive(Serialize)]
struct ToHost<'a> {
    /// The value of the link header.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    /// What the host adds to the requests that it passes on; without it nobody listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// What the host tells.
#[derive(Deserialize)]
struct FromHost<'a> {
    #[serde(borrow)]
    link: std::borrow::Cow<'a, str>,
}

/// The two streams to the host.
#[derive(Default)]
pub(super) struct HostLines {
    /// What the host was told last.
    last: String,
    /// What the host says.
    heard: Lines,
}

impl HostLines {
    /// Tells the host, if it does not know yet.
    pub(super) fn tell(&mut self, offer: &Offer, secret: Option<&str>) {
        let line = serde_json::to_string(&ToHost { link: offer.link.as_deref(), secret }).unwrap_or_default();
        // A line that could not be written is said again.
        if line != self.last && streams::to_host(&line) {
            self.last = line;
        }
    }

    /// Takes bytes from the host. What is no line of ours says nothing.
    pub(super) fn hear(&mut self, bytes: &[u8], console: &Console) {
        self.heard.feed(bytes, |found| {
            if let Found::Line(line) = found
                && let Some(said) = said(line)
            {
                console.heard(&said.link);
            }
        });
    }
}

fn said(line: &[u8]) -> Option<FromHost<'_>> {
    serde_json::from_slice(line).ok()
}
