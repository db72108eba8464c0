//! Which store there is, and what a collector of a cluster is called.

use std::fmt;

use aboveboard_types::hex;
use serde::{Deserialize, Deserializer};

/// Which database keeps what the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// A file in the data directory.
    Sqlite,
    /// A cluster that several collectors share.
    ClickHouse,
}

/// The number of a collector of a cluster, in sixteen hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeNumber(pub u64);

impl fmt::Display for NodeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for NodeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for NodeNumber {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = hex::decode::<8>(text.as_bytes());
        bytes.map(|bytes| Self(u64::from_be_bytes(bytes))).ok_or_else(|| {
            format!("{text:?} is no collector: write the 16 digits that `aboveboard collector nodes` prints")
        })
    }
}

impl<'de> Deserialize<'de> for NodeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
