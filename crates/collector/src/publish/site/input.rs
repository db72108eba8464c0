//! What a site is made of.

use aboveboard_published::publication::LogDocument;

/// Everything that a site is made of.
#[derive(Clone, Debug)]
pub struct SiteInput {
    /// The documents in the order of the log. Figures that are held are not among them.
    pub documents: Vec<SiteDocument>,
    /// The signed head of the log; none for figures that are made up.
    pub checkpoint: Option<String>,
    /// The keys that the manifest names, one a line of `keys.txt`.
    pub keys: Vec<String>,
}

/// A document of the log with what lies beside it.
#[derive(Clone, Debug)]
pub struct SiteDocument {
    /// The document.
    pub document: LogDocument,
    /// Its bytes, as the log has them.
    pub bytes: Vec<u8>,
    /// The list of counted installations of a publication, by names beside the document: one `counted.txt`, or several.
    pub counted: Vec<(String, Vec<u8>)>,
}
