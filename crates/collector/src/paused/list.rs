//! The paused items of a collector, and the file that remembers them.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aboveboard_files::Errno;
use aboveboard_store::StoreError;
use aboveboard_types::event::Event;
use serde::{Deserialize, Serialize};

use super::item::Item;
use crate::disk::Folder;
use crate::lock::lock;

/// Its name in the data directory.
pub(crate) const NAME: &str = "paused.json";

/// Most bytes of it that are read.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Most items that are paused at once: each event is compared with those of its product.
const MAX_PAUSED: usize = 200;

/// An item that is paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PausedItem {
    /// The product.
    pub product: String,
    /// What is paused of it.
    pub item: Item,
    /// Since when, in seconds since 1970 UTC.
    pub since: i64,
    /// Events, and parts of events, that were left out since the start of the process.
    #[serde(default)]
    pub left_out: u64,
}

/// Why an item is not paused or resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PausedError {
    /// Too many are paused.
    #[error("{MAX_PAUSED} items are paused already: resume some, or list the product under `closed`")]
    TooMany,
    /// It is not paused.
    #[error("{0} is not paused")]
    NotPaused(String),
    /// The cluster did not confirm it, so that the other collectors may hear of it or not.
    #[error("the cluster did not confirm the change; try again: {0}")]
    NotShared(StoreError),
    /// The file that remembers cannot be used.
    #[error("cannot use {NAME} in the data directory: {0}")]
    Io(#[from] io::Error),
}

/// The paused items, shared by all who ask.
#[derive(Debug)]
pub struct PausedItems {
    folder: Folder,
    items: RwLock<Arc<[Paused]>>,
    /// Held from reading the present items to replacing them.
    changing: Mutex<()>,
}

/// Tells the other collectors since when an item is paused: none where it is not any more.
pub(crate) type ShareItem<'s> = &'s dyn Fn(&Item, Option<i64>) -> Result<(), PausedError>;

/// One of them, with what it has cost.
#[derive(Debug)]
struct Paused {
    product: String,
    item: Item,
    since: i64,
    left_out: Arc<AtomicU64>,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is taken as it is.
    Whole,
    /// It is taken without a part.
    Reduced,
    /// It is not taken.
    LeftOut,
}

impl PausedItems {
    /// Reads what is paused in a data directory. A file that does not read keeps the collector from starting: what was
    /// paused must not come back by itself.
    pub(crate) fn open(folder: &Folder) -> io::Result<Self> {
        let stored: Vec<PausedItem> = match folder.content(NAME, MAX_FILE_BYTES) {
            Err(Errno::NOENT) => Vec::new(),
            content => serde_json::from_slice(&content?)?,
        };
        let items = stored.into_iter().map(|PausedItem { product, item, since, .. }| Paused {
            product,
            item,
            since,
            left_out: Arc::default(),
        });
        let items = RwLock::new(items.collect());
        Ok(Self { folder: folder.clone(), items, changing: Mutex::default() })
    }

    fn now(&self) -> Arc<[Paused]> {
        Arc::clone(&self.items.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that is paused.
    pub fn list(&self) -> Vec<PausedItem> {
        let items = self.now();
        let listed = items.iter().map(|Paused { product, item, since, left_out }| PausedItem {
            product: product.clone(),
            item: item.clone(),
            since: *since,
            left_out: left_out.load(Ordering::Relaxed),
        });
        listed.collect()
    }

    /// Pauses an item; it is remembered when this returns. One that is paused stays so.
    ///
    /// # Errors
    /// Where too many are, or it cannot be remembered.
    pub(crate) fn pause(
        &self,
        product: &str,
        item: Item,
        since: i64,
        share: ShareItem<'_>,
    ) -> Result<(), PausedError> {
        let _changing = lock(&self.changing);
        let mut items = self.copies();
        if items.iter().any(|paused| paused.product == product && paused.item == item) {
            return Ok(());
        }
        if items.len() >= MAX_PAUSED {
            return Err(PausedError::TooMany);
        }
        share(&item, Some(since))?;
        items.push(Paused { product: product.to_owned(), item, since, left_out: Arc::default() });
        self.replace(items)
    }

    /// Resumes an item.
    ///
    /// # Errors
    /// Where it is not paused, or that cannot be remembered.
    pub(crate) fn resume(
        &self,
        product: &str,
        name: &str,
        share: ShareItem<'_>,
    ) -> Result<Item, PausedError> {
        let _changing = lock(&self.changing);
        let mut items = self.copies();
        let of = |paused: &Paused| {
            paused.product == product && (paused.item.to_string() == name || paused.item.name == name)
        };
        let Some(at) = items.iter().position(of) else { return Err(PausedError::NotPaused(name.to_owned())) };
        let resumed = items.remove(at).item;
        share(&resumed, None)?;
        self.replace(items)?;
        Ok(resumed)
    }

    /// Takes in since when items are paused: none where one is not.
    pub(crate) fn take_in(
        &self,
        known: impl IntoIterator<Item = (String, Item, Option<i64>)>,
    ) -> Result<(), PausedError> {
        let _changing = lock(&self.changing);
        let mut items = self.copies();
        let mut is_changed = false;
        for (product, item, since) in known {
            let at = items.iter().position(|paused| paused.product == product && paused.item == item);
            match (at, since) {
                (Some(at), None) => drop(items.remove(at)),
                (None, Some(since)) => items.push(Paused { product, item, since, left_out: Arc::default() }),
                (Some(_), Some(_)) | (None, None) => continue,
            }
            is_changed = true;
        }
        if is_changed { self.replace(items) } else { Ok(()) }
    }

    fn copies(&self) -> Vec<Paused> {
        let items = self.now();
        let copies = items.iter().map(|Paused { product, item, since, left_out }| Paused {
            product: product.clone(),
            item: item.clone(),
            since: *since,
            left_out: Arc::clone(left_out),
        });
        copies.collect()
    }

    fn replace(&self, items: Vec<Paused>) -> Result<(), PausedError> {
        let stored = items.iter().map(|Paused { product, item, since, .. }| PausedItem {
            product: product.clone(),
            item: item.clone(),
            since: *since,
            left_out: 0,
        });
        let text = serde_json::to_vec(&stored.collect::<Vec<_>>()).map_err(io::Error::from)?;
        self.folder.replace(NAME, &text, true).map_err(io::Error::from)?;
        *self.items.write().unwrap_or_else(PoisonError::into_inner) = items.into();
        Ok(())
    }

    /// Whether anything of a product is paused.
    pub(crate) fn concerns(&self, product: &str) -> bool {
        self.now().iter().any(|paused| paused.product == product)
    }

    /// Takes out of an event what is paused. `counts` says that this is to be counted, which it is once.
    pub(crate) fn apply(&self, product: &str, event: &mut Event<'_>, counts: bool) -> Outcome {
        let mut outcome = Outcome::Whole;
        for paused in self.now().iter().filter(|paused| paused.product == product) {
            let is_left_out = paused.item.is(&event.kind);
            if is_left_out || paused.item.take_out(event) {
                if counts {
                    paused.left_out.fetch_add(1, Ordering::Relaxed);
                }
                outcome = if is_left_out { Outcome::LeftOut } else { Outcome::Reduced };
            }
            if is_left_out {
                break;
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::ItemKind;
    use super::*;

    fn alone(_: &Item, _: Option<i64>) -> Result<(), PausedError> {
        Ok(())
    }

    fn item(kind: ItemKind, name: &str) -> Item {
        Item { kind, name: name.to_owned() }
    }

    #[test]
    fn what_is_paused_is_remembered_and_what_does_not_read_is_no_silence() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::make(directory.path()).unwrap();
        let paused = PausedItems::open(&folder).unwrap();
        paused.pause("quarry", item(ItemKind::Command, "init"), 7, &alone).unwrap();
        paused.pause("quarry", item(ItemKind::Command, "init"), 9, &alone).unwrap();
        paused.pause("mason", item(ItemKind::Count, "tables"), 8, &alone).unwrap();
        let again = PausedItems::open(&folder).unwrap();
        assert_eq!(again.list(), paused.list());
        assert_eq!(again.list().len(), 2);
        assert!(again.concerns("mason") && !again.concerns("smith"));
        assert!(matches!(again.resume("quarry", "version", &alone), Err(PausedError::NotPaused(_))));
        assert_eq!(again.resume("quarry", "init", &alone).unwrap().to_string(), "command:init");
        assert_eq!(PausedItems::open(&folder).unwrap().list().len(), 1);
        for number in 1..MAX_PAUSED {
            again.pause("quarry", item(ItemKind::Route, &format!("/{number}")), 1, &alone).unwrap();
        }
        let more = again.pause("quarry", item(ItemKind::Route, "/more"), 1, &alone);
        assert!(matches!(more, Err(PausedError::TooMany)));
        std::fs::write(directory.path().join(NAME), "half").unwrap();
        assert!(PausedItems::open(&folder).is_err());
    }
}
