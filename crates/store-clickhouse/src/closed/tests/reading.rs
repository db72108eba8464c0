//! How much the server reads for a question: what it is about, however much there was before.

use std::collections::HashSet;
use std::sync::Arc;

use aboveboard_replay::{ClosedDays as _, Periods, SeenBatch, SentContext, SetAxis};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{Days, InstallationKey};

use super::answers::{CELL_AXES, TODAY};
use super::both::Both;
use super::sample::{Numbers, SET_AXES, closed_day, installation};
use crate::closed::Closed;
use crate::closed::days::ClusterDays;
use crate::closed::generations::{Holding, Of};
use crate::closed::members::members_sql;
use crate::closed::rows::rows_sql;
use crate::closed::states::{seen_sql, states_sql};
use crate::closed::sums::{cells_sql, tallies_sql};
use crate::closed::tables::{CELL, MEMBER, ROW, SEEN, STATE, TALLY, TOTAL};
use crate::schema::{LOOKUPS, RANGES};

/// What is asked for: some days at the end.
const WINDOW: Days = Days { first: TODAY - 2, last: TODAY };

/// Rows of each kind of a day.
const SIZE: u64 = 1_500;

/// How many days were closed before, at first and then.
const BEFORE: [i32; 2] = [4, 40];

/// Days between two of them, so that they are years.
const APART: i32 = 23;

/// A day of years before.
fn long_before(number: i32) -> Day {
    TODAY - 20 - number * APART
}

/// How many rows the engine reads for each question.
fn rows_read(both: &Both) -> Vec<(&'static str, u64)> {
    let days = both.closed.days(&both.client, &both.journal);
    let is_read = |of, holding| days.is_read(0, of, holding).unwrap();
    let of_rows = is_read(Of::Rows, Holding::Events(WINDOW));
    let of_sums = is_read(Of::Sums, Holding::Events(WINDOW));
    let all = is_read(Of::Rows, Holding::Anything);
    let periods = Periods { first: WINDOW.first, last: WINDOW.last };
    let statements = [
        ("cells", cells_sql("quarry", Axis::Command, WINDOW, &of_sums)),
        ("sets", members_sql("quarry", SetAxis::Active, None, WINDOW, &of_rows)),
        ("sets of one name", members_sql("quarry", SetAxis::Command, Some("init"), WINDOW, &of_rows)),
        ("rows of a day", rows_sql(&condition(&days, Days { first: TODAY, last: TODAY }, None))),
        ("rows of one", rows_sql(&condition(&days, WINDOW, Some(1)))),
        ("tallies", tallies_sql("quarry", periods, &all)),
    ];
    statements.iter().map(|(name, sql)| (*name, both.rows_read(sql))).collect()
}

fn condition(days: &ClusterDays<'_>, of: Days, one: Option<u64>) -> String {
    let one = one.map(|number| [installation(number)]);
    days.condition(0, "quarry", of, one.as_ref().map(<[_; 1]>::as_slice)).unwrap()
}

/// Lets the engine join what it will join some time, so that the numbers are the same every time.
fn settle(both: &Both) {
    for table in [CELL, MEMBER, ROW, TALLY] {
        both.client.execute(0, &format!("OPTIMIZE TABLE {} FINAL", table.name)).unwrap();
    }
}

#[test]
fn what_is_read_does_not_grow_with_what_was_before() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(31);
    // Days long before, then those that are asked for.
    let history = |both: &mut Both, numbers: &mut Numbers, which: std::ops::Range<i32>| {
        for number in which {
            let day = long_before(number);
            both.close_here(day, &closed_day(numbers, day, SIZE, 5));
        }
    };
    history(&mut both, &mut numbers, 0..BEFORE[0]);
    for day in WINDOW.first..=WINDOW.last {
        both.close_here(day, &closed_day(&mut numbers, day, SIZE, 5));
    }
    settle(&both);
    let at_first = rows_read(&both);
    history(&mut both, &mut numbers, BEFORE[0]..BEFORE[1]);
    settle(&both);
    let then = rows_read(&both);
    let days = u64::try_from(WINDOW.last - WINDOW.first + 1).unwrap();
    for ((name, first), (_, then)) in at_first.into_iter().zip(then) {
        // Tallies without a period stand beside those of the window: a few of each day that was ever closed.
        let allowed = if name == "tallies" { first + SIZE / 4 * (BEFORE[1] as u64) } else { first };
        assert!(first > 0 && then <= allowed, "{name}: {first} rows, then {then}");
        let at_most = match name {
            "rows of a day" => SIZE * days + 2 * u64::from(LOOKUPS),
            // At each day one run of rows is looked at, with its ends.
            "rows of one" => days * 2 * u64::from(LOOKUPS) + u64::from(LOOKUPS),
            "tallies" => u64::MAX,
            _ => SIZE * days + 2 * u64::from(RANGES),
        };
        assert!(then <= at_most, "{name}: {then} rows of at most {at_most}");
    }
}

/// Every context that is known.
fn contexts(both: &Both, closed: &Closed) -> HashSet<Arc<SentContext>> {
    closed.days(&both.client, &both.journal).contexts("quarry").unwrap().into_iter().collect()
}

#[test]
fn contexts_of_days_that_were_closed_before_are_not_read_again() {
    let mut both = Both::that_logs();
    let mut numbers = Numbers::new(33);
    for day in (0..BEFORE[1]).map(long_before).chain(WINDOW.first..=WINDOW.last) {
        both.close_here(day, &closed_day(&mut numbers, day, SIZE, 5));
    }
    let read = |both: &Both| {
        let before = both.rows_read_of(MEMBER);
        let found = contexts(both, &both.closed);
        (found, both.rows_read_of(MEMBER) - before)
    };
    let (_, all) = read(&both);
    assert_eq!(read(&both).1, 0, "what did not change is not asked for");
    let what = closed_day(&mut numbers, TODAY + 1, SIZE, 5);
    both.close_here(TODAY + 1, &what);
    let (found, then) = read(&both);
    assert!(then > 0 && then * 4 < all, "{then} rows of {all}");
    assert_eq!(found, contexts(&both, &Closed::new(1, 0)), "what is kept and what is read are the same");
}

/// Asks what a page asks of closed days: about a window, and when everybody came first.
fn ask_for_a_page(both: &Both) {
    let days = both.closed.days(&both.client, &both.journal);
    let Days { first, last } = WINDOW;
    days.contexts("quarry").unwrap();
    days.totals("quarry").unwrap();
    days.latest("quarry", &mut |_, _, _| {}).unwrap();
    days.tallies("quarry", Periods { first, last }, &mut |_, _, _| {}).unwrap();
    for axis in CELL_AXES {
        days.cells("quarry", axis, WINDOW, &mut |_, _, _| {}).unwrap();
    }
    let ask = |axis, periods| days.members("quarry", axis, None, periods, &mut |_, _, _| {}).unwrap();
    for axis in SET_AXES {
        ask(axis, Periods { first, last });
    }
    ask(SetAxis::ReceivedHour, Periods { first: first * 24, last: last * 24 + 23 });
    for axis in [SetAxis::FirstSeen, SetAxis::FirstReceived] {
        ask(axis, Periods { first: Day::MIN, last });
    }
}

#[test]
fn from_a_full_cache_a_page_reads_no_more_rows_when_ten_times_as_many_days_are_closed() {
    let mut both = Both::that_logs();
    let mut numbers = Numbers::new(34);
    let read = |both: &Both| -> u64 {
        [CELL, MEMBER, ROW, SEEN, STATE, TALLY, TOTAL].iter().map(|table| both.rows_read_of(*table)).sum()
    };
    let mut close = |both: &mut Both, day| {
        let what = closed_day(&mut numbers, day, 100, 5);
        both.close_here(day, &what);
    };
    (WINDOW.first..=WINDOW.last).for_each(|day| close(&mut both, day));
    let mut closed = 0;
    for before in BEFORE {
        (closed..before).for_each(|number| close(&mut both, long_before(number)));
        closed = before;
        let at_first = read(&both);
        ask_for_a_page(&both);
        let then = read(&both);
        assert!(then > at_first, "a day was closed: something is read anew");
        ask_for_a_page(&both);
        assert_eq!(read(&both), then, "{before} days before: all is in the cache, so nothing is read");
    }
}

#[test]
fn single_keys_are_looked_up_among_many() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(32);
    let mut what = closed_day(&mut numbers, TODAY, 2, 0);
    let (product, _, state) = what.states[0].clone();
    let seen = what.seen[0];
    let all = 40_u64 * u64::from(LOOKUPS);
    what.states = (0..all).map(|number| (product.clone(), spread(number), state.clone())).collect();
    let key = |number| BatchKey::from_bytes((u128::from(spread(number).0) << 64).to_be_bytes());
    what.seen = (0..all).map(|number| SeenBatch { key: key(number), ..seen }).collect();
    both.close_here(TODAY, &what);
    let days = both.closed.days(&both.client, &both.journal);
    let is_read = days.is_read(0, Of::Rows, Holding::Anything).unwrap();
    let condition = format!("who IN ({},{})", spread(7).0, spread(9).0);
    for sql in [states_sql(&product, &condition, &is_read), seen_sql(&[key(7), key(9)], &is_read)] {
        let read = both.rows_read(&sql);
        assert!(read > 0 && read <= 4 * u64::from(LOOKUPS), "{read} of {all} rows: {sql}");
    }
}

/// Keys from all over, as keys are.
fn spread(number: u64) -> InstallationKey {
    InstallationKey(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
