//! What a digest says, before it has a form.

use crate::page::health::HealthMessage;

/// A digest of some products.
pub(super) struct Digest {
    /// The last day that is over, for people.
    pub(super) until: String,
    /// What concerns the collector and no product.
    pub(super) collector: Vec<Line>,
    pub(super) products: Vec<ProductDigest>,
}

/// What is said of one product.
pub(super) struct ProductDigest {
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
    /// Where to look: what it is, and its address, where the asker said where the page is.
    pub(super) links: Vec<(String, String)>,
}

/// Some lines or a table under a title.
pub(super) struct Section {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
    pub(super) table: Option<Rows>,
}

/// A sentence or several, and how loudly they are said.
pub(super) struct Line {
    pub(super) tone: Tone,
    pub(super) text: String,
}

impl Line {
    pub(super) fn of_health(message: &HealthMessage) -> Self {
        let tone = if message.is_bad() { Tone::Bad } else { Tone::Plain };
        Self { tone, text: message.text.clone() }
    }
}

/// How loudly something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Somebody should look.
    Bad,
    /// As a part of the rest.
    Plain,
}

impl Tone {
    /// What stands before a line of this tone, in every form: colours do not reach everybody.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bad => "Look: ",
            Self::Plain => "",
        }
    }
}

/// A table: the first cell of a row names it, the others are short.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}
