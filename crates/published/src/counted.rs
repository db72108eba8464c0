//! The list of counted installations: for each of them a line that only the installation can compute.
//!
//! The installation makes the line of its *send* value, which every batch of it shows to the collector, and to nobody who only
//! reads what was published. The collector keeps of that value only what one period needs.

use aboveboard_types::hex;
use hmac_sha256::Hash;

/// A longer list is in 256 files, so that who looks up one line fetches a few kilobytes. Which file that is tells
/// whoever serves it the first two digits of the line.
pub const MAX_LINES_IN_ONE_FILE: usize = 50_000;

/// What the names of the files of the list begin with.
pub const STEM: &str = "counted";

/// The file of a list of `lines` lines in which a line stands, beside the publication: `counted.txt`, or of a long list
/// the one that is named by the first two digits of the line: `counted/a0.txt`.
#[must_use]
pub fn file(lines: usize, line: &str) -> String {
    match line.get(..2) {
        Some(digits) if lines > MAX_LINES_IN_ONE_FILE => format!("{STEM}/{digits}.txt"),
        _ => format!("{STEM}.txt"),
    }
}

/// How many lines that are nobody's the list has besides as many as the noise of the active installations says, so that
/// its length tells nothing but their drawn number. At variance 50 the noise is below −60, so that there would be less than none
/// of them, with a chance of 5.5·10⁻¹⁸: that much a list adds to every δ, and [`epsilon`](crate::epsilon) leaves room for it.
pub const PADDING: u32 = 60;

/// The bytes of every value here.
pub type Value = [u8; 16];

/// What an installation's *send* value, as its batches show it, gives for the list.
#[must_use]
pub fn value(send: &[u8; 32]) -> Value {
    hash(&[b"aboveboard counted value", send])
}

/// What that gives for one period, by the id of the period: `2026-q4`.
#[must_use]
pub fn of_period(value: &Value, period: &str) -> Value {
    hash(&[b"counted period\0", period.as_bytes(), b"\0", value])
}

/// The line of an installation in one publication, by the id of the publication: `2026-q4`, `2026-q4.2`. Without its newline.
#[must_use]
pub fn line(product: &str, publication: &str, of_period: &Value) -> String {
    hex::encode(&line_bytes(product, publication, of_period))
}

/// The bytes that the line spells.
#[must_use]
pub fn line_bytes(product: &str, publication: &str, of_period: &Value) -> Value {
    let parts =
        [b"aboveboard counted 3\0", product.as_bytes(), b"\0", publication.as_bytes(), b"\0", of_period];
    hash(&parts)
}

fn hash(parts: &[&[u8]]) -> Value {
    let mut hash = Hash::new();
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut value = Value::default();
    value.copy_from_slice(&digest[..16]);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By another program: `hashlib.sha256` of Python.
    #[test]
    fn a_line_is_what_anybody_computes_from_the_same_texts() {
        let value = value(&[7; 32]);
        let of_period = of_period(&value, "2026-q4");
        assert_eq!(hex::encode(&value), "96dce5ed159042a34ed4caf0068730be");
        assert_eq!(hex::encode(&of_period), "e5732c0ac943f0c6537c25982e36b423");
        assert_eq!(line("quarry", "2026-q4", &of_period), "838ac6fb9e1d9da6e42b738cf8e41817");
        assert_eq!(file(50_000, "a0"), "counted.txt");
        assert_eq!(file(50_001, "a0ff"), "counted/a0.txt");
        assert_ne!(line("quarry", "2026-q4.2", &of_period), line("quarry", "2026-q4", &of_period));
    }
}
