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

/// Whether a name is that of a table: letters, digits, dots, dashes and underscores, and no dot at either end.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty()
        && name.len() <= MAX_NAME_BYTES
        && name.bytes().all(is_known)
        && !name.starts_with('.')
        && !name.ends_with('.')
}

/// Whether a document may name a file so: beside it, or in one folder beside it.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    let is_document = matches!(name, "publication.json" | "withdrawal.json");
    !is_document && name.split('/').count() <= 2 && name.split('/').all(is_plain)
}

/// The longest name of a table, with what a manifest allows to an event and a field of it.
const MAX_NAME_BYTES: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() {
        for name in ["active.csv", "sizes.catalog.items.json", "counted.txt", "counted/a0.txt"] {
            assert!(is_file_name(name), "{name}");
        }
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/../b",
            "/a",
            "a/",
            "a/b/c",
            "a b",
            "a\\b",
            "ä",
            "a\n",
            "publication.json",
            &long,
        ] {
            assert!(!is_file_name(name), "{name}");
        }
    }
}
