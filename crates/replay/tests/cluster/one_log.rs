//! One log comes to the same here as in the embedded store, also where quotas are reached: names of versions, events, reports and dropped
//! events a day, what servers can serve and strangers may add.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_replay::{
    Admission, Book, ClusterKey, Fate, Installation, InstallationState, JournalEntry, NodeId, Order,
    RemovalKind, SentKind, Terms,
};
use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::context::ContextFilter;
use aboveboard_store::entry::{LogEntry, Position};
use aboveboard_store::facts::EntryFacts;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::{Days, InstallationKey, QualityNote, RequestSum, Selection, StoreReader};
use aboveboard_store::{Applied, EntryRange, Store as _};
use aboveboard_store_contract::{NOW, Sketch, manifest_text, manifests_of};
use aboveboard_store_sqlite::{Expect, SqliteReader, open};
use proptest::prelude::*;

use super::steps::{Changes, PRODUCT, Step, kept, manifests_with_few_requests, steps};

/// The collector of the log.
const NODE: NodeId = NodeId(1);

/// One collector: what it admits, and every installation that sent something.
struct Collector {
    admission: Admission,
    key: ClusterKey,
    journal: Vec<(Order, JournalEntry)>,
    terms: Arc<Terms>,
    installations: BTreeMap<InstallationKey, Installation>,
}

impl Collector {
    fn new() -> Self {
        let key = ClusterKey::new([7; 32]);
        Self {
            admission: Admission::new(key.clone()),
            key,
            journal: Vec::new(),
            terms: Arc::default(),
            installations: BTreeMap::new(),
        }
    }

    fn hear(&mut self, order: Order, entry: JournalEntry) {
        self.admission.hear(order, &entry);
        if let JournalEntry::Removal { installation, kind, received, .. } = &entry {
            self.installation(*installation).insert_removal(order, *kind, *received);
        }
        self.journal.push((order, entry));
        let book = Book::new(Arc::new(self.journal.clone()));
        let terms = Terms::of(&book, PRODUCT);
        if terms != *self.terms {
            self.terms = Arc::new(terms);
        }
        for installation in self.installations.values_mut() {
            installation.replay(&self.terms);
        }
    }

    fn installation(&mut self, key: InstallationKey) -> &mut Installation {
        let new = || Installation::new(InstallationState::default(), None, Vec::new());
        self.installations.entry(key).or_insert_with(new)
    }

    fn apply(&mut self, order: Order, entry: &LogEntry, manifests: &ManifestsInForce) -> Applied {
        let mut applied = Applied::default();
        match EntryFacts::of(entry, manifests) {
            EntryFacts::Batch(facts) => {
                let key = self.key.of_installation(&facts.product, facts.installation);
                let terms = Arc::clone(&self.terms);
                let is_known_batch = self.installation(key).has_seen(&facts.key, order, &terms);
                let state = self.installation(key).state();
                let sender = aboveboard_replay::Sender {
                    received: state.received,
                    is_known_batch,
                    is_erased: state.erased.is_some(),
                };
                let (batch, named) = self.admission.admit(&facts, order, &sender);
                self.journal.extend(named.into_iter().map(|entry| (order, entry)));
                let batch = Arc::new(batch);
                let installation = self.installation(key);
                installation.insert_batch(Arc::clone(&batch));
                let changed = installation.replay(&terms);
                assert_eq!(changed.len(), 1, "nothing that came before changes");
                let outcome = &changed[0].now;
                self.admission.count(&batch, outcome);
                match outcome.fate {
                    Fate::Counted | Fate::Erased => applied.batches = 1,
                    Fate::Duplicate => applied.duplicates = 1,
                    Fate::Conflict => applied.conflicts = 1,
                }
                for (note, n) in &outcome.notes {
                    match note {
                        QualityNote::Unplaced => applied.unplaced = *n,
                        QualityNote::Refused => applied.refused = *n,
                        QualityNote::OverCap => applied.over_cap = *n,
                        QualityNote::Erased => applied.erased = *n,
                        QualityNote::OtherVersion => applied.other_versions = *n,
                        QualityNote::Overgrown => applied.overgrown = *n,
                        _ => {}
                    }
                }
                for event in outcome.rows.iter().flat_map(|row| &row.events) {
                    applied.events += match &event.what {
                        SentKind::Requests(_) => 0,
                        SentKind::Declared { times, .. } => *times,
                        _ => 1,
                    };
                }
            }
            EntryFacts::Erasure(erasure) => {
                let product = erasure.product.clone();
                let installation = self.key.of_installation(&product, erasure.installation);
                let received = day_of(erasure.received);
                let kind = RemovalKind::Erasure;
                self.hear(order, JournalEntry::Removal { product, installation, kind, received });
                applied.erasures = 1;
            }
            _ => unreachable!("the test draws no other entry"),
        }
        applied
    }

    /// What was noted of each day of receipt.
    fn notes(&self) -> BTreeMap<String, u64> {
        let mut notes = BTreeMap::new();
        for (batch, outcome) in self.installations.values().flat_map(Installation::outcomes) {
            for (note, n) in &outcome.notes {
                *notes.entry(format!("{} {note:?}", day_of(batch.received_at))).or_default() += n;
            }
        }
        notes
    }

    /// The requests that count, by day, name and edge.
    fn requests(&self) -> BTreeMap<(Day, String), u64> {
        let mut sums = BTreeMap::new();
        let outcomes = self.installations.values().flat_map(Installation::outcomes);
        for row in outcomes.flat_map(|(_, outcome)| &outcome.rows) {
            for event in &row.events {
                let SentKind::Requests(requests) = &event.what else { continue };
                for sum in requests {
                    let (RequestSum::Requests(n) | RequestSum::Milliseconds(n)) = sum.sum;
                    let is_time = matches!(sum.sum, RequestSum::Milliseconds(_));
                    *sums.entry((row.day, format!("{} {} {is_time}", sum.name, sum.from))).or_default() += n;
                }
            }
        }
        sums
    }
}

fn notes_of(reader: &SqliteReader) -> BTreeMap<String, u64> {
    let mut notes = BTreeMap::new();
    let snapshot = reader.snapshot().unwrap();
    let contexts = ContextFilter::everything();
    for day in day_of(NOW) - 30..day_of(NOW) + 30 {
        let of = Selection { product: PRODUCT, days: Days { first: day, last: day }, contexts: &contexts };
        snapshot
            .quality(&of, &mut |note, n| *notes.entry(format!("{day} {note:?}")).or_default() += n)
            .unwrap();
    }
    notes
}

fn requests_of(reader: &SqliteReader) -> BTreeMap<(Day, String), u64> {
    let mut sums = BTreeMap::new();
    let snapshot = reader.snapshot().unwrap();
    let contexts = ContextFilter::everything();
    for day in day_of(NOW) - 30..day_of(NOW) + 30 {
        let of = Selection { product: PRODUCT, days: Days { first: day, last: day }, contexts: &contexts };
        let mut add = |cell: aboveboard_store::read::RequestCell<'_>| {
            let part = cell.part.map_or(String::new(), |part| format!(".{part}"));
            let (RequestSum::Requests(n) | RequestSum::Milliseconds(n)) = cell.sum;
            let is_time = matches!(cell.sum, RequestSum::Milliseconds(_));
            let name = format!("{}{part} {} {} {is_time}", cell.timing, cell.kind, cell.from);
            *sums.entry((day, name)).or_default() += n;
        };
        snapshot.requests(&of, &mut add).unwrap();
    }
    sums.retain(|_, n| *n > 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_log_comes_to_the_same_as_in_the_embedded_store(steps in steps(Changes::Age)) {
        let manifests = manifests_with_few_requests();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.sqlite");
        let mut store = open(&file, Expect::New).unwrap();
        let mut collector = Collector::new();
        let mut at = i64::MIN;
        for (number, step) in steps.iter().enumerate() {
            let position = Position(number as u64);
            if let Step::Entry(LogEntry::Batch(arrival)) = step {
                at = at.max(arrival.received);
            }
            let order = Order { at, node: NODE, position };
            match step {
                Step::Entry(entry) => {
                    let one = [(position, entry.clone())];
                    let end = Position(position.0 + 1);
                    let expected = store.apply(&EntryRange::new(&one, end, &manifests)).unwrap();
                    while store.remove().unwrap().is_under_way {}
                    let applied = collector.apply(order, entry, &manifests);
                    prop_assert_eq!(applied, expected, "step {}", number);
                }
                Step::Retire(ago) => {
                    let before = day_of(at) - ago;
                    store.retire(PRODUCT, before).unwrap();
                    collector.hear(order, JournalEntry::Retired { product: PRODUCT.to_owned(), before });
                }
                Step::ForgetReceipts | Step::Compact => {}
                Step::ForgetIds(ago) => {
                    let before = day_of(at) - ago;
                    store.forget_ids(before).unwrap();
                    collector.hear(order, JournalEntry::IdsForgotten(before));
                }
            }
        }
        let reader = SqliteReader::open(&file).unwrap();
        prop_assert_eq!(collector.notes(), notes_of(&reader));
        prop_assert_eq!(collector.requests(), requests_of(&reader));
        let snapshot = reader.snapshot().unwrap();
        for number in 0..=u8::MAX {
            let id = Sketch::id(number);
            let key = collector.key.of_installation(PRODUCT, id);
            let state = collector.installation(key).state();
            let life = state.first.zip(state.last).map(|(first, last)| Days { first, last });
            prop_assert_eq!(life, snapshot.life(PRODUCT, id).unwrap());
            prop_assert_eq!(state.received, snapshot.first_receipt(PRODUCT, id).unwrap());
            let presences: Vec<_> = state.presences.values().copied().collect();
            prop_assert_eq!(presences, snapshot.presences(PRODUCT, id).unwrap());
        }
        let book = Book::new(Arc::new(collector.journal));
        let names = |mut names: Vec<_>| {
            names.sort();
            names
        };
        let named = |of: aboveboard_store::read::NamedVersion| {
            format!("{:?} {} {:?}", of.field, of.version, of.admitted)
        };
        let here = book.product(PRODUCT).into_iter().flat_map(|product| product.versions()).map(named);
        let there = snapshot.versions(PRODUCT).unwrap().into_iter().map(named);
        prop_assert_eq!(names(here.collect()), names(there.collect()));
    }
}

#[test]
fn the_room_of_one_installation_on_a_day_ends_at_the_same_batch() {
    // A field of so many members that some hundred events are as long as a day may be.
    let members: Vec<_> = (0..90).map(|number| format!("\"m{number}\"")).collect();
    let text = manifest_text(PRODUCT).replace(r#"["compose", "kind"]"#, &format!("[{}]", members.join(", ")));
    let manifests = manifests_of(&[text]);
    let event = format!(r#""name":"start-finished","fields":{{"extensions":[{}]}}"#, members.join(","));
    let event = kept(event);
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let mut collector = Collector::new();
    let mut left_out = 0;
    for number in 0_u8..150 {
        let events: Vec<_> = (0..60).map(|at| (event, 40_000 - at * 30)).collect();
        let entry = Sketch::new(number, 1, &events).entry();
        let position = Position(number.into());
        let end = Position(position.0 + 1);
        let expected = store.apply(&EntryRange::new(&[(position, entry.clone())], end, &manifests)).unwrap();
        let applied = collector.apply(Order { at: NOW, node: NODE, position }, &entry, &manifests);
        assert_eq!(applied, expected, "batch {number}");
        left_out += applied.over_cap;
    }
    assert!((600..3_000).contains(&left_out), "{left_out}");
}
