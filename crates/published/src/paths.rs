//! Where everything that counts stands at a site, relative to its address.

use crate::publication::LogDocument;

/// The signed head of the log.
pub const CHECKPOINT: &str = "checkpoint";

/// The leaves of the log, one a line in hexadecimal digits.
pub const LEAVES: &str = "log/leaves.txt";

/// What every publication cost. It also says which document each leaf is of.
pub const LEDGER: &str = "ledger.json";

/// The keys that sign, as verifier keys, one a line. A site that names its own keys proves nothing by them.
pub const KEYS: &str = "keys.txt";

/// The document of a publication, in the folder that has the name of its id.
#[must_use]
pub fn publication(id: &str) -> String {
    format!("{id}/publication.json")
}

/// The withdrawal of a publication.
#[must_use]
pub fn withdrawal(id: &str) -> String {
    format!("{id}/withdrawal.json")
}

/// A file of a publication, as its document names it.
#[must_use]
pub fn file(id: &str, name: &str) -> String {
    format!("{id}/{name}")
}

/// A document of the log.
#[must_use]
pub fn document(document: &LogDocument) -> String {
    match document {
        LogDocument::Publication(document) => publication(&document.id),
        LogDocument::Withdrawal(document) => withdrawal(&document.withdraws),
    }
}
