//! Deleting what nobody reads any more.

use aboveboard_replay::{JournalEntry, Order};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;

use crate::client::{Client, date};
use crate::journal::{SeenJournal, marks_before};
use crate::schema::{ARRIVAL, JOURNAL};

/// How long batches of closed days stay, for people who look into what happened, and marks before the latest: that one may be on a single
/// disk yet, and a collector of which there is none would be waited for by nobody.
const KEPT_DAYS: Day = 7;

/// Deletes batches of days that were closed a while ago, and what collectors said of how far they are before they said it last.
pub(crate) fn delete_what_is_closed(
    client: &Client,
    seen: &SeenJournal,
    journal: &[(Order, JournalEntry)],
) -> Result<(), StoreError> {
    if let Some(closed) = last_closed(journal, client.shards()) {
        for shard in 0..client.shards() {
            drop_before(client, shard, closed.saturating_sub(KEPT_DAYS))?;
        }
    }
    for mark in seen.marks() {
        let marks = marks_before(mark.node, mark.day().saturating_sub(KEPT_DAYS));
        let sql = format!("SELECT count() FROM {} WHERE {marks}", JOURNAL.name);
        if client.select_anywhere(&sql)?.u64()? > 0 {
            client.execute_anywhere(&format!("ALTER TABLE {} DELETE WHERE {marks}", JOURNAL.name))?;
        }
    }
    Ok(())
}

/// The last day that is closed on every shard.
fn last_closed(journal: &[(Order, JournalEntry)], shards: u32) -> Option<Day> {
    let of_shard = |wanted: u32| {
        let days = journal.iter().filter_map(|(_, entry)| match entry {
            JournalEntry::Closed { shard, day, .. } if *shard == wanted => Some(*day),
            _ => None,
        });
        days.max()
    };
    (0..shards).map(of_shard).min().flatten()
}

/// Drops the days of a shard before one.
fn drop_before(client: &Client, shard: u32, before: Day) -> Result<(), StoreError> {
    let sql = format!("SELECT DISTINCT day FROM {} WHERE day < toDate({})", ARRIVAL.name, date(before));
    let mut rows = client.select(shard, &sql)?;
    let mut days = Vec::new();
    while !rows.is_at_end() {
        days.push(date(rows.date()?));
    }
    for day in days {
        client.execute(shard, &format!("ALTER TABLE {} DROP PARTITION {}", ARRIVAL.name, partition(day)))?;
    }
    Ok(())
}

/// A day as the name of a partition.
fn partition(day: u16) -> String {
    // The calendar of days since 1970, reckoned from the first of March, so that the leap day is the last of a year.
    let days = u32::from(day) + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day_of_month = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    format!("'{year:04}-{month:02}-{day_of_month:02}'")
}

#[cfg(test)]
mod tests {
    use aboveboard_replay::NodeId;
    use aboveboard_store::entry::Position;

    use super::*;

    #[test]
    fn a_partition_is_called_by_its_date() {
        for (day, name) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_000, "2024-10-04"),
            (u16::MAX, "2149-06-06"),
        ] {
            assert_eq!(partition(day), format!("'{name}'"));
        }
    }

    #[test]
    fn a_day_is_closed_once_it_is_on_every_shard() {
        let closed = |shard, day| {
            let entry = JournalEntry::Closed {
                shard,
                day,
                generation: 1,
                sums: 1,
                first_day: day,
                without: Vec::new(),
            };
            (Order { at: 0, node: NodeId(1), position: Position(0) }, entry)
        };
        assert_eq!(last_closed(&[closed(0, 5), closed(0, 6)], 2), None);
        assert_eq!(last_closed(&[closed(0, 5), closed(0, 6), closed(1, 4), closed(1, 5)], 2), Some(5));
    }
}
