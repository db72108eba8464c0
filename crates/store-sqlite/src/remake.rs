//! Changing rows that are there, and every roll-up with them: in parts, each a transaction of its own.
//!
//! A step passes over the rows of a day and up to 4,096 installations. What a row added to the cube is taken out of it, and
//! what it says now is added; sets lose an installation that no row of the day puts there any more. So nothing has to be
//! summed up anew that did not change, and the figures are right after every step.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use aboveboard_store::RemovalProgress;
use aboveboard_store::amendment::Change;
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::versions::OTHER;
use rusqlite::{Connection, Result, Transaction, params};

use super::block::{self, EncodedRow};
use super::flush::{Senders, flush};
use super::names::Names;
use super::sets::{SetTable, Sets};
use super::versions::version_key;
use super::{contexts, dictionary, query, receipts};
use crate::chunk::{SetChunk, numbers_of, place_of};
use crate::delta::{Delta, RowSource, Use, UsedKey, uses};
use crate::row::{self, InstallationNumber, NameNumber, StoredEvent, StoredKind, StoredValue};

/// A part ends with the step that passes this: applying what arrives waits for a part.
const MAX_PART: Duration = Duration::from_millis(300);

/// What is stored of a change under way.
struct Remake {
    id: i64,
    product: u32,
    change: String,
    day: Day,
    chunk: u32,
}

/// Notes a change of rows.
pub(super) fn begin(transaction: &Transaction<'_>, product: u32, change: &Change) -> Result<()> {
    let sql = "INSERT INTO remake (product, change, day, chunk) VALUES (?1, ?2, ?3, 0)";
    query::execute(transaction, sql, params![product, change.to_string(), Day::MIN]).map(drop)
}

/// Whether any change is under way.
pub(super) fn is_under_way(connection: &Connection) -> Result<bool> {
    query::value(connection, "SELECT EXISTS (SELECT 1 FROM remake)", [])
}

/// Does the next part of what is under way. Cached names go with the contexts that nothing is left in.
pub(super) fn part(transaction: &Transaction<'_>, names: &mut Names) -> Result<RemovalProgress> {
    let began = Instant::now();
    let mut progress = RemovalProgress::default();
    let sql = "SELECT id, product, change, day, chunk FROM remake ORDER BY id LIMIT 1";
    let next = query::find(transaction, sql, [], |row| {
        Ok(Remake {
            id: row.get(0)?,
            product: row.get(1)?,
            change: row.get(2)?,
            day: row.get(3)?,
            chunk: row.get(4)?,
        })
    })?;
    let Some(mut remake) = next else { return Ok(progress) };
    let rewrite = match remake.change.parse() {
        Ok(change) => Rewrite::of(transaction, remake.product, &change)?,
        Err(_) => None,
    };
    let mut is_done = rewrite.is_none();
    if let Some(mut rewrite) = rewrite {
        while !is_done && began.elapsed() < MAX_PART {
            is_done = step(transaction, &mut remake, &mut rewrite)?;
        }
    }
    if is_done {
        if let Ok(Change::EraseVersion(version)) = remake.change.parse() {
            receipts::fold_version(transaction, remake.product, version_key(version))?;
        }
        contexts::forget_unused(transaction, remake.product)?;
        *names = Names::default();
        query::execute(transaction, "DELETE FROM remake WHERE id = ?1", [remake.id])?;
    } else {
        let sql = "UPDATE remake SET day = ?2, chunk = ?3 WHERE id = ?1";
        query::execute(transaction, sql, params![remake.id, remake.day, remake.chunk])?;
        let left = "SELECT (SELECT count(DISTINCT day) FROM row WHERE product = ?1 AND day >= ?2) \
                    + (SELECT count(DISTINCT day) FROM block WHERE product = ?1 AND day >= ?2)";
        progress.days_left =
            query::value::<u32>(transaction, left, params![remake.product, remake.day])?.into();
    }
    progress.is_under_way = is_under_way(transaction)?;
    Ok(progress)
}

/// Does one step. Returns whether nothing was left to do.
fn step(transaction: &Transaction<'_>, remake: &mut Remake, rewrite: &mut Rewrite) -> Result<bool> {
    let Remake { product, day, chunk, .. } = *remake;
    let mut next: Option<(Day, u32)> = None;
    for (table, chunk_of) in [("row", "installation / 4096"), ("block", "chunk")] {
        let sql = format!(
            "SELECT day, {chunk_of} FROM {table} WHERE product = ?1 AND (day > ?2 OR day = ?2 AND {chunk_of} >= ?3) \
             ORDER BY day, {chunk_of} LIMIT 1"
        );
        let found = query::find(transaction, &sql, params![product, day, chunk], |row| row.try_into())?;
        next = next.into_iter().chain(found).min();
    }
    let Some((day, chunk)) = next else { return Ok(true) };
    rewrite_chunk(transaction, product, day, chunk, rewrite)?;
    remake.day = day;
    remake.chunk = chunk + 1;
    Ok(false)
}

/// A row, where it is kept, and what it says.
struct OpenRow {
    /// Its place among the packed rows; none for one that is not packed.
    packed: Option<usize>,
    part: u64,
    context: u32,
    events: Vec<StoredEvent>,
}

fn rewrite_chunk(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
    rewrite: &mut Rewrite,
) -> Result<()> {
    let mut packed = block::read(transaction, product, day, chunk)?;
    let (first, last) = numbers_of(chunk);
    let sql = "SELECT DISTINCT installation FROM row WHERE product = ?1 AND day = ?2 AND installation BETWEEN ?3 AND ?4";
    let loose: BTreeSet<InstallationNumber> =
        query::list(transaction, sql, params![product, day, first, last], |row| row.get(0))?;
    let all: BTreeSet<_> = packed.iter().map(|row| row.installation).chain(loose).collect();
    let mut work = ChunkWork::new(transaction, product, day);
    let mut is_packed_changed = false;
    let mut at_packed = 0;
    for installation in all {
        let mut rows = Vec::new();
        while let Some(row) = packed.get(at_packed).filter(|row| row.installation == installation) {
            rows.push(open(row, Some(at_packed))?);
            at_packed += 1;
        }
        let its = params![product, day, installation];
        query::each(transaction, block::ROWS_OF_INSTALLATION, its, |row| {
            rows.push(open(&EncodedRow::from_columns(row)?, None)?);
            Ok(())
        })?;
        for (row, now) in work.installation(installation, rows, rewrite)? {
            match row {
                Written::Packed(at) => {
                    packed[at].context = now.context;
                    packed[at].events = row::push_all(&now.events);
                    is_packed_changed = true;
                }
                Written::Loose(part) => {
                    let sql = "UPDATE row SET context = ?5, events = ?6 \
                               WHERE product = ?1 AND day = ?2 AND installation = ?3 AND part = ?4";
                    let bytes = row::deflated(row::push_all(&now.events));
                    let part = i64::try_from(part).unwrap_or(i64::MAX);
                    let params = params![product, day, installation, part, now.context, bytes];
                    query::execute(transaction, sql, params)?;
                }
            }
        }
    }
    if is_packed_changed {
        block::write(transaction, product, day, chunk, &packed)?;
    }
    for ((from, to), moved) in &work.moved {
        let still = work.still.get(from);
        receipts::move_to(transaction, moved, *to, still)?;
    }
    flush(transaction, &work.delta, &Senders::default())
}

fn open(row: &EncodedRow, packed: Option<usize>) -> Result<OpenRow> {
    let events = row::read(&row.events).map_err(block::damaged)?;
    Ok(OpenRow { packed, part: row.part, context: row.context, events })
}

/// Where a changed row is written.
enum Written {
    Packed(usize),
    Loose(u64),
}

/// What a row says now.
struct NewRow {
    context: u32,
    events: Vec<StoredEvent>,
}

/// What changes by one step.
struct ChunkWork<'t> {
    transaction: &'t Transaction<'t>,
    product: u32,
    day: Day,
    delta: Delta,
    /// What rows that are counted in another context put their installations in, by that context and the new one.
    moved: HashMap<(u32, u32), Delta>,
    /// Installations that have rows of the day in a context.
    still: HashMap<u32, SetChunk>,
}

impl<'t> ChunkWork<'t> {
    fn new(transaction: &'t Transaction<'t>, product: u32, day: Day) -> Self {
        let delta = Delta::default();
        Self { transaction, product, day, delta, moved: HashMap::new(), still: HashMap::new() }
    }

    /// Changes the rows of an installation. Returns those that are to be written.
    fn installation(
        &mut self,
        installation: InstallationNumber,
        rows: Vec<OpenRow>,
        rewrite: &mut Rewrite,
    ) -> Result<Vec<(Written, NewRow)>> {
        let mut changed = Vec::new();
        for row in &rows {
            changed.push(rewrite.row(self.transaction, row)?);
        }
        if changed.iter().all(Option::is_none) {
            return Ok(Vec::new());
        }
        let ChunkWork { transaction, product, day, .. } = *self;
        let source = |context| RowSource { product, installation, context, day };
        let mut before = Presence::default();
        let mut after = Presence::default();
        let find = "SELECT day FROM latest WHERE product = ?1 AND installation = ?2";
        let latest: Option<Day> =
            query::find(transaction, find, params![product, installation], |row| row.get(0))?;
        if latest == Some(day) {
            let sql = "DELETE FROM latest WHERE product = ?1 AND installation = ?2";
            query::execute(transaction, sql, params![product, installation])?;
        }
        let mut written = Vec::new();
        for (row, now) in rows.into_iter().zip(changed) {
            before.add(row.context, &row.events);
            match now {
                None => {
                    after.add(row.context, &row.events);
                    if latest == Some(day) {
                        self.delta.add_reports(source(row.context), &row.events);
                    }
                }
                Some(now) => {
                    after.add(now.context, &now.events);
                    if now.context != row.context {
                        let moved = self.moved.entry((row.context, now.context)).or_default();
                        moved.add_members(source(row.context), &row.events);
                    }
                    self.delta.take(source(row.context), &row.events);
                    self.delta.add(source(now.context), &now.events);
                    let place = row.packed.map_or(Written::Loose(row.part), Written::Packed);
                    written.push((place, now));
                }
            }
        }
        if latest != Some(day) {
            self.delta.latest.remove(&(product, installation));
        }
        let (chunk, place) = place_of(installation);
        for context in &after.contexts {
            self.still.entry(*context).or_default().insert(place);
        }
        let mut active = Sets::new(transaction, SetTable::Active)?;
        for context in before.contexts.difference(&after.contexts) {
            let key = [product.into(), day.into(), (*context).into(), chunk.into()];
            active.change(&key, SetChunk::remove, place)?;
        }
        let mut used = Sets::new(transaction, SetTable::Used)?;
        for (what, context) in before.used.difference(&after.used) {
            let key = UsedKey { product, day, what: *what, context: *context, chunk };
            used.change(&key.columns(), SetChunk::remove, place)?;
        }
        Ok(written)
    }
}

/// The sets of a day that rows put their installation into.
#[derive(Default)]
struct Presence {
    contexts: BTreeSet<u32>,
    used: BTreeSet<(Use, u32)>,
}

impl Presence {
    fn add(&mut self, context: u32, events: &[StoredEvent]) {
        self.contexts.insert(context);
        self.used.extend(events.iter().flat_map(uses).map(|what| (what, what.context(context))));
    }
}

/// How rows change.
struct Rewrite {
    kind: RewriteKind,
    /// Contexts with another version in the place of their own.
    moved: HashMap<u32, u32>,
}

enum RewriteKind {
    /// Rows with this version, packed, in the place of which `other` stands are counted under it.
    Admit(u64),
    /// The same of values of a field.
    AdmitValue(NameNumber, u64),
    /// Rows of these contexts count as `other`, and keep nothing of the version, packed.
    Fold(BTreeSet<u32>, u64),
    /// What goes by a name, or by one of these as a timing, goes.
    Without(Option<NameNumber>, BTreeSet<NameNumber>),
}

impl Rewrite {
    /// How a change changes rows; none where it changes none.
    fn of(connection: &Connection, product: u32, change: &Change) -> Result<Option<Self>> {
        let kind = match change {
            Change::AdmitVersion(version) => RewriteKind::Admit(pack_version(*version)),
            Change::AdmitValue(field, version) => match dictionary::number(connection, field)? {
                Some(field) => RewriteKind::AdmitValue(field, pack_version(*version)),
                None => return Ok(None),
            },
            Change::EraseVersion(version) => {
                let sql = "SELECT id FROM context WHERE product = ?1 AND version_key = ?2";
                let contexts: Vec<u32> =
                    query::list(connection, sql, params![product, version_key(*version)], |row| row.get(0))?;
                RewriteKind::Fold(contexts.into_iter().collect(), pack_version(*version))
            }
            Change::EraseItem(name) => {
                let timing =
                    "SELECT id FROM name WHERE substr(text, 1, length(?1) + 1) IN (?1 || ' ', ?1 || '.')";
                let timings: Vec<NameNumber> = query::list(connection, timing, [name], |row| row.get(0))?;
                RewriteKind::Without(dictionary::number(connection, name)?, timings.into_iter().collect())
            }
            _ => return Ok(None),
        };
        Ok(Some(Self { kind, moved: HashMap::new() }))
    }

    /// What a row says now; none where nothing changes.
    fn row(&mut self, transaction: &Transaction<'_>, row: &OpenRow) -> Result<Option<NewRow>> {
        let sent = match row.events.first().map(|event| &event.what) {
            Some(StoredKind::SentVersion(version)) => Some(*version),
            _ => None,
        };
        match &self.kind {
            RewriteKind::Admit(version) if sent == Some(*version) => {
                let version = i64::try_from(*version).unwrap_or(i64::MAX);
                let context = self.moved(transaction, row.context, version)?;
                Ok(Some(NewRow { context, events: row.events[1..].to_vec() }))
            }
            RewriteKind::Fold(contexts, _) if contexts.contains(&row.context) => {
                let context = self.moved(transaction, row.context, version_key(OTHER))?;
                Ok(Some(NewRow { context, events: row.events.clone() }))
            }
            RewriteKind::Fold(_, version) if sent == Some(*version) => {
                Ok(Some(NewRow { context: row.context, events: row.events[1..].to_vec() }))
            }
            RewriteKind::AdmitValue(field, version) => {
                let mut events = row.events.clone();
                let mut is_changed = false;
                for event in &mut events {
                    let StoredKind::Declared { fields, .. } = &mut event.what else { continue };
                    for value in fields
                        .iter_mut()
                        .filter(|value| **value == (*field, StoredValue::OtherVersion(*version)))
                    {
                        value.1 = StoredValue::Version(*version);
                        is_changed = true;
                    }
                }
                Ok(is_changed.then_some(NewRow { context: row.context, events }))
            }
            RewriteKind::Without(name, timings) => {
                let mut events: Vec<_> =
                    row.events.iter().filter_map(|event| without(event, *name, timings)).collect();
                if events == row.events {
                    return Ok(None);
                }
                // Its installation was there all the same.
                if events.is_empty() {
                    let version = contexts::version(transaction, row.context)?;
                    events.push(StoredEvent { hour: 0, what: StoredKind::SentVersion(version) });
                }
                Ok(Some(NewRow { context: row.context, events }))
            }
            _ => Ok(None),
        }
    }

    /// The context that differs from another by its version alone.
    fn moved(&mut self, transaction: &Transaction<'_>, context: u32, version: i64) -> Result<u32> {
        if let Some(known) = self.moved.get(&context) {
            return Ok(*known);
        }
        let moved = contexts::with_version(transaction, context, version)?;
        self.moved.insert(context, moved);
        Ok(moved)
    }
}

/// An event without what goes by a name; none where nothing is left of it.
fn without(
    event: &StoredEvent,
    name: Option<NameNumber>,
    timings: &BTreeSet<NameNumber>,
) -> Option<StoredEvent> {
    let is = |number: NameNumber| name == Some(number) && number != 0;
    let what = match &event.what {
        StoredKind::Command { command, .. } if is(*command) => return None,
        StoredKind::Console { action, .. } if is(*action) => return None,
        StoredKind::Console { route, .. } if is(*route) => return None,
        StoredKind::Declared { name, .. } if is(*name) => return None,
        StoredKind::Declared { name, times, fields } => {
            let fields = fields.iter().filter(|(field, _)| !is(*field)).copied().collect();
            StoredKind::Declared { name: *name, times: *times, fields }
        }
        StoredKind::Report(cells) => {
            StoredKind::Report(cells.iter().filter(|cell| !is(cell.name)).copied().collect())
        }
        StoredKind::Timings(sums) => {
            let left: Vec<_> = sums.iter().filter(|sum| !timings.contains(&sum.name)).copied().collect();
            if left.is_empty() && !sums.is_empty() {
                return None;
            }
            StoredKind::Timings(left)
        }
        what => what.clone(),
    };
    Some(StoredEvent { hour: event.hour, what })
}
