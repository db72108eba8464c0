//! The file of a draw: a line with its format and the SHA-256 of what follows, and JSON.
//!
//! The hash tells damage and a careless edit from a draw. It does not tell what somebody forged who can write here.

use aboveboard_types::hex;
use hmac_sha256::Hash;

use super::record::KeptDraw;

/// The format that this program writes.
const FORMAT: u32 = 1;

/// What the first line begins with.
const MAGIC: &str = "aboveboard draw";

/// Most bytes of the file: a publication and its raw figures, each as large as a document may be, and room for JSON.
pub(super) const MAX_FILE: usize = 16 << 20;

/// Why a file is no draw.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoDraw {
    Newer(u32),
    Damaged(String),
}

pub(super) fn write(draw: &KeptDraw) -> serde_json::Result<Vec<u8>> {
    let mut body = serde_json::to_vec_pretty(draw)?;
    body.push(b'\n');
    let hash = hex::encode(&Hash::hash(&body));
    Ok([format!("{MAGIC} {FORMAT} {hash}\n").into_bytes(), body].concat())
}

pub(super) fn read(bytes: &[u8]) -> Result<KeptDraw, NoDraw> {
    let damaged = |why: &str| NoDraw::Damaged(why.to_owned());
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(damaged("it has no first line"))?;
    let (head, body) = bytes.split_at(end + 1);
    let head = std::str::from_utf8(head).ok().and_then(|head| head.trim_end().strip_prefix(MAGIC));
    let head = head.ok_or(damaged("its first line is not that of a draw"))?;
    let (format, hash) = head.trim_start().split_once(' ').ok_or(damaged("its first line is cut"))?;
    let format: u32 = format.parse().map_err(|_| damaged("its format is no number"))?;
    if format > FORMAT {
        return Err(NoDraw::Newer(format));
    }
    if hash != hex::encode(&Hash::hash(body)) {
        return Err(damaged("its contents do not have the hash of its first line"));
    }
    serde_json::from_slice(body).map_err(|error| NoDraw::Damaged(error.to_string()))
}
