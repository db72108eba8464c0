//! Applying entries of the log: from what they say to a block that other collectors read.

use std::sync::Arc;
use std::time::Instant;

use aboveboard_store::amendment::Amendment;
use aboveboard_store::calendar::day_of;
use aboveboard_store::entry::{Clearing, Erasure, Position};
use aboveboard_store::facts::{EntryFacts, Facts, ProductTerms};
use aboveboard_store::read::QualityNote;
use aboveboard_store::{Applied, EntryRange, StoreError};

use super::ahead::Ahead;
use super::amend;
use super::hearing::Hearing;
use super::moment::{Moment, Shared, refuse};
use crate::backend::{Backend, Block};
use crate::batch::SentKind;
use crate::closed::ClosedDays;
use crate::journal::{JournalEntry, RemovalKind};
use crate::order::{NodeId, Order};
use crate::outcome::{Fate, Outcome};

/// Most entries that closed days are asked about at once: what they say is in memory together. A question costs the database about as much
/// for a hundred installations as for thousands, so all that a call applies by default are asked about in one.
const MAX_AHEAD: usize = 4_096;

/// Applies what entries of the log say, and takes what comes of it for the cluster. Nothing of it is lost by a kill once this returns.
pub(super) fn apply<B: Backend>(
    shared: &Shared<B>,
    hearing: &mut Hearing,
    moment: &mut Moment,
    range: &EntryRange<'_>,
) -> Result<Applied, StoreError> {
    let (from, _) = shared.backend.position()?;
    let mut left_from = None;
    let mut call = Call::new(shared, hearing, &mut *moment)?;
    let began = Instant::now();
    let mut is_first = true;
    let mut facts = range.facts_from(from);
    'all: loop {
        let next: Vec<_> = facts.by_ref().take(MAX_AHEAD).collect();
        if next.is_empty() {
            break;
        }
        call.look_ahead(&next)?;
        for (position, fact) in next {
            if !is_first && began.elapsed() >= range.max_time() {
                left_from = Some(position);
                break 'all;
            }
            call.entry(position, fact)?;
            is_first = false;
        }
    }
    let (mut block, applied) = call.end();
    block.end = left_from.unwrap_or(range.end());
    if block.end > from {
        shared.backend.append(block.clone())?;
        moment.keep(from, block, &*shared.backend);
    }
    Ok(Applied { left_from, ..applied })
}

/// The earliest time of the order that the next entry of this collector may have.
pub(super) fn floor<B: Backend>(shared: &Shared<B>, moment: &Moment) -> Result<i64, StoreError> {
    let backend = &*shared.backend;
    let (end, at) = backend.position()?;
    let book = &moment.book;
    let open_from = book.open_from(backend.shards());
    // What was noted of no log stands before the entry that comes next.
    let noted = book.noted_at(backend.node(), end).map_or(i64::MIN, |at| at.saturating_add(1));
    let mark = book.mark_of(backend.node()).unwrap_or(i64::MIN);
    Ok(at.max(open_from).max(noted).max(mark))
}

/// One call.
struct Call<'c, B: Backend> {
    shared: &'c Shared<B>,
    hearing: &'c mut Hearing,
    moment: &'c mut Moment,
    closed: Box<dyn ClosedDays + 'c>,
    ahead: Ahead,
    node: NodeId,
    at: i64,
    block: Block,
    /// Entries for the journal that the moment has not heard yet: many erasures are heard at once.
    unheard: Vec<(Order, JournalEntry)>,
    applied: Applied,
}

impl<'c, B: Backend> Call<'c, B> {
    fn new(
        shared: &'c Shared<B>,
        hearing: &'c mut Hearing,
        moment: &'c mut Moment,
    ) -> Result<Self, StoreError> {
        let node = shared.backend.node();
        if moment.book.is_retired(node) {
            return Err(refuse(
                "this collector was retired from the cluster: what it sends is not waited for any more. Give it \
                 a new number",
            ));
        }
        let closed = shared.backend.closed(moment.book.entries())?;
        let at = floor(shared, moment)?;
        let applied = Applied::default();
        Ok(Self {
            shared,
            hearing,
            moment,
            closed,
            ahead: Ahead::default(),
            node,
            at,
            block: Block::default(),
            unheard: Vec::new(),
            applied,
        })
    }

    /// What came of it.
    fn end(mut self) -> (Block, Applied) {
        self.listen();
        (Block { at: self.at, ..self.block }, self.applied)
    }

    /// Asks closed days for what these entries need.
    fn look_ahead(&mut self, next: &[(Position, EntryFacts<'_>)]) -> Result<(), StoreError> {
        let facts = next.iter().map(|(_, fact)| fact);
        self.ahead = Ahead::of(facts, &self.shared.key, &self.moment.open, &*self.closed)?;
        Ok(())
    }

    fn entry(&mut self, position: Position, fact: EntryFacts<'_>) -> Result<(), StoreError> {
        let place = |call: &mut Self, received: i64| {
            call.at = call.at.max(received);
            Order { at: call.at, node: call.node, position }
        };
        match fact {
            EntryFacts::Batch(facts) => {
                let order = place(self, facts.received_at);
                self.batch(&facts, order)
            }
            EntryFacts::Unreadable => {
                self.applied.refused += 1;
                Ok(())
            }
            EntryFacts::Erasure(erasure) => {
                let order = place(self, erasure.received);
                self.erasure(erasure, order);
                Ok(())
            }
            EntryFacts::Clearing(clearing) => {
                let order = place(self, clearing.received);
                self.clearing(clearing, order)
            }
            EntryFacts::Amendment(amendment, terms) => {
                let order = place(self, amendment.received);
                self.amendment(amendment, &terms, order)
            }
        }
    }

    fn batch(&mut self, facts: &Facts<'_>, order: Order) -> Result<(), StoreError> {
        // That a version has a name by its turn changes nothing of what came before.
        if self.unheard.iter().any(|(_, entry)| !matches!(entry, JournalEntry::Named { .. })) {
            self.listen();
        }
        let installation = self.shared.key.of_installation(&facts.product, facts.installation);
        let Moment { open, book, .. } = &*self.moment;
        let sender = self.ahead.sender(&facts.product, installation, facts.key, order, open, book);
        let (batch, named) = self.hearing.admission.admit(facts, order, &sender);
        self.write(order, named);
        let Moment { open, book, .. } = &mut *self.moment;
        let closed = self.ahead.over(&*self.closed);
        let added = Arc::make_mut(open).take_in([batch.clone()], book, &closed)?;
        if let Some((_, outcome)) = added.first() {
            self.hearing.admission.count(&batch, outcome);
            count(&mut self.applied, outcome);
        }
        self.block.batches.push(batch);
        Ok(())
    }

    fn erasure(&mut self, erasure: &Erasure, order: Order) {
        self.applied.erasures += 1;
        let removal = JournalEntry::Removal {
            product: erasure.product.clone(),
            installation: self.shared.key.of_installation(&erasure.product, erasure.installation),
            kind: RemovalKind::Erasure,
            received: day_of(erasure.received),
        };
        self.write(order, vec![removal]);
    }

    fn clearing(&mut self, clearing: &Clearing, order: Order) -> Result<(), StoreError> {
        self.listen();
        let entries = amend::clear(self.shared, self.moment, clearing)?;
        let removals = entries.iter().filter(|entry| matches!(entry, JournalEntry::Removal { .. }));
        self.applied.cleared += removals.count() as u64;
        self.write(order, entries);
        Ok(())
    }

    fn amendment(
        &mut self,
        amendment: &Amendment,
        terms: &ProductTerms<'_>,
        order: Order,
    ) -> Result<(), StoreError> {
        self.listen();
        let entries = amend::amend(self.shared, self.moment, amendment, terms.report_interval)?;
        self.write(order, entries);
        Ok(())
    }

    /// Takes entries for the journal.
    fn write(&mut self, order: Order, entries: Vec<JournalEntry>) {
        self.hearing.hear(order, &entries);
        self.block.journal.extend(entries.iter().map(|entry| (order, entry.clone())));
        self.unheard.extend(entries.into_iter().map(|entry| (order, entry)));
    }

    /// Lets the moment hear what was written.
    fn listen(&mut self) {
        self.moment.hear(&std::mem::take(&mut self.unheard));
    }
}

/// Counts what became of a batch.
fn count(applied: &mut Applied, outcome: &Outcome) {
    match outcome.fate {
        Fate::Counted | Fate::Erased => applied.batches += 1,
        Fate::Duplicate => applied.duplicates += 1,
        Fate::Conflict => applied.conflicts += 1,
    }
    for (note, number) in &outcome.notes {
        match note {
            QualityNote::Unplaced => applied.unplaced += number,
            QualityNote::Refused => applied.refused += number,
            QualityNote::OverCap => applied.over_cap += number,
            QualityNote::Erased => applied.erased += number,
            QualityNote::OtherVersion => applied.other_versions += number,
            QualityNote::Overgrown => applied.overgrown += number,
            QualityNote::Batch
            | QualityNote::Duplicate
            | QualityNote::Conflict
            | QualityNote::Cloned
            | QualityNote::Dropped(_) => {}
        }
    }
    for event in outcome.rows.iter().flat_map(|row| &row.events) {
        applied.events += match &event.what {
            SentKind::Declared { times, .. } => *times,
            SentKind::Requests(_) => 0,
            SentKind::Command { .. } | SentKind::Console { .. } | SentKind::Report { .. } => 1,
        };
    }
}
