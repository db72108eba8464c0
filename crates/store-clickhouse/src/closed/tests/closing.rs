//! Closing days, closing them again, and being killed in between.

use aboveboard_replay::{ClosedDays as _, JournalEntry};
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::InstallationKey;

use super::answers::TODAY;
use super::both::Both;
use super::sample::{Numbers, closed_day, installation};
use crate::closed::write::Writing;

#[test]
fn closed_days_answer_as_they_do_in_memory() {
    let mut both = Both::new();
    both.compare();
    let mut numbers = Numbers::new(1);
    for day in [TODAY - 9, TODAY - 2, TODAY - 1, TODAY, TODAY + 1] {
        both.close(day, &closed_day(&mut numbers, day, 60, 14));
    }
    both.compare();
    both.close(TODAY + 2, &closed_day(&mut numbers, TODAY + 2, 60, 14));
    both.compare();
}

#[test]
fn what_is_kept_in_memory_changes_no_answer() {
    // Nothing is kept, or little; what all tests ask of is more.
    for max_bytes in [0, 20_000] {
        let mut both = Both::with_memory(max_bytes);
        let mut numbers = Numbers::new(2);
        both.close(TODAY - 1, &closed_day(&mut numbers, TODAY - 1, 40, 3));
        both.compare();
        both.close(TODAY, &closed_day(&mut numbers, TODAY, 40, 3));
        both.compare();
    }
}

#[test]
fn what_a_killed_collector_left_is_never_read_and_goes() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(3);
    let left = closed_day(&mut numbers, TODAY, 40, 3);
    // It was killed before the journal said so: once before anybody closed the day, and once after the day was closed.
    Writing { client: &both.client, shard: 0, day: TODAY, generation: 77 }.day(&left).unwrap();
    both.compare();
    both.close(TODAY, &closed_day(&mut numbers, TODAY, 40, 3));
    let with_left = both.rows();
    Writing { client: &both.client, shard: 0, day: TODAY + 1, generation: 78 }.day(&left).unwrap();
    both.compare();
    both.closed.forget_ids(&both.client, &both.journal).unwrap();
    both.wait_for_deletions();
    both.compare();
    // The other day is not closed: perhaps somebody is just about to.
    let without: u64 = both.rows().iter().map(|(_, rows)| rows).sum();
    let with: u64 = with_left.iter().map(|(_, rows)| rows).sum();
    assert_eq!(without, with, "as much was deleted as was left there since");
    assert_eq!(both.number("SELECT count() FROM closed_row WHERE generation = 77"), 0);
    assert_eq!(both.number("SELECT count() FROM closed_row WHERE generation = 78"), left.rows.len() as u64);
}

#[test]
fn a_day_that_is_closed_twice_counts_as_it_was_last() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(4);
    for _ in 0..2 {
        both.close(TODAY, &closed_day(&mut numbers, TODAY, 40, 3));
        both.compare();
    }
    // The journal comes in any order.
    both.journal.reverse();
    both.compare();
}

#[test]
fn sums_of_a_day_are_replaced_and_the_rest_of_it_stays() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(5);
    let what = closed_day(&mut numbers, TODAY, 60, 3);
    both.close(TODAY, &what);
    both.close(TODAY + 1, &closed_day(&mut numbers, TODAY + 1, 60, 3));
    both.compare();
    both.close_again(TODAY, &what.cells[..20], &[installation(1), installation(2)]);
    both.compare();
    both.close_again(TODAY, &what.cells[..10], &[installation(1), installation(2), installation(3)]);
    both.compare();
    both.closed.forget_ids(&both.client, &both.journal).unwrap();
    both.wait_for_deletions();
    both.compare();
    let day = format!("SELECT count() FROM closed_cell WHERE day = {TODAY}");
    assert_eq!(both.number(&day), 10, "sums that are not read any more are gone");
}

#[test]
fn a_day_that_only_one_shard_has_closed_is_open() {
    let both = Both::new();
    let closed = |shard, day| JournalEntry::Closed {
        shard,
        day,
        generation: 1,
        sums: 1,
        first_day: day,
        without: Vec::new(),
    };
    let journal = |closed: Vec<JournalEntry>| {
        closed.into_iter().map(|entry| (aboveboard_replay::Order::FIRST, entry)).collect::<Vec<_>>()
    };
    let last = |entries| crate::closed::generations::Generations::of(&journal(entries), 2).last();
    assert_eq!(last(vec![closed(0, 5)]), None);
    assert_eq!(last(vec![closed(0, 5), closed(1, 5), closed(1, 6)]), Some(5));
    assert_eq!(both.closed.days(&both.client, &[]).last(), None);
}

#[test]
fn a_day_without_anything_can_be_closed() {
    let mut both = Both::new();
    both.close(TODAY, &aboveboard_replay::ClosedDay::default());
    both.compare();
}

#[test]
fn batches_are_known_by_their_keys_until_their_ids_are_forgotten() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(6);
    let what = closed_day(&mut numbers, TODAY, 40, 3);
    both.close(TODAY, &what);
    // The same batch stands in a later day once more: the last in the order counts.
    let mut later = closed_day(&mut numbers, TODAY + 1, 40, 3);
    later.seen.push(aboveboard_replay::SeenBatch {
        order: later.rows[0].1.order,
        events_hash: 9,
        ..what.seen[0]
    });
    both.close(TODAY + 1, &later);
    let unknown = BatchKey::from_bytes([9; 16]);
    let keys: Vec<BatchKey> = what.seen.iter().map(|seen| seen.key).chain([unknown]).collect();
    let ask = |both: &Both| {
        let mut seen = both.closed.days(&both.client, &both.journal).seen(&keys).unwrap();
        seen.sort_by_key(|seen| seen.order);
        seen
    };
    let mut expected = what.seen.clone();
    expected[0] = *later.seen.last().unwrap();
    expected.sort_by_key(|seen| seen.order);
    assert_eq!(ask(&both), expected);
    // They are needed for what came before, until that is closed.
    let forget = |both: &mut Both, day| {
        both.say(day, JournalEntry::IdsForgotten(TODAY + 1));
        both.closed.forget_ids(&both.client, &both.journal).unwrap();
        both.wait_for_deletions();
    };
    forget(&mut both, TODAY + 1);
    assert_eq!(ask(&both), expected);
    forget(&mut both, TODAY);
    assert_eq!(ask(&both), []);
    assert_eq!(both.number("SELECT count() FROM closed_seen"), later.seen.len() as u64 - 1);
}

#[test]
fn many_installations_are_gone_through_a_part_at_a_time() {
    let mut both = Both::new();
    let mut numbers = Numbers::new(7);
    let mut what = closed_day(&mut numbers, TODAY, 4, 0);
    let (product, _, state) = what.states[0].clone();
    what.states = (0..20_000_u64)
        .map(|number| {
            let key = InstallationKey(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            (product.clone(), key, state.clone())
        })
        .collect();
    both.close(TODAY, &what);
    let days = both.closed.days(&both.client, &both.journal);
    let mut known = Vec::new();
    let mut parts = 0;
    let mut from = Some(InstallationKey(0));
    while let Some(key) = from {
        let before = known.len();
        from = days.known(&product, key, &mut |who, _, _| known.push(who)).unwrap();
        assert!(known.len() - before < 6_000, "a part holds {}", known.len() - before);
        parts += 1;
    }
    assert!(known.is_sorted() && known.len() == 20_000 && parts >= 4, "{} in {parts}", known.len());
}
