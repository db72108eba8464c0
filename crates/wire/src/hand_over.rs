//! Reading a line of a hand-over file, as [`aboveboard_types::hand_over`] writes it.

use std::borrow::Cow;

use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_types::possession::Proof;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id;

/// A batch that is handed over. Whoever has it can report as its installation at this host, and at no other.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver<'h> {
    /// The host that the batch is for, in its [normal form](aboveboard_types::host::normal).
    #[serde(borrow)]
    pub host: Cow<'h, str>,
    /// The headers of its request.
    #[serde(borrow)]
    pub headers: HandOverHeaders<'h>,
    /// The body, byte for byte.
    #[serde(borrow)]
    pub body: &'h RawValue,
}

/// The headers of a request that is handed over. The time of sending is none of them: it is the sender's.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverHeaders<'h> {
    /// The public ingest key.
    #[serde(rename = "aboveboard-key", borrow)]
    pub key: Cow<'h, str>,
    /// The batch's id.
    #[serde(rename = "aboveboard-batch", with = "id")]
    pub batch: Id,
    /// The proof that it comes from its installation.
    #[serde(rename = "aboveboard-proof", borrow)]
    proof: Cow<'h, str>,
}

impl<'h> HandOver<'h> {
    /// The longest line in bytes.
    pub const MAX_LINE_BYTES: usize = MAX_BYTES + 2048;

    /// Reads a line. `None` where it is none.
    #[must_use]
    pub fn read(line: &'h [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|read: &Self| read.proof().is_some())
    }

    /// The proof; `None` where it is not spelled as one.
    #[must_use]
    pub fn proof(&self) -> Option<Proof> {
        Proof::parse(&self.headers.proof)
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::possession::{Possession, Purpose};

    use aboveboard_types::hand_over::line;

    use super::*;

    #[test]
    fn a_line_holds_the_body_byte_for_byte_and_nothing_unknown() {
        let proof = Possession::of(&[7; 32], "quarry", "telemetry.example.org").proof(Purpose::Send);
        let batch = Id::from_custom([1; 16]);
        let body = r#"{"wire":1,  "events":[1.0,"\u00e4"]}"#;
        let line = line("telemetry.example.org", "qk_pub", batch, &proof, body.as_bytes()).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let read = HandOver::read(line.as_bytes()).unwrap();
        assert_eq!(read.body.get(), body);
        assert_eq!((&*read.host, &*read.headers.key), ("telemetry.example.org", "qk_pub"));
        assert_eq!((read.headers.batch, read.proof()), (batch, Some(proof)));
        for wrong in [
            line.replace("\"host\"", "\"hosts\""),
            line.replace("aboveboard-key", "aboveboard-other"),
            line.replace("},\"body\"", ",\"x\":1},\"body\""),
            line.replace('.', "-"),
            body.to_owned(),
            line[..line.len() - 2].to_owned(),
        ] {
            assert!(HandOver::read(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
