//! Applying facts, inside one transaction.

use std::collections::BTreeMap;

use aboveboard_store::Applied;
use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::entry::{Clearing, Erasure};
use aboveboard_store::facts::{EntryFacts, Facts};
use aboveboard_store::limits::MAX_EVENTS_A_DAY;
use aboveboard_store::read::QualityNote;
use aboveboard_types::event::{EventKind, Report};
use rusqlite::{Result, Transaction, params};

use super::convert::Links;
use super::flush::{Sender, Senders, flush};
use super::names::{Names, StoredInstallation, StoredProduct};
use super::quality::{QualityKey, QualityNotes};
use super::tombstone::Tombstones;
use super::{clear, convert, erase, query, timing};
use crate::delta::{Delta, RowSource};
use crate::row::{self, StoredEvent, StoredKind};

/// The work of one transaction. Rows are written at once; what changes in the roll-ups is gathered and written at the
/// end, each cell once.
pub(super) struct ApplyTransaction<'t> {
    transaction: &'t Transaction<'t>,
    names: &'t mut Names,
    tombstones: &'t mut Tombstones,
    delta: Delta,
    senders: Senders,
    notes: QualityNotes,
    applied: Applied,
}

/// The events of a batch by day, and the sums of its reports.
type EncodedEvents = (BTreeMap<Day, Vec<StoredEvent>>, Vec<timing::ReportedSums>);

impl<'t> ApplyTransaction<'t> {
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        names: &'t mut Names,
        tombstones: &'t mut Tombstones,
    ) -> Self {
        Self {
            transaction,
            names,
            tombstones,
            delta: Delta::default(),
            senders: Senders::default(),
            notes: QualityNotes::default(),
            applied: Applied::default(),
        }
    }

    pub(super) fn apply(&mut self, fact: EntryFacts<'_>) -> Result<()> {
        match fact {
            EntryFacts::Batch(facts) => self.arrival(&facts),
            EntryFacts::Unreadable => {
                self.applied.refused += 1;
                Ok(())
            }
            EntryFacts::Erasure(erasure) => self.erasure(erasure),
            EntryFacts::Clearing(clearing) => self.clearing(clearing),
        }
    }

    /// Writes what was gathered.
    pub(super) fn finish(mut self) -> Result<Applied> {
        self.flush()?;
        self.notes.write(self.transaction)?;
        Ok(self.applied)
    }

    fn flush(&mut self) -> Result<()> {
        flush(self.transaction, &std::mem::take(&mut self.delta), &std::mem::take(&mut self.senders))
    }

    fn erasure(&mut self, erasure: &Erasure) -> Result<()> {
        // What was gathered of the installation must be in the tables to be taken out again.
        self.flush()?;
        let product = self.names.product(self.transaction, &erasure.product)?;
        let day = day_of(erasure.received);
        self.tombstones.add(self.transaction, &erasure.product, erasure.installation, day)?;
        erase::installation(self.transaction, product.id, erasure.installation)?;
        self.applied.erasures += 1;
        Ok(())
    }

    fn clearing(&mut self, clearing: &Clearing) -> Result<()> {
        self.flush()?;
        self.notes.write(self.transaction)?;
        let product = self.names.product(self.transaction, &clearing.product)?;
        clear::synthetic(self.transaction, product.id)
    }

    fn arrival(&mut self, facts: &Facts<'_>) -> Result<()> {
        let product = self.names.product(self.transaction, &facts.product)?;
        let context = self.names.context(self.transaction, product.id, &facts.header)?;
        let key = QualityKey { product: product.id, received: facts.received, context };
        let Some(repeat) = self.note_batch(facts)? else { return self.batch(facts, product, key) };
        let repeats = match repeat {
            QualityNote::Conflict => &mut self.applied.conflicts,
            _ => &mut self.applied.duplicates,
        };
        *repeats += 1;
        self.notes.add(key, repeat, 1);
        Ok(())
    }

    /// Notes the batch; returns what it repeats if one with its key was there before. The first in the order of the log
    /// wins.
    fn note_batch(&mut self, facts: &Facts<'_>) -> Result<Option<QualityNote>> {
        // 32 bits: half the bytes, and one conflict in four thousand million passes for a retry.
        let hash = facts.events_hash as i32;
        let sql = "INSERT OR IGNORE INTO batch VALUES (?1, ?2, ?3)";
        let id = facts.key.bytes();
        if query::execute(self.transaction, sql, params![id, hash, facts.received])? == 1 {
            return Ok(None);
        }
        let stored: i64 = query::value(self.transaction, "SELECT hash FROM batch WHERE id = ?1", [id])?;
        Ok(Some(if stored == i64::from(hash) { QualityNote::Duplicate } else { QualityNote::Conflict }))
    }

    fn batch(&mut self, facts: &Facts<'_>, product: StoredProduct, key: QualityKey) -> Result<()> {
        self.applied.batches += 1;
        self.notes.add(key, QualityNote::Batch, 1);
        if self.tombstones.has(self.transaction, &facts.product, facts.installation)? {
            self.applied.erased += facts.sent;
            self.notes.add(key, QualityNote::Erased, facts.sent);
            return Ok(());
        }
        for (reason, number) in &facts.drops {
            self.notes.add(key, QualityNote::Dropped(*reason), *number);
        }
        let (mut days, reports) = self.encode(facts, product, key)?;
        // Where no event was placed, the installation is kept as if seen on the day of receipt, and not for ever.
        let last = days.keys().next_back().copied().unwrap_or(facts.received);
        let id = facts.installation;
        let installation = self.names.installation(self.transaction, product.id, id, last)?;
        let sender = Sender { id, before: installation, sequence: installation.sequence };
        let sender = self.senders.entry((product.id, installation.number)).or_insert(sender);
        if !sender.sequence.note(facts.sequence) {
            self.notes.add(key, QualityNote::Cloned, 1);
        }
        for report in &reports {
            let grown = timing::grown(self.transaction, product.id, installation.number, report)?;
            if !grown.is_empty() {
                let event = StoredEvent { hour: report.at.hour, what: StoredKind::Timings(grown) };
                days.entry(report.at.day).or_default().push(event);
            }
        }
        for (day, events) in days {
            self.day(key, installation, day, &events)?;
        }
        Ok(())
    }

    /// The events of a batch by day, as they are stored, in the order of the batch.
    fn encode(
        &mut self,
        facts: &Facts<'_>,
        product: StoredProduct,
        key: QualityKey,
    ) -> Result<EncodedEvents> {
        let mut reports = Vec::new();
        let mut days: BTreeMap<Day, Vec<StoredEvent>> = BTreeMap::new();
        let mut links = Links::new(self.tombstones, &facts.product, product.id);
        let mut unplaced = facts.unplaced;
        for event in &facts.events {
            // Retention has passed over this day: its rows are gone, and one more would make it look whole.
            if event.at.day < product.raw_from {
                unplaced += 1;
                continue;
            }
            let what = convert::stored(self.transaction, self.names, &mut links, event)?;
            days.entry(event.at.day).or_default().push(StoredEvent { hour: event.at.hour, what });
            if let EventKind::Report(Report { timings: Some(timings), .. }) = &event.kind {
                reports.push(timing::reported(self.transaction, self.names, event.at, timings)?);
            }
        }
        self.applied.refused += facts.refused;
        self.applied.unplaced += unplaced;
        self.notes.add(key, QualityNote::Refused, facts.refused);
        self.notes.add(key, QualityNote::Unplaced, unplaced);
        Ok((days, reports))
    }

    fn day(
        &mut self,
        key: QualityKey,
        installation: StoredInstallation,
        day: Day,
        events: &[StoredEvent],
    ) -> Result<()> {
        // The part is the number of events of this installation and day up to and with this row: it ascends in the
        // order of the log, and it is what the cap needs.
        let sql = "SELECT max(part) FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
        let number = installation.number;
        let part: Option<i64> = query::value(self.transaction, sql, params![key.product, day, number])?;
        let times = events.iter().map(|event| event.what.times()).sum::<u64>();
        let part = u64::try_from(part.unwrap_or(0)).unwrap_or(0).saturating_add(times);
        if part > MAX_EVENTS_A_DAY {
            self.notes.add(key, QualityNote::OverCap, times);
            return Ok(());
        }
        let bytes = row::push_all(events);
        let part = i64::try_from(part).unwrap_or(i64::MAX);
        let sql = "INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        query::execute(self.transaction, sql, params![key.product, day, number, part, key.context, bytes])?;
        self.applied.events += times;
        let source = RowSource { product: key.product, installation: number, context: key.context, day };
        self.delta.add(source, events);
        Ok(())
    }
}
