//! A line of a hand-over file: one batch with everything that its request carries, for machines without a network. The
//! crate `aboveboard-wire` reads it.

use std::fmt::Write as _;

use crate::headers::{BATCH, INGEST_KEY, PROOF};
use crate::id::Id;
use crate::json;
use crate::possession::Proof;

/// The line of a batch, with its line feed. `None` where the body is no JSON. Whoever has it can report as its
/// installation at this host, and at no other.
#[must_use]
pub fn line(host: &str, key: &str, batch: Id, proof: &Proof, body: &[u8]) -> Option<String> {
    let body = std::str::from_utf8(body).ok().filter(|body| json::is_json(body))?.trim();
    let mut line = String::with_capacity(body.len() + 512);
    line.push_str("{\"host\":");
    json::push_text(&mut line, host);
    let _ = write!(line, ",\"headers\":{{\"{INGEST_KEY}\":");
    json::push_text(&mut line, key);
    // Writing into a `String` cannot fail.
    let _ = write!(line, ",\"{BATCH}\":\"{batch}\",\"{PROOF}\":\"{proof}\"}},\"body\":{body}}}");
    line.push('\n');
    Some(line)
}
