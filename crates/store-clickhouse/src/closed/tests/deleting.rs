//! What is deleted of closed days.

use aboveboard_replay::{Backend as _, ClosedDay, NodeId, Order};
use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::entry::Position;

use super::answers::TODAY;
use super::both::Both;
use super::sample::{Numbers, closed_day, installation};
use crate::closed::delete;

fn with_days(seed: u64) -> Both {
    let mut both = Both::new();
    let mut numbers = Numbers::new(seed);
    for day in [TODAY - 2, TODAY - 1, TODAY] {
        both.close(day, &closed_day(&mut numbers, day, 80, 5));
    }
    both
}

/// What is kept in memory is of before: another collector asks.
fn compare_anew(mut both: Both) -> Both {
    both.wait_for_deletions();
    both.closed = crate::closed::Closed::new(2, super::both::MAX_BYTES);
    both.compare();
    both
}

#[test]
fn what_came_before_a_removal_goes_and_what_came_after_stays() {
    let both = with_days(11);
    let place =
        |day: i32| Order { at: i64::from(day) * SECONDS_A_DAY, node: NodeId(0), position: Position(0) };
    let gone = [
        ("quarry".to_owned(), installation(1), place(TODAY)),
        ("quarry".to_owned(), installation(2), place(TODAY - 1)),
        ("other".to_owned(), installation(3), place(TODAY + 1)),
    ];
    both.memory.delete_installations(&gone).unwrap();
    both.closed.delete_installations(&both.client, &both.journal, &gone).unwrap();
    let mut both = compare_anew(both);
    let left = |both: &Both, table: &str| {
        let who = installation(3).0;
        both.number(&format!("SELECT count() FROM {table} WHERE product = 'other' AND who = {who}"))
    };
    assert_eq!((left(&both, "closed_row"), left(&both, "closed_member")), (0, 0));
    // The replay of the day on which it stands begins with its state: that goes when another day behind it is closed.
    both.say_removal("other", installation(3), place(TODAY + 1));
    for day in [TODAY + 1, TODAY + 2] {
        assert!(left(&both, "closed_state") > 0, "before day {day} is closed");
        both.close_here(day, &ClosedDay::default());
        both.closed.forget_ids(&both.client, &both.journal).unwrap();
        both.wait_for_deletions();
    }
    assert_eq!(left(&both, "closed_state"), 0);
}

#[test]
fn what_goes_by_a_name_goes() {
    for name in ["start", "start.provider", "requests", "it's"] {
        let mut both = Both::new();
        let mut numbers = Numbers::new(12);
        for day in [TODAY - 2, TODAY - 1, TODAY] {
            let what = closed_day(&mut numbers, day, 80, 5);
            both.close(day, &what);
            // The sums lack it first.
            if day < TODAY {
                let without = |(of, key, _): &&(_, aboveboard_replay::CellKey, _)| {
                    let of: &std::sync::Arc<str> = of;
                    **of != *"quarry" || !key.goes_by(name)
                };
                let cells: Vec<_> = what.cells.iter().filter(without).cloned().collect();
                assert!(cells.len() < what.cells.len(), "{name}");
                both.close_again(day, &cells, &[]);
            }
        }
        both.memory.delete_item("quarry", name, TODAY - 1).unwrap();
        delete::item(&both.client, "quarry", name, TODAY - 1).unwrap();
        let both = compare_anew(both);
        // Also of sums that are not read any more, so that nothing is left that goes by the name.
        if name == "start.provider" {
            let fields = "SELECT count() FROM closed_cell WHERE product = 'quarry' AND axis = 8 AND name = 'start.provider'";
            assert_eq!(both.number(&format!("{fields} AND day < {TODAY}")), 0);
            assert!(both.number(fields) > 0);
        }
    }
}

#[test]
fn tallies_of_synthetic_data_go_and_others_stay() {
    let both = with_days(13);
    both.memory.delete_synthetic_tallies("quarry", TODAY - 1).unwrap();
    delete::synthetic_tallies(&both.client, "quarry", TODAY - 1).unwrap();
    compare_anew(both);
}

#[test]
fn retention_keeps_numbers_and_deletes_rows_and_sets() {
    let both = with_days(14);
    let what = closed_day(&mut Numbers::new(15), TODAY - 4, 40, 5);
    let mut retired = Vec::new();
    for (number, (_, row)) in (1..).zip(&what.rows) {
        if retired.iter().all(|(day, context, _)| (*day, context) != (row.day, &row.context)) {
            retired.push((row.day, row.context.clone(), number));
        }
    }
    both.memory.retire("quarry", TODAY - 2, &retired).unwrap();
    both.closed.retire(&both.client, ("quarry", TODAY - 2), &retired).unwrap();
    let both = compare_anew(both);
    // Another collector counted after some of the sets had gone: what it found is less.
    let less: Vec<_> = retired.iter().map(|(day, context, _)| (*day, context.clone(), 0)).collect();
    both.closed.retire(&both.client, ("quarry", TODAY - 2), &less).unwrap();
    compare_anew(both);
}

#[test]
fn receipts_are_forgotten() {
    let both = with_days(17);
    both.memory.forget_receipts(TODAY - 1, TODAY).unwrap();
    delete::receipts(&both.client, TODAY - 1, TODAY).unwrap();
    compare_anew(both);
}

#[test]
fn states_that_have_a_later_one_go_and_no_answer_changes() {
    let both = with_days(18);
    let before = both.number("SELECT count() FROM closed_state");
    let generations = both.closed.days(&both.client, &both.journal).generations;
    delete::old_states(&both.client, &generations, TODAY, 16).unwrap();
    let both = compare_anew(both);
    let after = both.number("SELECT count() FROM closed_state");
    assert!(after < before, "{after} of {before}");
    let sql = format!("SELECT uniqExact(product, who) FROM closed_state WHERE day < {TODAY}");
    let old = both.number(&format!("SELECT count() FROM closed_state WHERE day < {TODAY}"));
    assert_eq!(old, both.number(&sql), "each has one from before at most");
}
