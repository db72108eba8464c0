//! What a collector has seen of the journal.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_replay::{JournalEntry, NodeId, Order};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;

use super::entry::MARK;
use super::rows::{COLUMNS, read_row};
use crate::client::Client;
use crate::schema::JOURNAL;

/// Up to so many changed days are named in a question; of more the whole journal is asked for.
const MAX_NAMED_DAYS: usize = 100;

/// The journal as far as this collector has seen it.
#[derive(Debug, Default)]
pub(crate) struct SeenJournal(Mutex<Seen>);

/// What a server had of a day when it was asked: how many rows, and a sum over their keys.
type Fingerprint = (u64, u64);

/// How far a collector is, with the place of the last entry that says so. Each part only rises, whatever an entry says of it that was
/// written before another was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SeenMark {
    until: i64,
    settled: Option<i64>,
    order: Order,
}

#[derive(Debug, Default)]
struct Seen {
    /// By the number of the day.
    days: HashMap<u16, Fingerprint>,
    entries: BTreeMap<(Order, u64), JournalEntry>,
    /// The latest of each collector: those before say nothing more.
    marks: HashMap<NodeId, SeenMark>,
    all: Arc<Vec<(Order, JournalEntry)>>,
}

impl SeenJournal {
    /// Looks what is new, and gives all of it, each collector's latest mark alone.
    pub(crate) fn look(&self, client: &Client) -> Result<Arc<Vec<(Order, JournalEntry)>>, StoreError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = fingerprints(client)?;
        let changed: Vec<u16> = now
            .iter()
            .filter(|(day, fingerprint)| seen.days.get(day) != Some(fingerprint))
            .map(|(day, _)| *day)
            .collect();
        if changed.is_empty() {
            return Ok(Arc::clone(&seen.all));
        }
        let is_new = seen.take_in(client, &changed)?;
        if is_new {
            seen.gather();
        }
        Ok(Arc::clone(&seen.all))
    }

    /// The place of the latest mark of each collector that was seen.
    pub(crate) fn marks(&self) -> Vec<Order> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.marks.values().map(|mark| mark.order).collect()
    }
}

/// What the marks of a collector are that stand before a day, as a condition.
pub(crate) fn marks_before(node: NodeId, day: Day) -> String {
    format!("kind = '{MARK}' AND node = {} AND day < toDate({})", node.0, crate::client::date(day))
}

/// What makes the keys of rows into numbers whose sum tells sets of rows apart, here as in the database.
const MIX: (u64, u64) = (0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f);

fn mixed(order: Order, number: u64) -> u64 {
    let place = order.position.0.wrapping_mul(MIX.1).wrapping_add(order.node.0);
    number.wrapping_mul(MIX.0) ^ place
}

fn fingerprints(client: &Client) -> Result<HashMap<u16, Fingerprint>, StoreError> {
    let sql = format!(
        "SELECT day, count(), sum(bitXor(number * {}, position * {} + node)) FROM {} GROUP BY day",
        MIX.0, MIX.1, JOURNAL.name
    );
    let mut rows = client.select_anywhere(&sql)?;
    let mut days = HashMap::new();
    while !rows.is_at_end() {
        days.insert(crate::client::date(rows.date()?), (rows.u64()?, rows.u64()?));
    }
    Ok(days)
}

impl Seen {
    /// Takes in what some days hold; true where something of it was not known. What is known of a day afterwards is what came, which may be
    /// from another server than was asked before.
    fn take_in(&mut self, client: &Client, days: &[u16]) -> Result<bool, StoreError> {
        let named: Vec<_> = days.iter().map(|day| format!("toDate({day})")).collect();
        let of_days = if days.len() > MAX_NAMED_DAYS {
            String::new()
        } else {
            format!(" WHERE day IN ({})", named.join(", "))
        };
        let mut rows = client.select_anywhere(&format!("SELECT {COLUMNS} FROM {}{of_days}", JOURNAL.name))?;
        let mut came: HashMap<u16, Fingerprint> = HashMap::new();
        let mut is_new = false;
        while !rows.is_at_end() {
            let day = crate::client::date(rows.date()?);
            let (order, number, entry) = read_row(&mut rows)?;
            let (count, sum) = came.entry(day).or_default();
            *count += 1;
            *sum = sum.wrapping_add(mixed(order, number));
            is_new |= self.hear(order, number, entry);
        }
        self.days.extend(came);
        Ok(is_new)
    }

    fn hear(&mut self, order: Order, number: u64, entry: JournalEntry) -> bool {
        if let JournalEntry::Mark { until, settled } = entry {
            let known = self.marks.get(&order.node).copied();
            let now = known.map_or(SeenMark { until, settled, order }, |known| SeenMark {
                until: until.max(known.until),
                settled: settled.max(known.settled),
                order: order.max(known.order),
            });
            self.marks.insert(order.node, now);
            return known != Some(now);
        }
        self.entries.insert((order, number), entry).is_none()
    }

    fn gather(&mut self) {
        let marks = self.marks.values().map(|SeenMark { until, settled, order }| {
            (*order, JournalEntry::Mark { until: *until, settled: *settled })
        });
        let entries = self.entries.iter().map(|((order, _), entry)| (*order, entry.clone()));
        self.all = Arc::new(entries.chain(marks).collect());
    }
}

/// The replicas that are gone for good, as documents say: shard and name.
pub(crate) fn retired_replicas(journal: &[(Order, JournalEntry)]) -> HashSet<(u32, String)> {
    journal
        .iter()
        .filter_map(|(_, entry)| match entry {
            JournalEntry::Document { name, .. } => replica_of(name),
            _ => None,
        })
        .collect()
}

/// What the document is called that says that a replica is gone for good.
const REPLICA_RETIRED: &str = "replica-retired/";

/// The name of the document about a replica.
pub(crate) fn retirement(shard: u32, name: &str) -> String {
    format!("{REPLICA_RETIRED}{}/{name}", shard + 1)
}

fn replica_of(document: &str) -> Option<(u32, String)> {
    let (shard, name) = document.strip_prefix(REPLICA_RETIRED)?.split_once('/')?;
    Some((shard.parse::<u32>().ok()?.checked_sub(1)?, name.to_owned()))
}

#[cfg(test)]
mod tests {
    use aboveboard_store::entry::Position;

    use super::*;

    fn order(node: u64, at: i64, position: u64) -> Order {
        Order { at, node: NodeId(node), position: Position(position) }
    }

    #[test]
    fn of_the_marks_of_a_collector_the_latest_is_left() {
        let mut seen = Seen::default();
        let mark = |until| JournalEntry::Mark { until, settled: None };
        let settled = |until, settled| JournalEntry::Mark { until, settled: Some(settled) };
        assert!(seen.hear(order(1, 10, 0), 7, mark(10)));
        assert!(seen.hear(order(1, 20, 0), 8, mark(20)));
        assert!(!seen.hear(order(1, 10, 0), 7, mark(10)));
        assert!(seen.hear(order(1, 20, 0), 9, settled(20, 3)), "no mark of the order, and yet something new");
        assert!(!seen.hear(order(1, 20, 0), 8, mark(20)), "neither part goes back");
        assert!(seen.hear(order(2, 5, 0), 1, mark(5)));
        assert!(seen.hear(order(2, 5, 0), 2, JournalEntry::RetentionDay(3)));
        assert!(!seen.hear(order(2, 5, 0), 2, JournalEntry::RetentionDay(3)));
        seen.gather();
        let mut all = seen.all.to_vec();
        all.sort_by_key(|(order, _)| *order);
        let expected = [
            (order(2, 5, 0), JournalEntry::RetentionDay(3)),
            (order(2, 5, 0), mark(5)),
            (order(1, 20, 0), settled(20, 3)),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn a_document_names_a_replica_that_is_gone_as_messages_do() {
        let text = String::new();
        let entry = JournalEntry::Document { name: retirement(1, "10.0.0.1:8123"), text };
        let Document { name, .. } = &entry else { panic!("no document") };
        assert_eq!(name, "replica-retired/2/10.0.0.1:8123");
        assert_eq!(
            retired_replicas(&[(order(1, 0, 0), entry.clone())]),
            [(1, "10.0.0.1:8123".to_owned())].into()
        );
        for name in ["replica-retired/", "replica-retired/0/a:1", "replica-retired/x/a:1", "manifest/a/1"] {
            assert_eq!(replica_of(name), None, "{name}");
        }
    }

    use JournalEntry::Document;
}
