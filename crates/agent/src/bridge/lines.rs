//! What the host and the bridge tell each other, a line of JSON each: the bridge says on its standard output whether it
//! listens, the host may say on its own what it hears of the server behind it.

use serde::{Deserialize, Serialize};

use super::console::{Console, Offer};
use crate::streams;

/// The longest line of a host, in bytes, as a relay takes it.
const MAX_LINE_BYTES: usize = 16 << 10;

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
    /// The beginning of a line that has not ended.
    line: Vec<u8>,
    /// Whether that line is too long to be one.
    is_too_long: bool,
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
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.is_too_long |= self.line.len() + piece.len() > MAX_LINE_BYTES;
            if !self.is_too_long {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                if let Some(said) = said(&self.line).filter(|_| !self.is_too_long) {
                    console.heard(&said.link);
                }
                self.line.clear();
                self.is_too_long = false;
            }
        }
    }
}

fn said(line: &[u8]) -> Option<FromHost<'_>> {
    serde_json::from_slice(line).ok()
}
