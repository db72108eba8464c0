//! Documents in the journal of a cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{Backend, JournalEntry, Order};
use aboveboard_store::StoreError;

/// The journal of a cluster, as far as it holds documents.
#[derive(Clone, Debug)]
pub(super) struct Documents(Arc<dyn Backend>);

/// Documents of one moment, by name: every text that was written under it, in the order.
pub(super) type Texts = BTreeMap<String, Vec<(Order, String)>>;

/// What says that a journal was read whose documents are known.
#[derive(Clone, Debug)]
pub(super) struct JournalMark(Arc<Vec<(Order, JournalEntry)>>);

impl Documents {
    pub(super) fn new(backend: Arc<dyn Backend>) -> Self {
        Self(backend)
    }

    /// Every document with its texts.
    pub(super) fn read(&self) -> Result<Texts, StoreError> {
        Ok(texts(&self.0.journal()?))
    }

    /// Every document with its texts, unless the journal is the one that was marked.
    pub(super) fn read_new(&self, known: &mut Option<JournalMark>) -> Result<Option<Texts>, StoreError> {
        let journal = self.0.journal()?;
        if known.as_ref().is_some_and(|mark| Arc::ptr_eq(&mark.0, &journal)) {
            return Ok(None);
        }
        let found = texts(&journal);
        *known = Some(JournalMark(journal));
        Ok(Some(found))
    }

    /// Writes a text under a name where the first one in the order stands.
    pub(super) fn write_first(&self, name: &str, text: &str, now: i64) -> Result<(), StoreError> {
        self.write(now, name, text)
    }

    /// Writes a text under a name where the last one in the order stands: behind all that are known, whatever the clock says.
    pub(super) fn write_last(&self, name: &str, text: &str, now: i64) -> Result<(), StoreError> {
        let texts = self.read()?;
        let last = texts.get(name).and_then(|texts| texts.last());
        let at = last.map_or(now, |(order, _)| now.max(order.at.saturating_add(1)));
        self.write(at, name, text)
    }

    fn write(&self, at: i64, name: &str, text: &str) -> Result<(), StoreError> {
        self.0.note(at, &[JournalEntry::Document { name: name.to_owned(), text: text.to_owned() }])
    }
}

/// The documents of a journal. The same entry may stand in it several times.
fn texts(journal: &[(Order, JournalEntry)]) -> Texts {
    let mut found = Texts::new();
    for (order, entry) in journal {
        if let JournalEntry::Document { name, text } = entry {
            found.entry(name.clone()).or_default().push((*order, text.clone()));
        }
    }
    for texts in found.values_mut() {
        texts.sort();
        texts.dedup();
    }
    found
}
