//! Writing a database into a cluster.

use std::sync::Arc;

use aboveboard_replay::{Backend, Block, Book, ClusterKey, JournalEntry, MOVE_BEGUN, MOVE_COMPARED, Order};
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;

use super::compare::compare;
use super::error::MigrationError;
use super::progress::{MoveProgress, Moved};
use crate::database::Transfer;

/// A move of a database to a cluster.
pub(super) struct Move<'m, B: Backend> {
    pub(super) transfer: &'m mut Transfer,
    pub(super) backend: Arc<B>,
    pub(super) key: ClusterKey,
    /// What the collector keeps beside its database and others must know: documents.
    pub(super) documents: Vec<JournalEntry>,
    pub(super) progress: &'m mut dyn FnMut(MoveProgress),
}

impl<B: Backend> Move<'_, B> {
    /// Brings into the cluster what is not there yet, and compares every figure.
    pub(super) fn run(&mut self) -> Result<Moved, MigrationError> {
        self.begin()?;
        let days = self.transfer.days().len();
        if self.book()?.document(MOVE_COMPARED).is_some() {
            return Ok(Moved { days, figures: None });
        }
        self.days()?;
        (self.progress)(MoveProgress::Rest);
        for (product, before, sets) in self.transfer.retired()? {
            self.backend.retire(&product, before, &sets)?;
        }
        self.rest()?;
        (self.progress)(MoveProgress::Comparing);
        let figures = compare(self.transfer, &self.backend, &self.key)?;
        let fingerprint = self.transfer.fingerprint()?;
        self.note(&[JournalEntry::Document { name: MOVE_COMPARED.to_owned(), text: fingerprint }])?;
        Ok(Moved { days, figures: Some(figures) })
    }

    /// Fails where the cluster is not empty and was not filled from this database as it is now.
    fn check(&mut self) -> Result<(), MigrationError> {
        let book = self.book()?;
        if let Some(begun) = book.document(MOVE_BEGUN) {
            return if begun == self.transfer.fingerprint()? { Ok(()) } else { Err(MigrationError::Changed) };
        }
        if book.closed_days().next().is_some() {
            return Err(MigrationError::NotEmpty("it has closed days"));
        }
        if !self.backend.blocks(Day::MIN)?.is_empty() {
            return Err(MigrationError::NotEmpty("a collector has brought batches"));
        }
        if book.nodes().any(|node| node != self.backend.node() && !book.is_retired(node)) {
            return Err(MigrationError::NotEmpty("another collector belongs to it"));
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), MigrationError> {
        self.check()?;
        if self.book()?.document(MOVE_BEGUN).is_none() {
            let fingerprint = self.transfer.fingerprint()?;
            self.note(&[JournalEntry::Document { name: MOVE_BEGUN.to_owned(), text: fingerprint }])?;
            // Somebody else may have begun meanwhile; the first in the order stands.
            self.check()?;
        }
        Ok(())
    }

    fn days(&mut self) -> Result<(), MigrationError> {
        let days = self.transfer.days().to_vec();
        for (place, day) in days.iter().enumerate() {
            let book = self.book()?;
            if (0..self.backend.shards()).any(|shard| book.closed(shard, *day).is_none()) {
                let parts = self.transfer.day(*day)?;
                for (part, shard) in parts.iter().zip(0..) {
                    self.backend.close(shard, *day, part)?;
                }
            }
            (self.progress)(MoveProgress::Days { done: place + 1, of: days.len() });
        }
        Ok(())
    }

    /// Writes what hangs on no day, and lets this collector stand where the database does.
    fn rest(&mut self) -> Result<(), MigrationError> {
        let end = self.transfer.position()?;
        let at = beginning(self.transfer.days().last().map_or(0, |day| day.saturating_add(1)));
        let mut entries = self.transfer.journal()?;
        entries.append(&mut self.documents);
        if end == Position(0) {
            // Nothing was ever applied, so there is no block either.
            self.note(&entries)?;
        } else if self.backend.position()?.0 == Position(0) {
            let order = self.place();
            let journal = entries.into_iter().map(|entry| (order, entry)).collect();
            self.backend.append(Block { batches: Vec::new(), journal, end, at })?;
        }
        self.backend.flush()?;
        Ok(())
    }

    /// The place in the order of what was decided before the cluster was there: before everything that happens in it.
    fn place(&self) -> Order {
        let first = self.transfer.days().first().copied().unwrap_or_default();
        Order { at: beginning(first).saturating_sub(1), node: self.backend.node(), position: Position(0) }
    }

    fn note(&self, entries: &[JournalEntry]) -> Result<(), MigrationError> {
        Ok(self.backend.note(self.place().at, entries)?)
    }

    fn book(&self) -> Result<Book, MigrationError> {
        Ok(Book::new(self.backend.journal()?))
    }
}

fn beginning(day: Day) -> i64 {
    i64::from(day) * SECONDS_A_DAY
}
