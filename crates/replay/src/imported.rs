//! What a cluster takes over from the database of one collector that it cannot keep as its own: documents of the journal.

use std::collections::HashMap;
use std::fmt::Write as _;

use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;

use crate::book::Book;
use crate::journal::JournalEntry;

/// What the names of documents with tombstones begin with.
const TOMBSTONES: &str = "imported-tombstones/";

/// What the names of documents with weights begin with, which go on with the product.
const WEIGHTS: &str = "imported-weights/";

/// The document that says from which database a cluster is filled.
pub const MOVE_BEGUN: &str = "moved-from";

/// The document that says that it is, and that every figure was the same.
pub const MOVE_COMPARED: &str = "moved-and-compared";

/// Tombstones of one document: less than a megabyte of text.
const MAX_TOMBSTONES: usize = 10_000;

/// Bytes of a tombstone.
const HASH_BYTES: usize = 32;

/// Whether a database is moved to the cluster of a journal just now: no collector may use it yet.
#[must_use]
pub fn is_move_unfinished(journal: &Book) -> bool {
    journal.document(MOVE_BEGUN).is_some() && journal.document(MOVE_COMPARED).is_none()
}

/// The tombstones of a database: hashes of product and id under its own key, each with its day of receipt. Whom they stand for shows
/// when it comes again.
#[derive(Debug, Default)]
pub struct ImportedTombstones {
    key: Vec<u8>,
    days: HashMap<[u8; HASH_BYTES], Day>,
}

/// How much verified installations and all others of a product added to a sum on a day of receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedWeight {
    /// The day.
    pub day: Day,
    /// What verified ones added.
    pub verified: u64,
    /// What all others did.
    pub others: u64,
    /// To which sum.
    pub what: String,
}

impl ImportedTombstones {
    /// The documents that tell of tombstones that were made with a key.
    #[must_use]
    pub fn documents(key: &[u8], tombstones: &[([u8; HASH_BYTES], Day)]) -> Vec<JournalEntry> {
        let documents = tombstones.chunks(MAX_TOMBSTONES).zip(0..).map(|(some, number)| {
            let mut text = hexadecimal(key);
            for (hash, day) in some {
                let _ = write!(text, "\n{} {day}", hexadecimal(hash));
            }
            JournalEntry::Document { name: format!("{TOMBSTONES}{number}"), text }
        });
        documents.collect()
    }

    /// Hears a document; one of something else says nothing.
    pub fn hear(&mut self, name: &str, text: &str) {
        if !name.starts_with(TOMBSTONES) {
            return;
        }
        let mut lines = text.lines();
        let Some(key) = lines.next().and_then(bytes_of) else { return };
        self.key = key;
        for line in lines {
            let Some((hash, day)) = line.split_once(' ') else { continue };
            let hash = bytes_of(hash).and_then(|hash| hash.try_into().ok());
            if let (Some(hash), Ok(day)) = (hash, day.parse()) {
                self.days.insert(hash, day);
            }
        }
    }

    /// Forgets those of days of receipt before one.
    pub fn forget(&mut self, before: Day) {
        self.days.retain(|_, day| *day >= before);
    }

    /// The day of receipt of the tombstone of an installation, where there is one.
    #[must_use]
    pub fn of(&self, product: &str, installation: Id) -> Option<Day> {
        if self.days.is_empty() {
            return None;
        }
        let mut mac = hmac_sha256::HMAC::new(&self.key);
        mac.update(product.as_bytes());
        mac.update([0]);
        mac.update(installation.bytes());
        self.days.get(&mac.finalize()).copied()
    }
}

impl ImportedWeight {
    /// The document that tells of weights of a product: each is a line of the day, both numbers and the sum.
    #[must_use]
    pub fn document(product: &str, weights: &[Self]) -> JournalEntry {
        let mut text = String::new();
        for Self { day, verified, others, what } in weights {
            let _ = writeln!(text, "{day} {verified} {others} {what}");
        }
        JournalEntry::Document { name: format!("{WEIGHTS}{product}"), text }
    }

    /// The product that a document tells the weights of, and these; none of one of something else.
    #[must_use]
    pub fn read<'t>(name: &'t str, text: &str) -> Option<(&'t str, Vec<Self>)> {
        let product = name.strip_prefix(WEIGHTS)?;
        let weight = |line: &str| {
            let mut words = line.splitn(4, ' ');
            Some(Self {
                day: words.next()?.parse().ok()?,
                verified: words.next()?.parse().ok()?,
                others: words.next()?.parse().ok()?,
                what: words.next()?.to_owned(),
            })
        };
        Some((product, text.lines().filter_map(weight).collect()))
    }
}

/// Bytes in hexadecimal digits.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(entry: &JournalEntry) -> (&str, &str) {
        let JournalEntry::Document { name, text } = entry else { panic!("no document: {entry:?}") };
        (name, text)
    }

    #[test]
    fn tombstones_read_as_they_were_written_in_as_many_documents_as_it_takes() {
        let key = [9; 32];
        let hash = |product: &str, id: Id| {
            let mut mac = hmac_sha256::HMAC::new(key);
            mac.update(product.as_bytes());
            mac.update([0]);
            mac.update(id.bytes());
            mac.finalize()
        };
        let id = |number: u32| Id::from_bytes(u128::from(number).to_be_bytes());
        let all: Vec<_> =
            (0..=u32::try_from(MAX_TOMBSTONES).unwrap()).map(|n| (hash("quarry", id(n)), 7)).collect();
        let documents = ImportedTombstones::documents(&key, &all);
        assert_eq!(documents.len(), 2);
        let mut heard = ImportedTombstones::default();
        assert_eq!(heard.of("quarry", id(0)), None);
        for document in &documents {
            let (name, text) = text_of(document);
            heard.hear(name, text);
        }
        heard.hear("manifest/quarry/1", "00\n");
        for number in [0, 9_999, 10_000] {
            assert_eq!(heard.of("quarry", id(number)), Some(7), "{number}");
        }
        assert_eq!((heard.of("other", id(0)), heard.of("quarry", id(10_001))), (None, None));
        heard.forget(7);
        assert_eq!(heard.of("quarry", id(0)), Some(7));
        heard.forget(8);
        assert_eq!(heard.of("quarry", id(0)), None);
        assert!(ImportedTombstones::documents(&key, &[]).is_empty());
    }

    #[test]
    fn what_does_not_read_says_nothing() {
        let mut heard = ImportedTombstones::default();
        for text in ["", "xy", "0", "00\nzz 1", "00\n00 1", "00\n\n ", "é"] {
            heard.hear("imported-tombstones/0", text);
            assert!(heard.days.is_empty(), "{text}");
        }
        let (product, weights) =
            ImportedWeight::read("imported-weights/quarry", "1 2\nx 1 2 drops\n").unwrap();
        assert_eq!((product, weights.len()), ("quarry", 0));
        assert!(ImportedWeight::read("imported-tombstones/0", "1 2 3 drops").is_none());
    }

    #[test]
    fn weights_read_as_they_were_written() {
        let weights = [
            ImportedWeight { day: -3, verified: u64::MAX, others: 0, what: "drops".to_owned() },
            ImportedWeight { day: 9, verified: 1, others: 2, what: "requests of a b".to_owned() },
        ];
        let document = ImportedWeight::document("quarry", &weights);
        let (name, text) = text_of(&document);
        assert_eq!(ImportedWeight::read(name, text), Some(("quarry", weights.to_vec())));
    }
}
