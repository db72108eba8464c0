//! An export under way: read a part of a day at a time, written a piece at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::ContextFilter;
use aboveboard_store::read::{BatchRow, Days, ReadResult, StoreReader};
use aboveboard_types::declaration::Declaration;

use super::keyed::Key;
use super::line::{COLUMNS, LineWriter};
use super::part::Part;
use super::request::{ExportFormat, ExportRequest};
use crate::csv;
use crate::manifests::Manifests;

/// Events after which a piece ends.
const MAX_WRITTEN: usize = 1_000;

/// About how many events are read at once: some 20 MB, of the 64 that a question may take.
const MAX_READ: u64 = 30_000;

/// An export under way.
#[derive(Debug)]
pub struct Export {
    reader: Arc<dyn StoreReader>,
    request: ExportRequest,
    contexts: ContextFilter,
    declaration: Option<Arc<Declaration>>,
    key: Key,
    has_begun: bool,
    /// The parts that are still to come.
    parts: VecDeque<Part>,
    /// The days that are not yet cut into parts.
    days: VecDeque<Day>,
    /// What was read and is not yet written, each with its day, in the order of the ids of this export.
    rows: VecDeque<(Day, BatchRow)>,
}

impl Export {
    /// Begins an export of what is there now; `None` where the product is not known.
    ///
    /// # Errors
    /// Where the store cannot be read, or the system has no randomness.
    pub(crate) fn begin(
        reader: Arc<dyn StoreReader>,
        manifests: &Manifests,
        request: ExportRequest,
    ) -> ReadResult<Option<Self>> {
        let declaration = manifests.newest(&request.product).map(|known| Arc::clone(&known.declaration));
        let asked = Days { first: request.from.unwrap_or(Day::MIN), last: request.until.unwrap_or(Day::MAX) };
        let (is_stored, days) = reader.ask(|snapshot| {
            let is_stored = snapshot.products()?.contains(&request.product);
            Ok((is_stored, snapshot.row_days(&request.product, asked)?))
        })?;
        if !is_stored && declaration.is_none() {
            return Ok(None);
        }
        let key = Key::for_answer()?;
        let manifest = manifests.manifest(&request.product);
        let agents = manifest.map(|manifest| manifest.product.coding_agents).unwrap_or_default();
        Ok(Some(Self {
            reader,
            contexts: request.contexts(agents),
            request,
            declaration,
            key,
            has_begun: false,
            parts: VecDeque::new(),
            days: days.into(),
            rows: VecDeque::new(),
        }))
    }

    /// The next lines, whole; `None` at the end. Blocks; not for an async thread.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn piece(&mut self) -> ReadResult<Option<String>> {
        let mut out = String::new();
        if !std::mem::replace(&mut self.has_begun, true) && self.request.format == ExportFormat::Csv {
            csv::line(&mut out, COLUMNS);
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
    fn read(&mut self) -> ReadResult<bool> {
        if self.parts.is_empty() {
            let Some(day) = self.days.pop_front() else { return Ok(false) };
            self.parts = self.parts_of(day)?;
        }
        let Some(part) = self.parts.pop_front() else { return Ok(true) };
        let Self { reader, request, contexts, key, .. } = self;
        let mut rows = reader.ask(|snapshot| {
            let mut rows = Vec::new();
            let wants =
                |context: &_, installation| contexts.keeps(context) && part.holds(&key.id(installation));
            snapshot.rows(&request.product, part.day, &wants, &mut |row| {
                rows.push((key.id(row.installation), row));
            })?;
            Ok(rows)
        })?;
        // By the ids of this export: the order of the store would be the same in every one. It keeps the order of the log
        // within an installation.
        rows.sort_by_key(|(id, _)| *id);
        self.rows = rows.into_iter().map(|(_, row)| (part.day, row)).collect();
        Ok(true)
    }

    fn parts_of(&self, day: Day) -> ReadResult<VecDeque<Part>> {
        let events = self.reader.ask(|snapshot| snapshot.events_in_rows(&self.request.product, day))?;
        let of = events.div_ceil(MAX_READ).max(1);
        Ok((0..of).map(|slice| Part { day, slice, of }).collect())
    }

    fn write(&mut self, out: &mut String) {
        let writer = LineWriter {
            format: self.request.format,
            key: &self.key,
            declaration: self.declaration.as_deref(),
        };
        let mut written = 0;
        while written < MAX_WRITTEN
            && let Some((day, row)) = self.rows.pop_front()
        {
            written += row.events.len();
            row.events.iter().for_each(|event| writer.push(out, day, &row, event));
        }
    }
}
