//! Ids in serde's terms, for `#[serde(with = "aboveboard_wire::id")]`.

use std::fmt;

use aboveboard_types::id::Id;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

/// Reads a lower-case hyphenated UUID.
///
/// # Errors
/// Where another text stands, or none.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    struct Read;
    impl Visitor<'_> for Read {
        type Value = Id;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a lower-case hyphenated UUID")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
            Id::parse(text).ok_or_else(|| E::custom("not a lower-case hyphenated UUID"))
        }
    }
    deserializer.deserialize_str(Read)
}

/// Writes a lower-case hyphenated UUID.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(id: &Id, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
