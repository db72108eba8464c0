//! Reads the rows of one installation up to a cost. Strangers may ask for their own rows, so each question must be bounded
//! and charged.

use std::collections::HashMap;
use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use aboveboard_store::context::Context;
use aboveboard_store::limits::LINK_DAYS;
use aboveboard_store::read::{BatchRow, Days, RowsRead};
use rusqlite::{Connection, Result, params};

use super::block::EncodedRow;
use super::dictionary::{self, Dictionary};
use super::{decode, query, rows};
use crate::chunk::{SetChunk, place_of};
use crate::row::{InstallationNumber, StoredEvent, StoredKind};

/// What a day costs of itself, also one on which there is nothing.
const COST_OF_A_DAY: u64 = 512;

/// What a byte of a row costs: its events are decoded, named and compared.
const COST_OF_A_BYTE: u64 = 4;

/// How many bytes of others in the same block cost one: they are inflated and passed over.
const SKIPPED_FOR_ONE: u64 = 4;

/// What a look for a linked server in one context on one day costs.
const COST_OF_A_SEEK: u64 = 64;

/// Most linked servers that are looked for on one day. People work with a few; a link beyond is left out.
const MAX_LINKED: usize = 16;

/// Reads the rows of one installation.
pub(super) struct OwnRows<'c> {
    connection: &'c Connection,
    names: &'c Dictionary,
    product: u32,
    installation: InstallationNumber,
    /// The contexts that its rows have named so far.
    contexts: HashMap<u32, Option<Context>>,
    /// The contexts of servers, once a link is met.
    of_servers: Option<Vec<u32>>,
    /// Which of the servers that are linked to on this day reported about it.
    linked: HashMap<InstallationNumber, bool>,
    /// What the looks for them may still cost on this day.
    left_for_links: u64,
    cost: u64,
}

impl<'c> OwnRows<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        names: &'c Dictionary,
        product: u32,
        installation: InstallationNumber,
    ) -> Self {
        let contexts = HashMap::new();
        let linked = HashMap::new();
        Self {
            connection,
            names,
            product,
            installation,
            contexts,
            of_servers: None,
            linked,
            left_for_links: 0,
            cost: 0,
        }
    }

    /// Stops when `each` breaks, or at the end of the day on which the cost reached `max_cost`.
    pub(super) fn read(
        mut self,
        days: Days,
        max_cost: u64,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> Result<RowsRead> {
        let mut left = Some(days);
        while let Some(days) = left
            && let Some(day) = rows::first_day(self.connection, self.product, days)?
        {
            // A day by itself, so that what is told of it does not depend on where a page begins.
            self.left_for_links = max_cost;
            if self.cost >= max_cost || self.day(day, each)?.is_break() {
                return Ok(RowsRead { cost: self.cost, next: Some(day) });
            }
            left = day.checked_add(1).map(|first| Days { first, last: days.last });
        }
        Ok(RowsRead { cost: self.cost, next: None })
    }

    fn day(
        &mut self,
        day: Day,
        each: &mut dyn FnMut(Day, BatchRow) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        self.cost += COST_OF_A_DAY;
        self.linked.clear();
        let Self { connection, product, installation, .. } = *self;
        let (skipped, ended) = rows::of_installation(connection, product, day, installation, |raw| {
            self.row(day, &raw).map(|row| row.map_or(ControlFlow::Continue(()), |row| each(day, row)))
        })?;
        self.cost += skipped / SKIPPED_FOR_ONE;
        Ok(ended)
    }

    /// A row in neutral words; none where its context is gone.
    fn row(&mut self, day: Day, raw: &EncodedRow) -> Result<Option<BatchRow>> {
        self.cost += raw.events.len() as u64 * COST_OF_A_BYTE;
        let Some(context) = self.context(raw.context)? else { return Ok(None) };
        let events = decode::stored(raw)?;
        for number in events.iter().filter_map(linked) {
            if number != self.installation
                && !self.linked.contains_key(&number)
                && self.linked.len() < MAX_LINKED
            {
                let reported = self.reported(day, number)?;
                self.linked.insert(number, reported);
            }
        }
        let is_server = |number| self.linked.get(&number).copied().unwrap_or(false);
        Ok(Some(decode::batch_row(self.names, &is_server, &context, raw.installation, events)))
    }

    fn context(&mut self, number: u32) -> Result<Option<Context>> {
        if let Some(known) = self.contexts.get(&number) {
            return Ok(known.clone());
        }
        let found = dictionary::context(self.connection, number)?;
        self.contexts.insert(number, found.clone());
        Ok(found)
    }

    /// Whether a server reported about a day, as far as the looks for it may cost.
    fn reported(&mut self, day: Day, server: InstallationNumber) -> Result<bool> {
        if self.of_servers.is_none() {
            let contexts = dictionary::contexts_of_servers(self.connection, self.product)?;
            self.cost += contexts.len() as u64;
            self.of_servers = Some(contexts);
        }
        let (chunk, place) = place_of(server);
        let sql =
            "SELECT members FROM active WHERE product = ?1 AND day = ?2 AND context = ?3 AND chunk = ?4";
        for context in self.of_servers.iter().flatten() {
            for near in day.saturating_sub(LINK_DAYS)..=day.saturating_add(LINK_DAYS) {
                let Some(left) = self.left_for_links.checked_sub(COST_OF_A_SEEK) else { return Ok(false) };
                self.left_for_links = left;
                self.cost += COST_OF_A_SEEK;
                let key = params![self.product, near, context, chunk];
                let has = query::find(self.connection, sql, key, |row| {
                    Ok(SetChunk::from_bytes(row.get_ref(0)?.as_blob()?).has(place))
                })?;
                if has == Some(true) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// The server that an event names.
fn linked(event: &StoredEvent) -> Option<InstallationNumber> {
    match event.what {
        StoredKind::Command { server, .. } | StoredKind::Console { server, .. } => {
            (server != 0).then_some(server)
        }
        _ => None,
    }
}
