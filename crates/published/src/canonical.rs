//! The one spelling of a document, so that its hash says what it says.
//!
//! JSON with the keys of every object in ascending order, two spaces for each level, whole numbers only, and one newline at
//! the end. Whoever keeps a site under version control sees which line changed.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The longest document that is read: sixteen times what every table of the largest manifest takes.
pub const MAX_DOCUMENT_BYTES: usize = 4 << 20;

/// A document that has a canonical spelling.
pub trait Document: Serialize + DeserializeOwned {}

/// Why bytes are not a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotADocument {
    /// There are more than [`MAX_DOCUMENT_BYTES`].
    TooLong,
    /// They are not JSON, or not of this form.
    Form(String),
    /// They say something that could be said in other bytes: these are not the canonical ones.
    Spelling,
}

impl fmt::Display for NotADocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "longer than {MAX_DOCUMENT_BYTES} bytes"),
            Self::Form(problem) => f.write_str(problem),
            Self::Spelling => {
                f.write_str("not in canonical form: sorted keys, two spaces, one newline at the end")
            }
        }
    }
}

impl std::error::Error for NotADocument {}

/// The canonical bytes of a document.
///
/// # Errors
/// Where a value has no form in JSON; no document here has one.
pub fn write<D: Document>(document: &D) -> Result<Vec<u8>, serde_json::Error> {
    let sorted = sorted(serde_json::to_value(document)?);
    let mut bytes = serde_json::to_vec_pretty(&sorted)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads canonical bytes and nothing else: what is read is written to the same bytes again.
///
/// # Errors
/// Where the bytes are not those of such a document.
pub fn read<D: Document>(bytes: &[u8]) -> Result<D, NotADocument> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(NotADocument::TooLong);
    }
    let form = |problem: serde_json::Error| NotADocument::Form(problem.to_string());
    let document: D = serde_json::from_slice(bytes).map_err(form)?;
    let canonical = write(&document).map_err(form)?;
    if canonical == bytes { Ok(document) } else { Err(NotADocument::Spelling) }
}

/// The same value with the keys of every object in ascending order, whatever order the map of `serde_json` keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(Map::from_iter(members.into_iter().map(|(key, value)| (key, sorted(value)))))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publication::Withdrawal;

    const CANONICAL: &str = r#"{
  "day": "2027-02-01",
  "format": 1,
  "previous_root": "00",
  "product": "quarry",
  "reason": "Counted twice.\nSorry",
  "withdraws": "2026-q4"
}
"#;

    #[test]
    fn a_document_has_one_spelling_and_only_that_is_read() {
        let withdrawal: Withdrawal = read(CANONICAL.as_bytes()).unwrap();
        assert_eq!(withdrawal.withdraws, "2026-q4");
        assert_eq!(write(&withdrawal).unwrap(), CANONICAL.as_bytes());
        let other_spellings = [
            CANONICAL.replace("  \"", "\""),
            CANONICAL.trim_end().to_owned(),
            format!("{CANONICAL}\n"),
            CANONICAL.replace("quarry", "\\u0071uarry"),
            CANONICAL.replace(
                "\"day\": \"2027-02-01\",\n  \"format\": 1",
                "\"format\": 1,\n  \"day\": \"2027-02-01\"",
            ),
        ];
        for other in other_spellings {
            assert_eq!(read::<Withdrawal>(other.as_bytes()), Err(NotADocument::Spelling), "{other}");
        }
        let other_documents = [
            CANONICAL.replace("\"format\": 1", "\"format\": 1.0"),
            CANONICAL.replace("\"format\": 1", "\"format\": 1,\n  \"format\": 1"),
            CANONICAL.replace("\"format\": 1", "\"format\": 1,\n  \"more\": 1"),
            CANONICAL.replace("  \"reason\": \"Counted twice.\\nSorry\",\n", ""),
            format!("{CANONICAL}{{}}"),
            String::new(),
        ];
        for other in other_documents {
            assert!(matches!(read::<Withdrawal>(other.as_bytes()), Err(NotADocument::Form(_))), "{other}");
        }
        assert_eq!(read::<Withdrawal>(&vec![b' '; MAX_DOCUMENT_BYTES + 1]), Err(NotADocument::TooLong));
    }
}
