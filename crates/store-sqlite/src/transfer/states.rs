//! What is known of installations.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{CountedDrops, DayTally, InstallationState, LatestReport, Process, SentContext};
use aboveboard_store::calendar::Day;
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_store::versions::OTHER;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result, params};

use super::day::Parts;
use super::others::sent_version;
use super::words::Words;
use crate::row::{InstallationNumber, StoredEvent, StoredKind};
use crate::{block, counted, decode, processes, query, row, rows};

/// The installations by the last day of each: the table of the database has no index by day.
#[derive(Debug)]
pub(super) struct ByLastDay(Connection);

impl ByLastDay {
    /// Reads which day each is in; `last` is the last there is.
    pub(super) fn read(connection: &Connection, last: Day) -> Result<Self> {
        // A database of its own without a name: SQLite keeps it in memory, or in a file that goes with it where it grows.
        let by_day = Connection::open("")?;
        by_day.execute_batch(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; \
             CREATE TABLE known (day INTEGER, product INTEGER, id BLOB, PRIMARY KEY (day, product, id)) WITHOUT ROWID; BEGIN",
        )?;
        {
            let mut put = by_day.prepare("INSERT INTO known VALUES (?1, ?2, ?3)")?;
            let sql = "SELECT product, id, min(coalesce(last_day, received, ?1), ?1) FROM installation";
            query::each(connection, sql, [last], |row| {
                let product: u32 = row.get(0)?;
                let id: Vec<u8> = row.get(1)?;
                put.execute(params![row.get::<_, Day>(2)?, product, id]).map(drop)
            })?;
        }
        by_day.execute_batch("COMMIT")?;
        Ok(Self(by_day))
    }

    fn of_day(&self, product: u32, day: Day) -> Result<Vec<[u8; 16]>> {
        let sql = "SELECT id FROM known WHERE day = ?1 AND product = ?2";
        query::list(&self.0, sql, params![day, product], |row| row.get(0))
    }

    /// The days on which anybody was there last.
    pub(super) fn days(&self) -> Result<Vec<Day>> {
        query::list(&self.0, "SELECT DISTINCT day FROM known", [], |row| row.get(0))
    }
}

/// Adds what is known of the installations that were there last on a day; `newest` is the last day there is.
pub(super) fn read(
    connection: &Connection,
    words: &mut Words,
    by_day: &ByLastDay,
    (day, newest): (Day, Day),
    parts: &mut Parts,
) -> Result<()> {
    for at in 0..words.products().len() {
        let product = words.products()[at].number;
        let name = Arc::clone(&words.products()[at].name);
        for id in by_day.of_day(product, day)? {
            if let Some((key, state)) = state(connection, words, (at, product), Id::from_bytes(id), newest)? {
                parts.of(key).states.push((Arc::clone(&name), key, state));
            }
        }
    }
    Ok(())
}

fn state(
    connection: &Connection,
    words: &mut Words,
    (at, product): (usize, u32),
    id: Id,
    newest: Day,
) -> Result<Option<(InstallationKey, InstallationState)>> {
    let sql = "SELECT number, first_day, last_day, received, heard, sequence, sequences, spent, dropped_day, dropped \
               FROM installation WHERE product = ?1 AND id = ?2";
    let found = query::find(connection, sql, params![product, id.bytes()], |row| {
        let number: InstallationNumber = row.get(0)?;
        let state = InstallationState {
            first: row.get(1)?,
            last: row.get(2)?,
            received: row.get(3)?,
            heard: row.get(4)?,
            sequence: SequenceWindow { highest: row.get(5)?, bits: row.get(6)? },
            spent: row.get(7)?,
            drops: CountedDrops { day: row.get(8)?, number: row.get::<_, u32>(9)?.into() },
            ..InstallationState::default()
        };
        Ok((number, state))
    })?;
    let Some((number, mut state)) = found else { return Ok(None) };
    let Some(key) = words.products()[at].installation(number) else { return Ok(None) };
    for day in newest.saturating_sub(OPEN_DAYS)..=newest {
        let tally = rows::tally(connection, product, day, number)?;
        if tally != DayTally::default() {
            state.days.insert(day, tally);
        }
    }
    for process in processes::of_installation(connection, product, number)? {
        let sums: BTreeMap<_, _> = process
            .sums
            .into_iter()
            .map(|((name, is_time, from), n)| ((words.name(name), is_time, from), n))
            .collect();
        state.processes.push(Process { run: process.run, day: process.day, sums });
    }
    let presences = counted::of_installation(connection, product, number)?;
    state.presences = presences.into_iter().map(|presence| (presence.days, presence)).collect();
    state.latest = latest(connection, words, product, number)?;
    Ok(Some((key, state)))
}

/// The last report of an installation.
fn latest(
    connection: &Connection,
    words: &mut Words,
    product: u32,
    installation: InstallationNumber,
) -> Result<Option<LatestReport>> {
    let sql = "SELECT day, hour, context, counts FROM latest WHERE product = ?1 AND installation = ?2";
    let found = query::find(connection, sql, params![product, installation], |row| {
        let when: (Day, u8) = (row.get(0)?, row.get(1)?);
        Ok((when, row.get::<_, u32>(2)?, rows::events(row, 3)?))
    })?;
    let Some((when, number, events)) = found else { return Ok(None) };
    let Some(counted) = words.context(number).map(Arc::clone) else { return Ok(None) };
    let counts = events.iter().find_map(|event| match &event.what {
        StoredKind::Report(counts) => Some(decode::counts(&words.names, counts)),
        _ => None,
    });
    let context = if counted.version == OTHER {
        sent_with(connection, words, product, installation, (when, number))?.unwrap_or(counted)
    } else {
        counted
    };
    Ok(counts.map(|counts| LatestReport { when, context, counts }))
}

/// The context of a report with the version that was sent, as its row says.
fn sent_with(
    connection: &Connection,
    words: &mut Words,
    product: u32,
    installation: InstallationNumber,
    ((day, hour), context): ((Day, u8), u32),
) -> Result<Option<Arc<SentContext>>> {
    let mut sent = None;
    let _ = rows::of_installation(connection, product, day, installation, |raw| {
        let events = row::read(&raw.events).map_err(block::damaged)?;
        let is_told = |event: &StoredEvent| event.hour == hour && matches!(event.what, StoredKind::Report(_));
        if raw.context == context && events.iter().any(is_told) {
            sent = sent_version(&events);
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(sent.and_then(|sent| words.sent_context(product, context, sent)))
}
