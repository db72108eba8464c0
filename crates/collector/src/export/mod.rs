//! Row export: every event of a product as a line, for DuckDB and notebooks.
//!
//! Installations carry ids that hold for this export alone: an HMAC under a key that is made for it and thrown away.
//! Two exports cannot be joined by them, nor by the order of their lines, which follows these ids. A moment of the store
//! is held while a part of a day is read, never while somebody takes it.

mod keyed;
mod line;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use aboveboard_types::declaration::{Component, Declaration};

pub use self::line::Form;

use self::keyed::{Key, Keyed};
use self::line::{InstallationKey, Words};
use crate::manifests::Manifests;
use crate::page::headline;
use crate::rollup::row::{Name, Number, Stored};
use crate::store::calendar::Day;
use crate::store::sqlite::{Context, Reader, export};
use crate::store::{StoreError, StoreProblem};

/// Events after which a piece ends.
const MAX_WRITTEN: usize = 1_000;

/// About how many events are read at once: some megabytes.
const MAX_READ: u64 = 100_000;

/// Which rows are exported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportRequest {
    /// Product id.
    pub product: String,
    /// First day, in days since 1970; from the beginning if none is named.
    pub from: Option<Day>,
    /// Last day; to the newest if none is named.
    pub until: Option<Day>,
    /// Only what this component recorded.
    pub component: Option<Component>,
    /// Also what is kept out of headline figures: synthetic, test, CI and development data.
    pub everything: bool,
    /// CSV or lines of JSON.
    pub form: Form,
}

/// Reads a day such as `2026-11-22`.
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    crate::page::format::parse_day(text)
}

impl ExportRequest {
    /// Headline rows of a product, of all days and components.
    #[must_use]
    pub fn of(product: &str, form: Form) -> Self {
        Self {
            product: product.to_owned(),
            from: None,
            until: None,
            component: None,
            everything: false,
            form,
        }
    }

    fn keeps(&self, context: &Context) -> bool {
        (self.everything || headline(context.marks))
            && self.component.is_none_or(|component| component == context.component)
    }
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    reader: Reader,
    wish: ExportRequest,
    /// Number of the product; none where nothing of it was ever stored.
    product: Option<u32>,
    declaration: Option<Arc<Declaration>>,
    key: Key,
    begun: bool,
    /// The parts that are still to come.
    parts: VecDeque<Part>,
    /// The days whose parts are still to be told.
    days: VecDeque<Day>,
    /// What was read and is not yet written, in the order of the ids of this export.
    rows: VecDeque<Row>,
    names: HashMap<Name, String>,
    contexts: HashMap<u32, Context>,
}

/// A part of a day: the installations whose ids fall into one of so many equal shares. Large days are read in several, so
/// that memory does not follow their size.
#[derive(Clone, Copy, Debug)]
struct Part {
    day: Day,
    share: u64,
    of: u64,
}

impl Part {
    fn holds(self, id: &Keyed) -> bool {
        let [a, b, c, d, ..] = *id;
        (u64::from(u32::from_be_bytes([a, b, c, d])) * self.of) >> 32 == self.share
    }
}

/// What one batch says of one day.
#[derive(Debug)]
struct Row {
    day: Day,
    installation: Number,
    context: u32,
    events: Vec<Stored>,
}

impl Export {
    /// Begins an export of what is there now; `None` where the product is not known.
    ///
    /// # Errors
    /// Where the store cannot be read, or the system has no randomness.
    pub fn begin(
        reader: Reader,
        manifests: &Manifests,
        wish: ExportRequest,
    ) -> Result<Option<Self>, StoreError> {
        let declaration = manifests.newest(&wish.product).map(|known| Arc::clone(&known.declaration));
        let (from, until) = (wish.from.unwrap_or(Day::MIN), wish.until.unwrap_or(Day::MAX));
        let (product, days) = reader.ask(|snapshot| {
            let products = snapshot.products()?;
            let product = products.iter().find(|(_, name)| *name == wish.product).map(|(number, _)| *number);
            let days = product.map_or_else(|| Ok(Vec::new()), |p| export::days(snapshot, p, from, until))?;
            Ok((product, days))
        })?;
        if product.is_none() && declaration.is_none() {
            return Ok(None);
        }
        let key = Key::new().map_err(|source| {
            StoreError::new("export", StoreProblem::Io { path: "/dev/urandom".into(), source })
        })?;
        Ok(Some(Self {
            reader,
            wish,
            product,
            declaration,
            key,
            begun: false,
            parts: VecDeque::new(),
            days: days.into(),
            rows: VecDeque::new(),
            names: HashMap::new(),
            contexts: HashMap::new(),
        }))
    }

    /// The next lines, whole; `None` at the end. Blocks; not for an async thread.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn piece(&mut self) -> Result<Option<String>, StoreError> {
        let mut out = String::new();
        if !std::mem::replace(&mut self.begun, true) {
            out = line::head(self.wish.form);
        }
        while out.is_empty() {
            if self.rows.is_empty() && !self.read()? {
                return Ok(None);
            }
            self.write(&mut out);
        }
        Ok(Some(out))
    }

    /// Reads the next part; false at the end.
    fn read(&mut self) -> Result<bool, StoreError> {
        let Some(product) = self.product else { return Ok(false) };
        if self.parts.is_empty() {
            let Some(day) = self.days.pop_front() else { return Ok(false) };
            self.parts = self.parts_of(product, day)?;
        }
        let Some(part) = self.parts.pop_front() else { return Ok(true) };
        let Self { reader, key, .. } = self;
        let (mut rows, names, contexts) = reader.ask(|snapshot| {
            let mut rows = Vec::new();
            export::of_day(snapshot, product, part.day, |installation, context, events| {
                let id = key.id(installation);
                if part.holds(&id) {
                    rows.push((id, Row { day: part.day, installation, context, events }));
                }
            })?;
            // Few, and all that these rows can name.
            Ok((rows, snapshot.names()?, snapshot.contexts(product)?))
        })?;
        // By the ids of this export: the order of the numbers would be the same in every one. It keeps the order of the
        // log within an installation.
        rows.sort_by_key(|(id, _)| *id);
        self.rows = rows.into_iter().map(|(_, row)| row).collect();
        (self.names, self.contexts) = (names, contexts);
        Ok(true)
    }

    fn parts_of(&self, product: u32, day: Day) -> Result<VecDeque<Part>, StoreError> {
        let events = self.reader.ask(|snapshot| {
            let mut events = 0;
            export::of_day(snapshot, product, day, |_, _, of_row| events += of_row.len() as u64)?;
            Ok(events)
        })?;
        let of = events.div_ceil(MAX_READ).max(1);
        Ok((0..of).map(|share| Part { day, share, of }).collect())
    }

    fn write(&mut self, out: &mut String) {
        let words = Words {
            form: self.wish.form,
            key: &self.key,
            names: &self.names,
            declaration: self.declaration.as_deref(),
        };
        let mut written = 0;
        while written < MAX_WRITTEN
            && let Some(row) = self.rows.pop_front()
        {
            written += row.events.len();
            let Some(context) = self.contexts.get(&row.context).filter(|context| self.wish.keeps(context))
            else {
                continue;
            };
            let whose = InstallationKey { day: row.day, installation: row.installation, context };
            row.events.iter().for_each(|event| words.push(out, whose, event));
        }
    }
}
