//! One run of entries, inside one transaction.

use std::collections::{BTreeMap, HashMap};

use aboveboard_core::envelope::Envelope;
use aboveboard_core::event::{Kind, Report};
use aboveboard_core::id::Id;
use aboveboard_core::wire::Batch;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::convert::Links;
use super::flush::{Touched, flush};
use super::names::{Installation, Names, Product};
use super::tombstone::Tombstones;
use super::{clear, convert, erase, timing};
use crate::entry::{Arrival, Clearing, Entry, Erasure};
use crate::manifests::Manifests;
use crate::rollup::delta::{Delta, Source};
use crate::rollup::row::{self, Stored, What};
use crate::store::Applied;
use crate::store::calendar::{Day, day_of, place};

/// Most events of one installation that count for one day. An honest server that serves a busy console stays far
/// below it; what is above is set aside and counted, so that one sender cannot move a product's figures at will.
const MAX_EVENTS_A_DAY: i64 = 50_000;

/// Most that one batch may add to one counter of dropped events: a hostile sender must not drown the honest ones.
const MAX_DROPS: u64 = 1_000_000;

/// The work of one transaction.
pub(super) struct Run<'t> {
    transaction: &'t Transaction<'t>,
    names: &'t mut Names,
    tombstones: &'t mut Tombstones,
    manifests: &'t Manifests,
    delta: Delta,
    touched: Touched,
    quality: HashMap<(u32, Day, u32, String), u64>,
    applied: Applied,
}

/// Where what is told of a batch is counted: product, day of receipt, context.
type Desk = (u32, Day, u32);

/// The events of a batch by day, and the sums that its servers told.
type Placed = (BTreeMap<Day, Vec<Stored>>, Vec<timing::Told>);

/// Whether a batch was there before.
enum Seen {
    Never,
    Same,
    Other,
}

impl<'t> Run<'t> {
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        names: &'t mut Names,
        tombstones: &'t mut Tombstones,
        manifests: &'t Manifests,
    ) -> Self {
        Self {
            transaction,
            names,
            tombstones,
            manifests,
            delta: Delta::default(),
            touched: Touched::default(),
            quality: HashMap::new(),
            applied: Applied::default(),
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        match entry {
            Entry::Batch(arrival) => self.arrival(arrival),
            Entry::Erasure(erasure) => self.erasure(erasure),
            Entry::Clearing(clearing) => self.clearing(clearing),
        }
    }

    /// Writes what was gathered.
    pub(super) fn finish(mut self) -> rusqlite::Result<Applied> {
        self.flush()?;
        self.notes()?;
        Ok(self.applied)
    }

    /// Writes what was noted.
    fn notes(&mut self) -> rusqlite::Result<()> {
        let mut add = self.transaction.prepare_cached(
            "INSERT INTO quality VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET n = n + excluded.n",
        )?;
        for ((product, day, context, what), n) in self.quality.drain() {
            add.execute(params![product, day, what, context, i64::try_from(n).unwrap_or(i64::MAX)])?;
        }
        Ok(())
    }

    fn flush(&mut self) -> rusqlite::Result<()> {
        flush(self.transaction, &std::mem::take(&mut self.delta), &std::mem::take(&mut self.touched))
    }

    fn note(&mut self, (product, day, context): Desk, what: &str, n: u64) {
        if n > 0 {
            let sum = self.quality.entry((product, day, context, what.to_owned())).or_default();
            *sum = sum.saturating_add(n);
        }
    }

    fn erasure(&mut self, erasure: &Erasure) -> rusqlite::Result<()> {
        // What this run gathered of the installation must be in the tables to be taken out again.
        self.flush()?;
        let product = self.names.product(self.transaction, &erasure.product)?;
        let day = day_of(erasure.received);
        self.tombstones.add(self.transaction, &erasure.product, erasure.installation, day)?;
        erase::installation(self.transaction, product.id, erasure.installation)?;
        self.applied.erasures += 1;
        Ok(())
    }

    fn clearing(&mut self, clearing: &Clearing) -> rusqlite::Result<()> {
        self.flush()?;
        self.notes()?;
        let product = self.names.product(self.transaction, &clearing.product)?;
        self.applied.cleared += clear::synthetic(self.transaction, product.id)?;
        Ok(())
    }

    fn arrival(&mut self, arrival: &Arrival) -> rusqlite::Result<()> {
        // What does not read was never acknowledged, since the door checks it. It is counted all the same.
        let Some((batch, envelope)) = read(&arrival.body) else {
            self.applied.refused += 1;
            return Ok(());
        };
        let product = self.names.product(self.transaction, &batch.product)?;
        let context = self.names.context(self.transaction, product.id, &envelope.header)?;
        let desk = (product.id, day_of(arrival.received), context);
        match self.seen(envelope.batch, &arrival.body, desk.1)? {
            Seen::Never => self.batch(arrival, &batch, &envelope, product, desk),
            Seen::Same => {
                self.applied.duplicates += 1;
                self.note(desk, "duplicate", 1);
                Ok(())
            }
            Seen::Other => {
                self.applied.conflicts += 1;
                self.note(desk, "conflict", 1);
                Ok(())
            }
        }
    }

    /// The first in the order of the log wins.
    fn seen(&mut self, batch: Id, body: &[u8], day: Day) -> rusqlite::Result<Seen> {
        // 32 bits: half the bytes, and one conflict in four thousand million passes for a retry.
        let hash = super::hash::body(body) as i32;
        let fresh = self
            .transaction
            .prepare_cached("INSERT OR IGNORE INTO batch VALUES (?1, ?2, ?3)")?
            .execute(params![batch.bytes(), hash, day])?;
        if fresh == 1 {
            return Ok(Seen::Never);
        }
        let known: i64 = self
            .transaction
            .prepare_cached("SELECT hash FROM batch WHERE id = ?1")?
            .query_row(params![batch.bytes()], |row| row.get(0))?;
        // Schema 1 kept 64 bits.
        Ok(if known as i32 == hash { Seen::Same } else { Seen::Other })
    }

    fn batch(
        &mut self,
        arrival: &Arrival,
        batch: &Batch<'_>,
        envelope: &Envelope,
        product: Product,
        desk: Desk,
    ) -> rusqlite::Result<()> {
        self.applied.batches += 1;
        self.note(desk, "batch", 1);
        if self.tombstones.has(self.transaction, &batch.product, envelope.installation)? {
            self.applied.erased += batch.events.len() as u64;
            self.note(desk, "erased", batch.events.len() as u64);
            return Ok(());
        }
        for (reason, n) in batch.outcomes().unwrap_or_default() {
            self.note(desk, &format!("drop:{}", reason.name()), n.min(MAX_DROPS));
        }
        let (mut days, timings) = self.place(arrival, batch, envelope, product, desk)?;
        // Who sent nothing that was placed is kept as if seen on the day of receipt, and not for ever.
        let last = days.keys().next_back().copied().unwrap_or(desk.1);
        let id = envelope.installation;
        let installation = self.names.installation(self.transaction, product.id, id, last)?;
        self.sequence(product, envelope, installation, desk);
        for told in &timings {
            let grown = timing::grown(self.transaction, product.id, installation.number, told)?;
            if !grown.is_empty() {
                let event = Stored { hour: told.place.hour, what: What::Timings(grown) };
                days.entry(told.place.day).or_default().push(event);
            }
        }
        for (day, events) in days {
            self.day(product, desk, installation, day, &events)?;
        }
        Ok(())
    }

    /// The events of a batch by their day, as they are stored, in the order of the batch.
    fn place(
        &mut self,
        arrival: &Arrival,
        batch: &Batch<'_>,
        envelope: &Envelope,
        product: Product,
        desk: Desk,
    ) -> rusqlite::Result<Placed> {
        let mut timings = Vec::new();
        let mut days: BTreeMap<Day, Vec<Stored>> = BTreeMap::new();
        let (mut refused, mut unplaced) = (u64::from(arrival.refused), 0);
        let mut links = Links::new(self.tombstones, &batch.product, product.id);
        let declaration = self.manifests.declaration(&batch.product, envelope.revision);
        for event in &batch.events {
            let checked = declaration.as_deref().and_then(|d| event.check(envelope.header.component, d).ok());
            let Some(checked) = checked else {
                refused += 1;
                continue;
            };
            let Some(place) = place(checked.time, arrival.skew, arrival.received) else {
                unplaced += 1;
                continue;
            };
            // Retention has passed over this day: its rows are gone, and one more would make it look whole.
            if place.day < product.raw_from {
                unplaced += 1;
                continue;
            }
            let what = convert::stored(
                self.transaction,
                self.names,
                &mut links,
                (place.day, declaration.as_deref()),
                &checked.kind,
            )?;
            days.entry(place.day).or_default().push(Stored { hour: place.hour, what });
            if let Kind::Report(Report { timings: Some(of), .. }) = &checked.kind {
                timings.push(timing::told(self.transaction, self.names, place, of)?);
            }
        }
        self.applied.refused += refused;
        self.applied.unplaced += unplaced;
        self.note(desk, "refused", refused);
        self.note(desk, "unplaced", unplaced);
        Ok((days, timings))
    }

    /// Two disks with the same id send the same sequence numbers in different batches.
    fn sequence(&mut self, product: Product, envelope: &Envelope, installation: Installation, desk: Desk) {
        let touched = self.touched.entry(product.id, envelope.installation, installation);
        if !touched.sequence(envelope.sequence) {
            self.note(desk, "cloned", 1);
        }
    }

    fn day(
        &mut self,
        product: Product,
        desk: Desk,
        installation: Installation,
        day: Day,
        events: &[Stored],
    ) -> rusqlite::Result<()> {
        let bytes = row::push_all(events);
        // The part is the number of events of this installation and day up to and with this row: it ascends in the
        // order of the log, and it is what the cap needs.
        let part: Option<i64> = self
            .transaction
            .prepare_cached(
                "SELECT max(part) FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3",
            )?
            .query_row(params![product.id, day, installation.number], |row| row.get(0))
            .optional()?
            .flatten();
        let times = events.iter().map(|event| event.what.times()).sum::<u64>();
        let part = part.unwrap_or(0).saturating_add(i64::try_from(times).unwrap_or(i64::MAX));
        if part > MAX_EVENTS_A_DAY {
            self.note(desk, "over-cap", times);
            return Ok(());
        }
        self.transaction
            .prepare_cached("INSERT INTO row VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![product.id, day, installation.number, part, desk.2, bytes])?;
        self.applied.events += times;
        let source = Source { product: product.id, installation: installation.number, context: desk.2, day };
        self.delta.add(source, events);
        Ok(())
    }
}

fn read(body: &[u8]) -> Option<(Batch<'_>, Envelope)> {
    let batch: Batch<'_> = serde_json::from_slice(body).ok()?;
    let envelope = batch.envelope().ok()?;
    Some((batch, envelope))
}
