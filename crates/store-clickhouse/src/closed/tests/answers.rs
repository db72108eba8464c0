//! Every question, asked of two kinds of closed days.

use std::fmt::Debug;
use std::ops::ControlFlow;

use aboveboard_replay::{ClosedDays, MemberKey, Periods, SetAxis};
use aboveboard_store::axis::Axis;
use aboveboard_store::packed_set::PackedSet;
use aboveboard_store::read::{Days, InstallationKey};

use super::sample::{SET_AXES, installation};

/// The day around which everything is made up, so that its month begins within what is asked for.
pub(super) const TODAY: i32 = 20_800;

const WINDOWS: [Days; 4] = [
    Days::ALL,
    Days { first: TODAY - 20, last: TODAY + 20 },
    Days { first: TODAY - 3, last: TODAY - 1 },
    Days { first: TODAY, last: TODAY - 1 },
];

pub(super) const CELL_AXES: [Axis; 5] =
    [Axis::Command, Axis::Action, Axis::Report, Axis::Choice, Axis::TimingTime];

fn same<T: Debug + PartialEq>(what: &str, mut found: Vec<T>, mut expected: Vec<T>) {
    found.sort_by_key(|item| format!("{item:?}"));
    expected.sort_by_key(|item| format!("{item:?}"));
    let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert!(
        differs.is_none() && found.len() == expected.len(),
        "{what}: {} of {}, {differs:?}",
        found.len(),
        expected.len()
    );
}

fn both<T>(found: &dyn ClosedDays, expected: &dyn ClosedDays, ask: impl Fn(&dyn ClosedDays) -> T) -> (T, T) {
    (ask(found), ask(expected))
}

/// Compares all that is known of a product.
pub(super) fn compare(product: &str, found: &dyn ClosedDays, expected: &dyn ClosedDays) {
    assert_eq!(found.last(), expected.last());
    assert_eq!(found.products().unwrap(), expected.products().unwrap());
    let (a, b) = both(found, expected, |days| days.contexts(product).unwrap());
    same("contexts", a, b);
    let (a, b) = both(found, expected, |days| days.totals(product).unwrap());
    same("totals", a, b);
    let windows = if product == "never seen" { &WINDOWS[..1] } else { &WINDOWS };
    for window in windows.iter().copied() {
        compare_sums(product, window, found, expected);
        compare_sets(product, window, found, expected);
        compare_rows(product, window, found, expected);
    }
    compare_states(product, found, expected);
    for day in TODAY - 30..TODAY + 30 {
        for number in 0..12 {
            assert_eq!(found.lacking(day, installation(number)), expected.lacking(day, installation(number)));
        }
    }
}

fn compare_sums(product: &str, window: Days, found: &dyn ClosedDays, expected: &dyn ClosedDays) {
    for axis in CELL_AXES {
        let (a, b) = both(found, expected, |days| {
            let mut cells = Vec::new();
            days.cells(product, axis, window, &mut |key, day, number| cells.push((key.clone(), day, number)))
                .unwrap();
            cells
        });
        same("cells", a, b);
    }
    for periods in [
        Periods { first: window.first, last: window.last },
        Periods { first: window.first.saturating_mul(24), last: window.last.saturating_mul(24) },
    ] {
        let (a, b) = both(found, expected, |days| {
            let mut tallies = Vec::new();
            days.tallies(product, periods, &mut |key, day, number| tallies.push((key.clone(), day, number)))
                .unwrap();
            tallies
        });
        same("tallies", a, b);
    }
    let (a, b) = both(found, expected, |days| days.retired(product, window).unwrap());
    same("retired", a, b);
    for day in [TODAY - 2, TODAY, TODAY + 2] {
        let (a, b) = both(found, expected, |days| {
            let mut sums = Vec::new();
            days.sums_of_day(0, day, &mut |of, key, number| sums.push((of.to_owned(), key.clone(), number)))
                .unwrap();
            sums
        });
        same("sums of a day", a, b);
    }
}

fn compare_sets(product: &str, window: Days, found: &dyn ClosedDays, expected: &dyn ClosedDays) {
    for axis in SET_AXES {
        let names: &[_] =
            if matches!(axis, SetAxis::Command) { &[Some("it's"), None, Some("init")] } else { &[None] };
        let hours = if axis == SetAxis::ReceivedHour { 24 } else { 1 };
        let periods = Periods {
            first: window.first.saturating_mul(hours),
            last: window.last.saturating_mul(hours).saturating_add(hours / 5),
        };
        for name in names {
            let (a, b) = both(found, expected, |days| {
                let mut members = Vec::new();
                let mut before = i32::MIN;
                let numbers = days.numbers(product);
                let mut each = |key: &MemberKey, day, part: &PackedSet| {
                    assert!(key.period >= before, "periods ascend");
                    before = key.period;
                    let keys = numbers.keys(part.members()).into_iter();
                    members.extend(keys.map(|who| (key.clone(), day, who)));
                };
                days.members(product, axis, *name, periods, &mut each).unwrap();
                members
            });
            same("members", a, b);
        }
    }
}

fn compare_rows(product: &str, window: Days, found: &dyn ClosedDays, expected: &dyn ClosedDays) {
    let (a, b) = both(found, expected, |days| days.row_days(product, window).unwrap());
    assert_eq!(a, b, "days with rows");
    let who: Vec<InstallationKey> = (0..5).map(installation).collect();
    for limit in [usize::MAX, 3] {
        let (a, b) = both(found, expected, |days| {
            let mut rows = Vec::new();
            let mut each = |row| {
                rows.push(row);
                if rows.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            days.rows_of(product, &who, window, &mut each).unwrap();
            rows
        });
        assert_eq!(a, b, "rows of some");
    }
    for day in [TODAY - 3, TODAY, TODAY + 1] {
        let (a, b) = both(found, expected, |days| {
            let mut rows = Vec::new();
            let mut each = |row| {
                rows.push(row);
                ControlFlow::Continue(())
            };
            days.rows(product, day, &mut each).unwrap();
            rows
        });
        assert_eq!(a, b, "rows of a day");
        let (a, b) = both(found, expected, |days| {
            let mut rows = Vec::new();
            let mut each = |of: &str, row| {
                rows.push((of.to_owned(), row));
                ControlFlow::Continue(())
            };
            days.rows_of_day(0, day, &mut each).unwrap();
            rows
        });
        same("rows of a day of the order", a, b);
    }
}

fn compare_states(product: &str, found: &dyn ClosedDays, expected: &dyn ClosedDays) {
    let who: Vec<InstallationKey> = (0..7).map(installation).chain([InstallationKey(3)]).collect();
    let (a, b) = both(found, expected, |days| days.states(product, &who).unwrap());
    same("states", a, b);
    let (a, b) = both(found, expected, |days| {
        let mut latest = Vec::new();
        days.latest(product, &mut |who, day, report| latest.push((who, day, report.clone()))).unwrap();
        latest
    });
    same("last reports", a, b);
    let (a, b) = both(found, expected, |days| {
        let mut known = Vec::new();
        let mut from = Some(InstallationKey(0));
        while let Some(key) = from {
            from = days.known(product, key, &mut |who, day, state| known.push((who, day, state))).unwrap();
        }
        known
    });
    assert_eq!(a, b, "who is known, ascending");
}
