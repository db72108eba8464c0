//! Applying facts, inside one transaction.

use std::collections::BTreeMap;

use aboveboard_store::Applied;
use aboveboard_store::amendment::Amendment;
use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::entry::{Clearing, Erasure};
use aboveboard_store::facts::{EntryFacts, Facts, ProductTerms};
use aboveboard_store::growth::GrowthAllowance;
use aboveboard_store::limits::MAX_DROPS;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::read::QualityNote;
use aboveboard_store::tally::DayTally;
use aboveboard_types::event::{EventKind, Report};
use rusqlite::{Result, Transaction, params};

use super::amend::{self, AmendmentScope};
use super::flush::{Sender, Senders, flush};
use super::links::{self, Links};
use super::names::{Names, StoredInstallation, StoredProduct, find_installation};
use super::processes::Processes;
use super::quality::{QualityKey, QualityNotes};
use super::receipts::Receipts;
use super::sender::BatchSender;
use super::tombstone::Tombstones;
use super::weight::Weights;
use super::{clear, convert, erase, query, rows, timing};
use crate::delta::{Delta, RowSource};
use crate::row::{self, InstallationNumber, StoredEvent, StoredKind};

/// The work of one transaction. Rows are written at once; what changes in the roll-ups is gathered and written at the
/// end, each cell once.
pub(super) struct ApplyTransaction<'t> {
    transaction: &'t Transaction<'t>,
    names: &'t mut Names,
    tombstones: &'t mut Tombstones,
    delta: Delta,
    senders: Senders,
    notes: QualityNotes,
    receipts: Receipts,
    applied: Applied,
}

/// The events of a batch by day, and the sums of its reports.
type EncodedEvents = (BTreeMap<Day, Vec<StoredEvent>>, Vec<timing::ReportedTimings>);

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
            receipts: Receipts::default(),
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
            EntryFacts::Amendment(amendment, terms) => self.amendment(amendment, terms),
        }
    }

    /// Writes what was gathered.
    pub(super) fn finish(mut self) -> Result<Applied> {
        self.flush()?;
        self.notes.write(self.transaction)?;
        Ok(self.applied)
    }

    fn flush(&mut self) -> Result<()> {
        flush(self.transaction, &std::mem::take(&mut self.delta), &std::mem::take(&mut self.senders))?;
        std::mem::take(&mut self.receipts).write(self.transaction)
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

    fn amendment(&mut self, amendment: &Amendment, terms: ProductTerms<'_>) -> Result<()> {
        self.flush()?;
        self.notes.write(self.transaction)?;
        let product = self.names.product(self.transaction, &amendment.product)?;
        let day = day_of(amendment.received);
        let of = AmendmentScope { product: product.id, day, report_interval: terms.report_interval };
        amend::amend(self.transaction, of, &amendment.change)?;
        *self.names = Names::default();
        Ok(())
    }

    fn arrival(&mut self, facts: &Facts<'_>) -> Result<()> {
        let product = self.names.product(self.transaction, &facts.product)?;
        let known = find_installation(self.transaction, product.id, facts.installation)?;
        let before = known.and_then(|known| self.senders.get(&(product.id, known.number)));
        let first = before.map(|before| before.received).or(known.and_then(|known| known.received));
        let sender = BatchSender::of(facts, product.id, first);
        let received = facts.received;
        if let Some(repeat) = self.note_batch(facts)? {
            let context = self.names.noted_context(self.transaction, &sender, &facts.header)?;
            let repeats = match repeat {
                QualityNote::Conflict => &mut self.applied.conflicts,
                _ => &mut self.applied.duplicates,
            };
            *repeats += 1;
            self.notes.add(QualityKey { product: product.id, received, context }, repeat, 1);
            return Ok(());
        }
        self.applied.batches += 1;
        if self.tombstones.has(self.transaction, &facts.product, facts.installation)? {
            let context = self.names.noted_context(self.transaction, &sender, &facts.header)?;
            let key = QualityKey { product: product.id, received, context };
            self.notes.add(key, QualityNote::Batch, 1);
            self.applied.erased += facts.sent;
            self.notes.add(key, QualityNote::Erased, facts.sent);
            return Ok(());
        }
        self.batch(facts, product, &sender, known)
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

    fn batch(
        &mut self,
        facts: &Facts<'_>,
        product: StoredProduct,
        of: &BatchSender<'_>,
        known: Option<StoredInstallation>,
    ) -> Result<()> {
        let context = self.names.context(self.transaction, of, &facts.header)?;
        let key = QualityKey { product: product.id, received: facts.received, context: context.number };
        self.notes.add(key, QualityNote::Batch, 1);
        self.receipts.batch(product.id, &facts.header, facts.received_at);
        let reported = self.reported(facts, product, known)?;
        // Where no event was placed, the installation is kept as if seen on the day of receipt, and not for ever.
        let placed = facts.events.iter().map(|event| event.at.day).filter(|day| *day >= product.raw_from);
        let last = placed.max().unwrap_or(facts.received);
        let id = facts.installation;
        let named = (product.id, &*facts.product);
        let component = facts.header.component;
        let installation = links::installation(self.transaction, named, id, component, known, last)?;
        let (mut days, reports) = self.encode(facts, product, of, key, installation.number, reported)?;
        let sender = Sender {
            id,
            before: installation,
            sequence: installation.sequence,
            received: installation.received.unwrap_or(facts.received),
            spent: installation.spent,
            drops: installation.drops,
            heard: installation.heard,
            presences: BTreeMap::new(),
        };
        let sender = self.senders.entry((product.id, installation.number)).or_insert(sender);
        if !sender.sequence.note(facts.sequence) {
            self.notes.add(key, QualityNote::Cloned, 1);
        }
        let weights = Weights {
            transaction: self.transaction,
            product: product.id,
            received: facts.received,
            standing: of.standing,
        };
        for (reason, number) in &facts.drops {
            let left = weights.left("drops", |weight| weight.left(MAX_DROPS))?;
            let counted = sender.drops.add(facts.received, left.min(*number));
            weights.add("drops", counted)?;
            self.notes.add(key, QualityNote::Dropped(*reason), counted);
        }
        let mut allowance = GrowthAllowance::at(facts.received_at, sender.spent);
        // The time since a report without timings counts for the next one too.
        if days.values().flatten().any(|event| event.what.is_report()) {
            sender.spent = Some(allowance.spent_until());
        }
        if !reports.is_empty() {
            let mut processes = Processes::load(self.transaction, product.id, installation.number)?;
            for report in &reports {
                let (sums, is_cut) = timing::grown(&mut processes, report, &weights, &mut allowance)?;
                if is_cut {
                    self.applied.overgrown += 1;
                    self.notes.add(key, QualityNote::Overgrown, 1);
                }
                if !sums.is_empty() {
                    let event = StoredEvent { hour: report.at.hour, what: StoredKind::Timings(sums) };
                    days.entry(report.at.day).or_default().push(event);
                }
            }
            processes.store(self.transaction, product.id, installation.number)?;
            sender.spent = Some(allowance.spent_until());
        }
        if context.is_other {
            self.applied.other_versions += 1;
            self.notes.add(key, QualityNote::OtherVersion, 1);
        }
        let sent = context.is_other.then(|| pack_version(facts.header.version));
        let mut presences = Vec::new();
        for (day, events) in days {
            if self.day(key, facts.received_at, installation, day, sent, events)? {
                presences.extend(facts.presence.and_then(|shown| shown.on(day)));
            }
        }
        if let Some(sender) = self.senders.get_mut(&(product.id, installation.number)) {
            if facts.terms.publishes {
                sender.heard = sender.heard.max(Some(facts.received));
            }
            sender.presences.extend(presences.into_iter().map(|presence| (presence.days, presence)));
        }
        Ok(())
    }

    /// How many reports of the installation count already for the days of the batch.
    fn reported(
        &self,
        facts: &Facts<'_>,
        product: StoredProduct,
        known: Option<StoredInstallation>,
    ) -> Result<BTreeMap<Day, u64>> {
        let mut days = BTreeMap::new();
        let Some(known) = known else { return Ok(days) };
        for event in &facts.events {
            let day = event.at.day;
            if matches!(event.kind, EventKind::Report(_)) && !days.contains_key(&day) {
                days.insert(day, rows::tally(self.transaction, product.id, day, known.number)?.reports);
            }
        }
        Ok(days)
    }

    /// The events of a batch by day, as they are stored, in the order of the batch.
    fn encode(
        &mut self,
        facts: &Facts<'_>,
        product: StoredProduct,
        sender: &BatchSender<'_>,
        key: QualityKey,
        number: InstallationNumber,
        mut reported: BTreeMap<Day, u64>,
    ) -> Result<EncodedEvents> {
        let max_reports = facts.terms.max_reports_a_day();
        let mut over_cap = 0;
        let mut reports = Vec::new();
        let mut days: BTreeMap<Day, Vec<StoredEvent>> = BTreeMap::new();
        let mut links = Links::new(product.id, facts.installation, number);
        let mut unplaced = facts.unplaced;
        let mut other_versions = 0;
        for event in &facts.events {
            // Retention has passed over this day: its rows are gone, and one more would make it look whole.
            if event.at.day < product.raw_from {
                unplaced += 1;
                continue;
            }
            if let EventKind::Report(_) = &event.kind {
                let reports = reported.entry(event.at.day).or_default();
                *reports += 1;
                if *reports > max_reports {
                    over_cap += 1;
                    continue;
                }
            }
            let what = convert::stored(self.transaction, self.names, &mut links, sender, event)?;
            other_versions += convert::other_versions(&what);
            days.entry(event.at.day).or_default().push(StoredEvent { hour: event.at.hour, what });
            if let EventKind::Report(Report { timings: Some(timings), .. }) = &event.kind {
                reports.push(timing::reported(self.transaction, self.names, event.at, timings, facts)?);
            }
        }
        self.applied.refused += facts.refused;
        self.applied.unplaced += unplaced;
        self.applied.other_versions += other_versions;
        self.applied.over_cap += over_cap;
        self.notes.add(key, QualityNote::OtherVersion, other_versions);
        self.notes.add(key, QualityNote::OverCap, over_cap);
        self.notes.add(key, QualityNote::Refused, facts.refused);
        self.notes.add(key, QualityNote::Unplaced, unplaced);
        Ok((days, reports))
    }

    /// Writes the row of one day, and returns whether anything of it counts. `sent` is the version that was sent, where the
    /// context has another.
    fn day(
        &mut self,
        key: QualityKey,
        received_at: i64,
        installation: StoredInstallation,
        day: Day,
        sent: Option<u64>,
        mut events: Vec<StoredEvent>,
    ) -> Result<bool> {
        // The part is the number of events of this installation and day up to and with this row: it ascends in the
        // order of the log, and it is what the cap needs. So is the number of reports.
        let number = installation.number;
        let before = rows::tally(self.transaction, key.product, day, number)?;
        let mut plain = row::push_all(&events);
        let mut more = tally_of(&events, plain.len());
        if !before.has_room_for(&more) {
            let all = more.events;
            events.retain(|event| event.what.is_report());
            plain = row::push_all(&events);
            more = tally_of(&events, plain.len());
            self.applied.over_cap += all - more.events;
            self.notes.add(key, QualityNote::OverCap, all - more.events);
            if events.is_empty() {
                return Ok(false);
            }
        }
        let tally = before.with(&more);
        let source = RowSource { product: key.product, installation: number, context: key.context, day };
        self.delta.add(source, &events);
        self.receipts.events(source, received_at, &events);
        let mut all = Vec::new();
        if let Some(version) = sent {
            row::push(&mut all, &StoredEvent { hour: 0, what: StoredKind::SentVersion(version) });
        }
        all.extend(plain);
        let whole = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let sql = "INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let DayTally { events: part, reports, bytes, report_bytes } = tally;
        let params = params![
            key.product,
            day,
            number,
            whole(part),
            key.context,
            row::deflated(all),
            whole(reports),
            whole(bytes),
            whole(report_bytes)
        ];
        query::execute(self.transaction, sql, params)?;
        self.applied.events += more.events;
        Ok(true)
    }
}

/// What events of one day take of it; `bytes` is the length of their stored form.
fn tally_of(events: &[StoredEvent], bytes: usize) -> DayTally {
    let reports = events.iter().filter(|event| event.what.is_report());
    DayTally {
        events: events.iter().map(|event| event.what.times()).fold(0, u64::saturating_add),
        reports: events.iter().filter(|event| matches!(event.what, StoredKind::Report(_))).count() as u64,
        bytes: bytes as u64,
        report_bytes: row::push_all(reports).len() as u64,
    }
}
