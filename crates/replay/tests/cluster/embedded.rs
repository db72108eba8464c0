//! A collector of a cluster comes to every figure to which the embedded store comes, also where quotas are reached, whatever an operator
//! changes and whatever is closed meanwhile.

use std::collections::HashSet;

use aboveboard_replay::memory::MemoryCluster;
use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::context::ContextFilter;
use aboveboard_store::entry::{Erasure, LogEntry, Position};
use aboveboard_store::figures::{Answers, InstallationFilter, Question};
use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_store::read::{Days, StoreReader};
use aboveboard_store::versions::ReleaseLine;
use aboveboard_store::{Applied, EntryRange, Store};
use aboveboard_store_contract::{NOW, SUCCESS, Sketch};
use aboveboard_store_sqlite::{Expect, SqliteReader, open};
use aboveboard_types::value::{Channel, Version};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::node;
use super::steps::{Changes, PRODUCT, Step, manifests_with_few_requests, steps};

/// Figures that one of two stores has, or of which both have another number.
fn difference(here: &[(String, i64)], there: &[(String, i64)]) -> Vec<String> {
    let only = |of: &[(String, i64)], other: &[(String, i64)], name: &str| {
        let is_missing = |line: &&(String, i64)| !other.contains(line);
        of.iter().filter(is_missing).map(|line| format!("{name}: {line:?}")).collect::<Vec<_>>()
    };
    [only(here, there, "cluster"), only(there, here, "embedded")].concat()
}

/// A line that tells when something of an installation was received, as the embedded store has it once retention took that installation.
fn of_nobody(line: &str) -> Option<String> {
    let mut words: Vec<&str> = line.split(' ').collect();
    *words.get_mut(8).filter(|_| line.starts_with("heard-"))? = "nobody";
    Some(words.join(" "))
}

/// What is told of whether data still arrives, at some times up to a week behind the last batch: by the hour, as no line of a dump is.
fn health(reader: &dyn StoreReader, last: i64) -> Vec<String> {
    let snapshot = reader.snapshot().unwrap();
    let times = [0, 3, 13, 25, 7 * 24 - 1, 7 * 24 + 2].map(|hours| last + hours * 3_600);
    let tell = |now: i64| {
        let today = day_of(now);
        let question = Question {
            product: PRODUCT.to_owned(),
            days: Days { first: today, last: today },
            today,
            hour: 0,
            contexts: ContextFilter::everything(),
            installations: InstallationFilter::default(),
        };
        format!("{:?}", Answers::new(&*snapshot, &question, None).health(now, &[]).unwrap())
    };
    times.map(tell).to_vec()
}

/// Gives both stores the same steps, and compares them.
fn compare(steps: &[Step], cuts: &[usize]) -> Result<(), TestCaseError> {
    let manifests = manifests_with_few_requests();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("store.sqlite");
    let mut embedded = open(&file, Expect::New).unwrap();
    let mut cluster = node::open(&MemoryCluster::new(2), 1);
    let mut waiting = Vec::new();
    let mut cuts = cuts.iter().copied().cycle();
    let mut cut = 1;
    let mut at = i64::MIN;
    let last = steps.len() - 1;
    // Where an operator takes data out, it is found anew since when there is data of each version: in a cluster, whenever that is asked
    // for. So what is erased after that counts no more, and in the embedded store it does.
    let mut is_found_anew = false;
    let mut keeps_first_days = true;
    // What was received of an installation that retention took goes in a cluster, and stays in the embedded store: a server that comes back
    // by its link has it again there.
    let mut taken = HashSet::new();
    for (number, step) in steps.iter().enumerate() {
        if let Step::Entry(entry) = step {
            if let LogEntry::Batch(arrival) = entry {
                at = at.max(arrival.received);
            }
            waiting.push((Position(number as u64 * 10), entry.clone()));
            // What an operator changes is done to its end, since the embedded store does it in parts.
            let is_batch = matches!(entry, LogEntry::Batch(_));
            if is_batch && waiting.len() < cut && number < last {
                continue;
            }
        }
        match step {
            Step::Entry(LogEntry::Clearing(_) | LogEntry::Amendment(_)) => is_found_anew = true,
            Step::Entry(LogEntry::Erasure(_)) => keeps_first_days &= !is_found_anew,
            _ => {}
        }
        cut = cuts.next().unwrap_or(1);
        let end = Position(number as u64 * 10 + 10);
        let range = EntryRange::new(&waiting, end, &manifests);
        let expected = embedded.apply(&range).unwrap();
        let applied = cluster.apply(&range).unwrap();
        waiting.clear();
        while embedded.remove().unwrap().is_under_way {}
        while cluster.remove().unwrap().is_under_way {}
        prop_assert_eq!(
            Applied { cleared: 0, ..applied },
            Applied { cleared: 0, ..expected },
            "before step {}",
            number
        );
        let day = day_of(at);
        for store in [&mut embedded as &mut dyn Store, &mut cluster] {
            match step {
                Step::Entry(_) => {}
                Step::Retire(ago) => _ = store.retire(PRODUCT, day - ago).unwrap(),
                Step::ForgetIds(ago) => _ = store.forget_ids(day - ago).unwrap(),
                Step::ForgetReceipts => store.forget_receipts(day).unwrap(),
                Step::Compact => {
                    // Each closes a day.
                    (0..3).for_each(|_| _ = store.checkpoint().unwrap());
                    store.compact(day - OPEN_DAYS - 1).unwrap();
                }
            }
        }
        if !matches!(step, Step::Entry(LogEntry::Batch(_))) || number == last {
            let mut here = cluster.dump_for_comparison().unwrap();
            let mut there = embedded.dump_for_comparison().unwrap();
            let nobody = there.iter().filter(|(line, _)| of_nobody(line).as_ref() == Some(line));
            taken.extend(nobody.map(|(line, _)| line.clone()));
            let is_compared = |(line, _): &(String, i64)| {
                !of_nobody(line).is_some_and(|line| taken.contains(&line))
                    && (keeps_first_days || !line.starts_with("since "))
            };
            here.retain(is_compared);
            there.retain(is_compared);
            let difference = difference(&here, &there);
            prop_assert!(difference.is_empty(), "step {number}, {step:?}: {difference:#?}");
            // What was received of whom retention took is not in both.
            if taken.is_empty() {
                let embedded = SqliteReader::open(&file).unwrap();
                prop_assert_eq!(
                    health(&cluster.reader, at),
                    health(&embedded, at),
                    "step {}, {:?}",
                    number,
                    step
                );
            }
        }
    }
    Ok(())
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..30, 1..40)
}

#[test]
fn a_batch_of_somebody_erased_is_noted_under_a_version_of_a_named_line_once_that_has_a_name() {
    let version = |minor| Version { major: 1, minor, patch: 0, channel: Channel::Stable };
    let amendment =
        |change| LogEntry::Amendment(Amendment { product: PRODUCT.to_owned(), received: NOW, change });
    let erasure = Erasure {
        product: PRODUCT.to_owned(),
        installation: Sketch::id(1),
        received: NOW,
        by_operator: true,
    };
    let early = Sketch { received: NOW - 9 * SECONDS_A_DAY, ..Sketch::new(1, 1, &[(SUCCESS, 5)]) };
    let late = |number, by, day| {
        let received = NOW + day * SECONDS_A_DAY;
        Step::Entry(Sketch { version: "1.21.0", received, ..Sketch::new(number, by, &[]) }.entry())
    };
    let before = [
        early.entry(),
        amendment(Change::NameLine(ReleaseLine { major: 1, minor: 21 })),
        LogEntry::Erasure(erasure),
        amendment(Change::EraseVersion(version(21))),
    ];
    let erase_another = Step::Entry(amendment(Change::EraseVersion(version(0))));
    let steps: Vec<Step> = before.into_iter().map(Step::Entry).collect();
    let behind = [
        late(2, 1, 0),
        erase_another.clone(),
        Step::Compact,
        late(3, 2, 5),
        late(4, 1, 5),
        erase_another,
        Step::Compact,
        late(5, 1, 9),
    ];
    compare(&[&steps[..], &behind].concat(), &[1]).unwrap();
}

fn config() -> ProptestConfig {
    let is_long = std::env::var_os("ABOVEBOARD_TORTURE").is_some();
    let cases = if is_long { 200 } else { 4 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn a_batch_names_its_version_once_the_id_that_it_repeats_is_forgotten() {
    let first = Sketch { received: NOW - 9 * SECONDS_A_DAY, ..Sketch::new(1, 1, &[(SUCCESS, 5)]) };
    // Another batch under the same id, which is a conflict until the first one is forgotten.
    let other = Sketch { version: "1.0.0", received: NOW, ..Sketch::new(1, 1, &[]) };
    let again = Sketch { received: NOW + SECONDS_A_DAY, ..other.clone() };
    let entry = |sketch: &Sketch| Step::Entry(sketch.entry());
    compare(&[entry(&first), entry(&other), Step::ForgetIds(1), entry(&again)], &[1]).unwrap();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_an_operator_changes_every_figure_is_that_of_the_embedded_store(
        steps in steps(Changes::Operator),
        cuts in cuts(),
    ) {
        compare(&steps, &cuts)?;
    }

    #[test]
    fn whatever_goes_by_its_age_every_figure_is_that_of_the_embedded_store(
        steps in steps(Changes::AgeAndClearing),
        cuts in cuts(),
    ) {
        compare(&steps, &cuts)?;
    }
}
