//! Deleting what closed days keep. Every statement gathers what it can: the engine rewrites each part that it touches. It does so when it comes to it;
//! what is deleted is not read before either, since the journal says that it went.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{Order, SentContext, SetAxis};
use aboveboard_store::StoreError;
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, InstallationKey};

use super::context::write_context;
use super::generations::{Generations, Holding, Of, shard_of};
use super::members::HOURS_A_DAY;
use super::settle::{self, Written};
use super::sql::{list, quoted};
use super::tables::{CELL, MEMBER, ORDER_DAYS, RETIRED, ROW, SEEN, STATE, TALLY, TOTAL};
use super::tally::BATCHES;
use crate::client::{Client, Patience, RowWriter};
use crate::schema::Table;

/// Installations that one statement names.
const MAX_INSTALLATIONS: usize = 2_000;

/// The axes of sets that retention deletes: those that say on which days installations did something. When they were first seen goes with
/// the installation.
const DAILY: [SetAxis; 8] = [
    SetAxis::Active,
    SetAxis::Command,
    SetAxis::Action,
    SetAxis::Report,
    SetAxis::Declared,
    SetAxis::Success,
    SetAxis::ReceivedDay,
    SetAxis::ReceivedEnding,
];

/// The axes of which the names are those of items.
const NAMED: [SetAxis; 4] = [SetAxis::Command, SetAxis::Action, SetAxis::Declared, SetAxis::ReceivedEnding];

/// Deletes rows of a table where a condition holds. Where there are none, the engine is not asked to look for them in every part.
fn delete(client: &Client, shard: u32, table: Table, condition: &str) -> Result<(), StoreError> {
    let sql = format!("SELECT count() FROM {} WHERE {condition}", table.name);
    if client.select_within(shard, &sql, Patience::Work)?.u64()? == 0 {
        return Ok(());
    }
    client.execute(shard, &format!("ALTER TABLE {} DELETE WHERE {condition}", table.name))
}

fn delete_everywhere(client: &Client, table: Table, condition: &str) -> Result<(), StoreError> {
    (0..client.shards()).try_for_each(|shard| delete(client, shard, table, condition))
}

/// What closed days keep of installations that were removed. What a day came to that was closed after a removal lacks what was before. The
/// replay of the open days begins with what is known at the end of the last closed day, so states stay until a day behind that of the removal
/// is closed.
pub(crate) fn installations(
    client: &Client,
    generations: &Generations,
    gone: &[(String, InstallationKey, Order)],
) -> Result<(), StoreError> {
    for shard in 0..client.shards() {
        let here: Vec<_> =
            gone.iter().filter(|(_, key, _)| shard_of(*key, client.shards()) == shard).collect();
        for some in here.chunks(MAX_INSTALLATIONS) {
            let some = some.iter().map(|(product, key, order)| (product.as_str(), *key, order.day()));
            let is_closed = |day: Day| Some(day) < generations.last();
            let all = before_removals(some.clone());
            let of_closed = before_removals(some.filter(|(_, _, day)| is_closed(*day)));
            for (table, condition) in [(ROW, &all), (MEMBER, &all), (STATE, &of_closed)] {
                if !condition.is_empty() {
                    delete(client, shard, table, condition)?;
                }
            }
        }
    }
    Ok(())
}

/// The condition for what stands on days of the order before those of removals.
fn before_removals<'g>(gone: impl Iterator<Item = (&'g str, InstallationKey, Day)>) -> String {
    let mut by_day: BTreeMap<(&str, Day), Vec<u64>> = BTreeMap::new();
    for (product, key, day) in gone {
        by_day.entry((product, day)).or_default().push(key.0);
    }
    let conditions = by_day.into_iter().map(|((product, day), keys)| {
        format!("(product = {} AND day < {day} AND who IN ({}))", quoted(product), list(keys))
    });
    conditions.collect::<Vec<_>>().join(" OR ")
}

/// Cells and members that go by a name, as [`CellKey::goes_by`](aboveboard_replay::CellKey::goes_by) and its like for members say.
pub(crate) fn item(client: &Client, product: &str, name: &str, upto: Day) -> Result<(), StoreError> {
    let of = format!("product = {} AND day <= {upto}", quoted(product));
    let literal = quoted(name);
    let begins = |with: &str| format!("startsWith(name, {})", quoted(&format!("{name}{with}")));
    let axes = |axes: &[Axis]| list(axes.iter().map(|axis| *axis as u8));
    let fields = [Axis::Flag, Axis::Number, Axis::Choice, Axis::Version, Axis::Country];
    let mut ways = vec![
        format!(
            "(axis IN ({}) AND name = {literal})",
            axes(&[Axis::Command, Axis::Action, Axis::View, Axis::Declared])
        ),
        format!("(axis = {} AND about = {literal})", Axis::Action as u8),
        format!("(axis IN ({}) AND name = {literal})", axes(&fields)),
        format!(
            "(axis IN ({}) AND ({} OR {}))",
            axes(&[Axis::TimingCount, Axis::TimingTime]),
            begins(" "),
            begins(".")
        ),
    ];
    if !name.contains('.') {
        ways.push(format!("(axis IN ({}) AND {})", axes(&fields), begins(".")));
    }
    delete_everywhere(client, CELL, &format!("{of} AND ({})", ways.join(" OR ")))?;
    let named = list(NAMED.map(|axis| axis as u8));
    delete_everywhere(client, MEMBER, &format!("{of} AND axis IN ({named}) AND name = {literal}"))
}

/// What was tallied of synthetic contexts.
pub(crate) fn synthetic_tallies(client: &Client, product: &str, upto: Day) -> Result<(), StoreError> {
    let product = quoted(product);
    delete_everywhere(client, TALLY, &format!("product = {product} AND day <= {upto} AND is_synthetic = 1"))
}

/// Keeps how many installations were active on days, on every replica of the first shard.
pub(crate) fn keep_retired(
    client: &Client,
    product: &str,
    retired: &[(Day, Arc<SentContext>, u64)],
    note: u64,
) -> Result<(), StoreError> {
    let mut by_partition: BTreeMap<Day, RowWriter> = BTreeMap::new();
    for (day, context, number) in retired {
        let row = by_partition.entry(day / ORDER_DAYS).or_default();
        row.text(product).i32(*day);
        write_context(row, Some(context));
        row.u64(*number).u64(note);
    }
    for rows in by_partition.into_values() {
        client.insert(0, &RETIRED.target(), &rows.into_bytes())?;
    }
    let written = Written { table: RETIRED, rows: retired.len() as u64 };
    settle::wait(client, 0, &[written], "note", note)
}

/// Rows and members of a product before a day.
pub(crate) fn before(client: &Client, product: &str, before: Day) -> Result<(), StoreError> {
    let of = format!("product = {} AND event_day < {before}", quoted(product));
    delete_everywhere(client, ROW, &of)?;
    let daily = list(DAILY.iter().chain([&SetAxis::ReceivedHour]).map(|axis| *axis as u8));
    delete_everywhere(client, MEMBER, &format!("{of} AND axis IN ({daily})"))
}

/// Ids of batches that were received before a day. No batch stands in the order before the day of its receipt, so days of the order go whole.
pub(crate) fn ids(client: &Client, before: Day) -> Result<(), StoreError> {
    for shard in 0..client.shards() {
        let sql = format!("SELECT day FROM {} WHERE day < {before} GROUP BY day", SEEN.name);
        let mut rows = client.select_within(shard, &sql, Patience::Work)?;
        while !rows.is_at_end() {
            let day = rows.i32()?;
            client.execute(shard, &format!("ALTER TABLE {} DROP PARTITION {day}", SEEN.name))?;
        }
        delete(client, shard, SEEN, &format!("received < {before}"))?;
    }
    Ok(())
}

/// What was received on days before one, and by the hour before another.
pub(crate) fn receipts(client: &Client, before: Day, hours_before: Day) -> Result<(), StoreError> {
    let daily = list([SetAxis::ReceivedDay as u8, SetAxis::ReceivedEnding as u8]);
    let hourly = SetAxis::ReceivedHour as u8;
    let members = format!(
        "(axis IN ({daily}) AND event_day < {before}) OR (axis = {hourly} AND event_day < {hours_before})"
    );
    delete_everywhere(client, MEMBER, &members)?;
    let first_hour = before.saturating_mul(HOURS_A_DAY);
    delete_everywhere(client, TALLY, &format!("kind = {BATCHES} AND period < {first_hour}"))
}

/// Generations of days that were closed under a later one since: of collectors that were killed while they closed one, and sums that were
/// summed again. Whatever else this collector has not seen of the journal, these are never read.
pub(crate) fn left_overs(client: &Client, generations: &Generations) -> Result<(), StoreError> {
    for shard in 0..client.shards() {
        for (of, tables) in [(Of::Rows, &[ROW, MEMBER, TALLY, STATE, SEEN][..]), (Of::Sums, &[CELL, TOTAL])] {
            let kept = generations.kept(shard, of);
            if kept.is_empty() {
                continue;
            }
            let kept = list(kept);
            for table in tables {
                let sql = format!(
                    "SELECT day, generation FROM {} WHERE generation NOT IN ({kept}) GROUP BY day, generation",
                    table.name
                );
                let mut rows = client.select_within(shard, &sql, Patience::Work)?;
                let mut dead = Vec::new();
                while !rows.is_at_end() {
                    let day = rows.i32()?;
                    let generation = rows.u64()?;
                    let wins = generations.closing(shard, day).map(|closing| closing.number(of));
                    dead.extend(wins.filter(|wins| generation < *wins).map(|_| generation));
                }
                if !dead.is_empty() {
                    delete(client, shard, *table, &format!("generation IN ({})", list(dead)))?;
                }
            }
        }
    }
    Ok(())
}

/// States of installations that have one of a later day: before a day those that have one from it on, and of the days before it, so many as
/// one round comes after the other, all but the last.
pub(crate) fn old_states(
    client: &Client,
    generations: &Generations,
    from: Day,
    round: Day,
) -> Result<(), StoreError> {
    let name = STATE.name;
    for shard in 0..client.shards() {
        let of_days = |first, last| {
            let days = Holding::Received(Days { first, last });
            list(generations.of_shard(shard, Of::Rows, days))
        };
        let first = from.saturating_sub(round);
        let kept = of_days(first, Day::MAX);
        if kept.is_empty() {
            continue;
        }
        let later = format!("SELECT product, who FROM {name} WHERE day >= {from} AND generation IN ({kept})");
        let window = format!("day >= {first} AND day < {from}");
        let last = format!(
            "SELECT product, who, max(day) FROM {name} WHERE {window} AND generation IN ({kept}) GROUP BY product, who"
        );
        delete(client, shard, STATE, &format!("day < {from} AND (product, who) IN ({later})"))?;
        delete(client, shard, STATE, &format!("{window} AND (product, who, day) NOT IN ({last})"))?;
    }
    Ok(())
}
