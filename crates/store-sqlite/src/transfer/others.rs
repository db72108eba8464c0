//! Which versions were sent by whom that are counted as `other`.
//!
//! Sets are kept by the context that counts, so what was sent is looked for in the rows that put an installation into them. It
//! matters where an operator admits a version later: what came before has its name too then.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aboveboard_replay::SentContext;
use aboveboard_store::calendar::Day;
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::versions::OTHER;
use rusqlite::{Connection, Result};

use super::words::Words;
use crate::delta::{Use, distinct_uses};
use crate::row::{InstallationNumber, StoredEvent, StoredKind};
use crate::{block, row, rows};

/// What put an installation into a set: its presence, or what it used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OtherKey {
    pub(super) product: u32,
    pub(super) installation: InstallationNumber,
    pub(super) context: u32,
    pub(super) what: Option<Use>,
}

type OthersOfDay = HashMap<OtherKey, BTreeSet<u64>>;

/// The versions of the days on which something can have been received that is received now.
#[derive(Debug, Default)]
pub(super) struct Others(BTreeMap<Day, OthersOfDay>);

/// The version that was sent, where a row is counted under another.
pub(super) fn sent_version(events: &[StoredEvent]) -> Option<u64> {
    events.first().and_then(|event| match event.what {
        StoredKind::SentVersion(version) => Some(version),
        _ => None,
    })
}

impl Others {
    /// Reads the days up to this one on which something can lie that is received on it.
    pub(super) fn read_upto(&mut self, connection: &Connection, words: &Words, day: Day) -> Result<()> {
        let first = day.saturating_sub(OPEN_DAYS);
        self.0.retain(|known, _| (first..=day).contains(known));
        for day in first..=day {
            if let Entry::Vacant(place) = self.0.entry(day) {
                place.insert(read_day(connection, words, day)?);
            }
        }
        Ok(())
    }

    /// The contexts under which an installation is in a set of a day, or is in one by what was received of it since the days before: that
    /// which counts, or those that were sent.
    pub(super) fn contexts(
        &self,
        words: &mut Words,
        days: std::ops::RangeInclusive<Day>,
        key: OtherKey,
    ) -> Vec<Arc<SentContext>> {
        let Some(counted) = words.context(key.context).map(Arc::clone) else { return Vec::new() };
        if counted.version != OTHER {
            return vec![counted];
        }
        let of_days = self.0.range(days).filter_map(|(_, others)| others.get(&key));
        let versions: BTreeSet<u64> = of_days.flatten().copied().collect();
        let mut sent: Vec<_> = versions
            .into_iter()
            .filter_map(|version| words.sent_context(key.product, key.context, version))
            .collect();
        sent.dedup();
        if sent.is_empty() { vec![counted] } else { sent }
    }
}

fn read_day(connection: &Connection, words: &Words, day: Day) -> Result<OthersOfDay> {
    let mut others = OthersOfDay::new();
    let is_other = |number: u32| words.context(number).is_some_and(|context| context.version == OTHER);
    if !words.contexts().any(|(number, _)| is_other(number)) {
        return Ok(others);
    }
    for product in words.products() {
        rows::of_day(connection, product.number, day, |raw| {
            if !is_other(raw.context) {
                return Ok(());
            }
            let events = row::read(&raw.events).map_err(block::damaged)?;
            let Some(sent) = sent_version(&events) else { return Ok(()) };
            let used = distinct_uses(&events).into_iter().map(Some);
            for what in used.chain([None]) {
                let installation = raw.installation;
                let key = OtherKey { product: product.number, installation, context: raw.context, what };
                others.entry(key).or_default().insert(sent);
            }
            Ok(())
        })?;
    }
    Ok(others)
}
