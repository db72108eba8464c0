//! What published figures ask of a collector before any is drawn: who counts, what is kept for it, and what says nothing.

use aboveboard_published::counted;
use aboveboard_store::calendar::{Day, Days};
use aboveboard_store::contributions::{
    Contribution, ContributionRequest, ContributionSource as _, ContributorFilter, Layout,
    StoreContributions, days_of, period_of,
};
use aboveboard_store::entry::Arrival;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::StoreReader as _;
use aboveboard_store_sqlite::SqliteReader;
use aboveboard_testkit::sender;
use aboveboard_types::possession::Purpose;
use serde_json::json;

use crate::held::held;
use crate::test_collector::{MANIFEST, TestCollector, batch_of, exchange_as_stranger, now, with_manifest};

const DAY: u64 = 86_400;

/// The manifest of a product that publishes figures of every quarter.
fn manifest() -> String {
    const PUBLISH: &str = r#"[publish]
why = "Users and packagers see what their data is used for."
every = "quarter"
tables = ["commands", "sizes"]
licence = "CC0-1.0"
site = "https://sum.golang.org"
keys = ["sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]

[defaults]"#;
    MANIFEST.replace("[defaults]", PUBLISH)
}

/// A batch with one run of `init` at each of these times.
fn batch_at(installation: u64, number: u64, times: &[u64]) -> Vec<u8> {
    let text = String::from_utf8(batch_of("quarry", &manifest(), installation, number)).unwrap();
    let (head, rest) = text.split_once("\"events\":[{").unwrap();
    let (event, tail) = rest.split_once("}]").unwrap();
    let (before, after) = event.split_once("\"time\":").unwrap();
    let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let events: Vec<String> =
        times.iter().map(|time| format!("{{{before}\"time\":{time}{after}}}")).collect();
    format!("{head}\"events\":[{}]{tail}", events.join(",")).into_bytes()
}

/// What an installation shows with each of its batches.
fn value(installation: u64) -> counted::Value {
    let proof = sender::proof(sender::installation("quarry", installation), Purpose::Send).unwrap();
    counted::value(proof.shown(Purpose::Send))
}

fn manifests() -> ManifestsInForce {
    let mut manifests = ManifestsInForce::default();
    manifests.insert(std::sync::Arc::new(aboveboard_manifest::parse(&manifest(), "a test").unwrap().into()));
    manifests
}

/// The days of the quarter in which a time lies.
fn quarter(time: u64) -> Days {
    let day = Day::try_from(time / DAY).unwrap();
    days_of(period_of(aboveboard_manifest::PublishEvery::Quarter, day).unwrap())
}

fn contributions(collector: &TestCollector, days: Days) -> Vec<Contribution> {
    let manifests = manifests();
    let reader = SqliteReader::open(&collector.directory.path().join("store.sqlite")).unwrap();
    let ruling = &manifests.newest("quarry").unwrap().manifest;
    let layout = Layout::of(ruling, &[]);
    let contributors = ContributorFilter::Counted;
    let request = ContributionRequest { product: "quarry", days, layout: &layout, contributors };
    let mut all = Vec::new();
    StoreContributions::new(&reader, &manifests, ruling)
        .contributions(&request, &mut |contribution| all.push(contribution.clone()))
        .unwrap();
    all
}

/// A collector that heard installation 7 eight and five days ago.
fn collector() -> TestCollector {
    let collector = TestCollector::with_data(|data| {
        with_manifest(data);
        std::fs::write(data.join("manifests/quarry.toml"), manifest()).unwrap();
        let heard = [8, 5].map(|ago| {
            let time = now() - ago * DAY;
            Arrival {
                received: i64::try_from(time + 1).unwrap(),
                skew: 0,
                refused: 0,
                counted_value: Some(value(7)),
                body: batch_at(7, ago, &[time]),
            }
        });
        aboveboard_collector::import(data, heard).unwrap();
    });
    collector.settled();
    collector
}

#[test]
fn installations_made_up_in_one_second_count_nowhere_whatever_days_their_events_claim() {
    let collector = collector();
    let days_of_known = quarter(now() - 5 * DAY);
    let before = contributions(&collector, days_of_known);
    assert_eq!(before.len(), 1);
    let period = period_of(aboveboard_manifest::PublishEvery::Quarter, days_of_known.first).unwrap();
    assert_eq!(before[0].counted, Some(counted::of_period(&value(7), &period.to_string())));
    for installation in [1, 2] {
        let back = batch_at(installation, 100 + installation, &[now() - 10 * DAY, now()]);
        assert_eq!(collector.post(&back).status, 202);
    }
    collector.settled();
    for days in [quarter(now()), quarter(now() - 10 * DAY)] {
        let counted = contributions(&collector, days);
        assert!(counted.iter().all(|contribution| before.contains(contribution)), "{counted:?}");
    }
    assert_eq!(contributions(&collector, days_of_known), before);
}

#[test]
fn what_a_proof_shows_is_kept_for_its_periods_alone_and_is_told_to_whom_it_is_of() {
    let collector = collector();
    let time = now();
    assert_eq!(collector.post(&batch_at(1, 1, &[time])).status, 202);
    collector.settled();
    let id = sender::installation("quarry", 1);
    let reader = SqliteReader::open(&collector.directory.path().join("store.sqlite")).unwrap();
    let presences = reader.snapshot().unwrap().presences("quarry", id).unwrap();
    let days = quarter(time);
    let period = period_of(aboveboard_manifest::PublishEvery::Quarter, days.first).unwrap();
    let expected = counted::of_period(&value(1), &period.to_string());
    assert_eq!(
        presences.iter().map(|kept| (kept.days, kept.value, kept.revision)).collect::<Vec<_>>(),
        [(days, expected, 1)]
    );
    let answer = held(&collector, id, "{\"product\":\"quarry\"}");
    let period = period.document();
    assert_eq!(answer["periods"], json!([{"first": period.first, "last": period.last, "revision": 1}]));
}

#[test]
fn what_a_proof_shows_is_kept_of_no_product_that_publishes_nothing() {
    let collector = TestCollector::new();
    assert_eq!(collector.post(&batch_of("quarry", MANIFEST, 1, 1)).status, 202);
    collector.settled();
    let id = sender::installation("quarry", 1);
    assert_eq!(held(&collector, id, "{\"product\":\"quarry\"}")["periods"], json!([]));
    let reader = SqliteReader::open(&collector.directory.path().join("store.sqlite")).unwrap();
    assert_eq!(reader.snapshot().unwrap().presences("quarry", id).unwrap(), []);
}

#[test]
fn where_a_product_publishes_figures_the_metrics_are_the_operators_whatever_is_configured() {
    let ask = |address| {
        let request = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";
        exchange_as_stranger(address, request)
    };
    let publishing = |data: &std::path::Path| {
        with_manifest(data);
        std::fs::write(data.join("manifests/quarry.toml"), manifest()).unwrap();
    };
    let open = TestCollector::over(publishing, |config| config.operator.metrics_open = true);
    let answer = ask(open.address());
    assert_eq!((answer.status, answer.text().contains("aboveboard_")), (401, false));
    assert!(open.get("/metrics").text().contains("\naboveboard_batches_acknowledged_total "));
    let apart = TestCollector::over(publishing, |config| {
        config.operator_listen = Some("127.0.0.1:0".parse().unwrap());
        config.operator.metrics_open = true;
    });
    let answer = ask(apart.address());
    assert_eq!((answer.status, answer.text().contains("aboveboard_")), (404, false));
    assert_eq!(ask(apart.operator_address()).status, 401);
    let nothing = TestCollector::with(|config| config.operator.metrics_open = true);
    assert_eq!(ask(nothing.address()).status, 200);
}
