//! What a server counts of its requests, read from its start on.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use aboveboard_testkit::sample;
use aboveboard_types::declaration::{Declaration, SplitDeclaration, Text, TimingDeclaration};
use aboveboard_types::event::TimingCell;
use aboveboard_types::id::Id;
use aboveboard_types::typed::{Meter, MeterSums, Timings};

static DECLARED: LazyLock<Declaration> = LazyLock::new(|| {
    let mut declaration = sample::declaration();
    let split = |name: &'static str, of: [&'static str; 2]| {
        SplitDeclaration::new(Cow::Borrowed(name), of.map(Text::Borrowed).to_vec().into())
    };
    declaration.timings = vec![TimingDeclaration::new(
        "requests".into(),
        vec![split("operation", ["query", "mutation"]), split("transport", ["http", "ws"])].into(),
        vec![5, 100].into(),
        vec!["database".into()].into(),
        u32::MAX,
        "".into(),
    )]
    .into();
    declaration
});

#[test]
fn what_was_counted_since_the_run_began_is_told_by_kind_and_edge() {
    static METER: Meter<12, 2> = Meter::new(&[5, 100]);
    static METERS: [(&str, &dyn MeterSums); 1] = [("requests", &METER)];
    static TIMINGS: LazyLock<Timings> = LazyLock::new(|| Timings::new(&DECLARED, &METERS));
    let times = |whole, database| [whole, database].map(Duration::from_micros);
    METER.record(3, times(50_000, 1));
    let tag = Id::from_random([7; 16]);
    let run = TIMINGS.begin(tag);
    assert_eq!(run.timings(), None);
    let threads: Vec<_> = (0..20)
        .map(|_| {
            std::thread::spawn(move || {
                (0..100).for_each(|_| METER.record(1, times(4_999, 1_500)));
                METER.record(3, times(100_000, 0));
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    METER.record(4, times(1, 1));
    let timings = run.timings().unwrap();
    let cell = |kind: [&'static str; 2], from, count, total, database| TimingCell {
        kind: ["operation", "transport"].into_iter().zip(kind).collect(),
        from,
        count,
        total,
        parts: vec![("database", database)],
    };
    let expected =
        [cell(["query", "ws"], 0, 2_000, 9_998, 3_000), cell(["mutation", "ws"], 100, 20, 2_000, 0)];
    assert_eq!(timings.of[0].cells, expected);
    assert_eq!(timings.run, tag);
    assert_eq!(run.timings().unwrap().run, tag);
}
