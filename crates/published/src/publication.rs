//! The document that counts: `publication.json`.
//!
//! Everything that a site shows of a publication is made from this document alone. It holds no time but days, and no
//! floating-point number: a ratio is a text such as `1/10`, a standard deviation or a share a decimal text such as `7.08`.

use aboveboard_types::hex;
use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

/// The format that this program writes.
pub const FORMAT: u32 = 1;

/// One set of published figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// [`FORMAT`].
    pub format: u32,
    /// Names it at its site: `2026-q4`, `2026-11`; the first correction of it is `2026-q4.2`.
    pub id: String,
    /// Who it is about.
    pub product: Product,
    /// What it covers.
    pub period: Period,
    /// The day on which the noise was drawn.
    pub drawn: String,
    /// The day by which the next publication is due.
    pub next_due: String,
    /// The manifest whose `[publish]` rules it.
    pub manifest: ManifestReference,
    /// What bounds the privacy loss.
    pub parameters: Parameters,
    /// Whether fewer installations than [`Parameters::small`] were drawn. Nothing but that is said then.
    pub is_small: bool,
    /// The figures, each table in a group that shares its privacy loss. In a small publication there is none.
    pub groups: Vec<Group>,
    /// Releases to be marked in charts, as the maker named them.
    pub releases: Vec<Release>,
    /// What the maker says besides: of a correction why it was made, of figures that were held why they are shown.
    pub notes: Vec<Note>,
    /// The publication that this one corrects.
    pub corrects: Option<String>,
    /// The files with the same figures, by their names beside this document, with their SHA-256 in hexadecimal digits.
    pub files: Vec<FileHash>,
    /// The root of the log before this document, in hexadecimal digits; none for the first.
    pub previous_root: Option<String>,
    /// Whether the figures are made up. Such a publication is in no log and is not signed.
    pub is_made_up: bool,
}

/// The product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Product id.
    pub id: String,
    /// For people.
    pub name: String,
    /// Who answers for the data.
    pub controller: String,
    /// Where to reach them.
    pub contact: String,
    /// Where the site stands, without a trailing slash.
    pub site: String,
    /// SPDX identifier of the figures' licence.
    pub licence: String,
    /// Why figures are published.
    pub why: String,
}

/// The days that a publication covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// `month` or `quarter`.
    pub every: Every,
    /// First day.
    pub first: String,
    /// Last day.
    pub last: String,
}

/// How often is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestReference {
    /// Its revision.
    pub revision: u32,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
}

/// What bounds the privacy loss. These are constants of the program, written down so that a reader can check them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// The most that one installation loses by a publication, in ρ of zero-concentrated differential privacy: `1/10`.
    pub rho: String,
    /// The part of it that the headline has: `1/20`.
    pub rho_headline: String,
    /// Below this drawn number of active installations nothing but that is said.
    pub small: u32,
    /// No figure below this is shown, nor below three standard deviations.
    pub threshold: u32,
}

/// Tables that share one privacy loss: what one installation adds to all of them together is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// `headline`, `commands`, `sizes`, `actions`, `events.NAME` or `timings.NAME`.
    pub name: String,
    /// The components whose installations count in it: `server`, `cli`, `app`.
    pub components: Vec<String>,
    /// How many ones an installation adds to the cells of the group, at most.
    pub at_most: u32,
    /// The variance of the noise of each cell.
    pub variance: u64,
    /// The tables.
    pub tables: Vec<Table>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Names its files: `active`, `version`, `commands.worked`, `commands.failing`, `sizes.NAME`, `events.NAME.FIELD` …
    pub name: String,
    /// For people.
    pub title: String,
    /// What is counted, as the manifest says it or, of the headline, this program.
    pub what: String,
    /// Which question it answers.
    pub why: String,
    /// Who answers questions about it.
    pub owner: Option<String>,
    /// The unit of the edges of its cells, such as `tables`.
    pub unit: Option<String>,
    /// What the cells are.
    pub form: Form,
    /// The sum of the cells of a partition. Of others the number of active installations of the components that feed it is not
    /// drawn, and shares are of all active ones.
    pub of: Option<Figure>,
    /// The figures, in the order in which they are shown: by declaration, or where that has none by the drawn figure.
    pub cells: Vec<Cell>,
}

/// What the cells of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// One number.
    Number,
    /// Each installation is in one cell at most, so cells add up.
    Partition,
    /// An installation can be in several cells, so they do not.
    Several,
}

/// One cell of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Names it in the data: a command, an edge, a declared choice. That of the rest row is `rest`.
    pub key: String,
    /// For people.
    pub label: String,
    /// What is said of it.
    pub state: CellState,
    /// The figure; none where it is [`CellState::Few`].
    pub figure: Option<Figure>,
    /// The share of [`Table::of`], or of all active installations; none where none can be said.
    pub share: Option<Share>,
}

/// What is said of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellState {
    /// Its figure.
    Shown,
    /// That its figure is below the threshold.
    Few,
    /// It stands for this many cells of a partition, of which some are below the threshold.
    Rest(u32),
}

impl CellState {
    /// In a word, as CSV and JSON have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Few => "few",
            Self::Rest(_) => "rest",
        }
    }
}

/// A number of installations with what the noise leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The drawn number.
    pub value: i64,
    /// The true number is at least this, in 95 of 100 cases; not below 0.
    pub low: i64,
    /// And at most this.
    pub high: i64,
    /// The standard deviation, rounded up to two decimals: `7.08`.
    pub sd: String,
}

/// A share in percent with what the noise leaves open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// In percent, one decimal: `41.9`.
    pub value: String,
    /// At least, in at least 95 of 100 cases.
    pub low: String,
    /// At most.
    pub high: String,
}

/// A release of the product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The first two numbers of its versions.
    pub line: String,
    /// The day of the release, if the maker named it.
    pub day: Option<String>,
}

/// What the maker says of a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// What it is about: `held` or `correction`.
    pub about: String,
    /// In the maker's words, plain text.
    pub text: String,
}

/// The hash of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// Its name, beside the document.
    pub name: String,
    /// SHA-256 in hexadecimal digits.
    pub sha256: String,
}

impl FileHash {
    /// Whether these bytes are the file.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        hex::encode(&Hash::hash(bytes)) == self.sha256
    }
}

/// That a publication is withdrawn: a document in the log of its own, `withdrawal.json` beside the publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// [`FORMAT`].
    pub format: u32,
    /// The publication.
    pub withdraws: String,
    /// Product id.
    pub product: String,
    /// The day of the withdrawal.
    pub day: String,
    /// Why, in the maker's words, plain text.
    pub reason: String,
    /// The root of the log before this document, in hexadecimal digits.
    pub previous_root: String,
}

/// One document of the log, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogDocument {
    /// A publication or the correction of one.
    Publication(Box<Publication>),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}
