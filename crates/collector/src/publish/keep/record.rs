//! What is kept of a draw.

use aboveboard_published::publication::Publication;
use serde::{Deserialize, Serialize};

use crate::publish::Drawn;

/// A draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptDraw {
    /// The document. Until it is published it has neither the hashes of its files nor the root of the log before it.
    pub publication: Publication,
    /// The release lines of the table of versions.
    pub lines: Vec<String>,
    /// The figures before tables were made to add up; none once they are old, or where the publication was taken over from a
    /// site.
    pub raw: Option<Drawn>,
    /// The list of counted installations; none once it is published or withdrawn, and of a small product.
    pub list: Option<KeptList>,
    /// What became of it.
    pub state: DrawState,
}

/// A list of counted installations that lies beside the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptList {
    /// How many lines it has.
    pub lines: u64,
    /// SHA-256 of its file, in hexadecimal digits.
    pub sha256: String,
}

/// What became of a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum DrawState {
    /// It looks wrong, and is shown only when the maker says why it is right.
    Held {
        /// What looks wrong, each in a sentence.
        why: Vec<String>,
    },
    /// It can be shown.
    Ready,
    /// It is shown.
    Published {
        /// The log with it.
        head: Head,
    },
    /// It is not to be shown any more.
    Withdrawn {
        /// On which day.
        day: String,
        /// Why, in the maker's words.
        reason: String,
        /// The log with the publication; none where it was never shown.
        published: Option<Head>,
        /// The log with the withdrawal; none until it is written.
        head: Option<Head>,
    },
}

/// A log at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many documents it has.
    pub size: u64,
    /// Its root, in hexadecimal digits.
    pub root: String,
}

impl DrawState {
    /// For people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Ready => "ready",
            Self::Published { .. } => "published",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }
}
