//! The agent as a host uses it, against a collector on loopback and the real spool.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aboveboard_core::consent::Choice;
use aboveboard_core::consent::answer::Answer;
use aboveboard_core::environment::Environment;
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_testing::Collector;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::{Cells, EventKind};

use super::kit::{QUICK, agent, product, received, remains, say, until};
use crate::{Agent, Handle};
use aboveboard_testkit::server_product::{Migrated, Tables, declaration};

#[tokio::test]
async fn a_fresh_server_reports_its_counts_once_with_id_version_and_platform() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let counted = Arc::new(AtomicUsize::new(0));
    let asked = Arc::clone(&counted);
    let count = move || {
        asked.fetch_add(1, Ordering::Relaxed);
        async { Ok::<_, io::Error>(Tables(7)) }
    };
    let telemetry = agent(collector.endpoint(), directory.path()).counts(count).start();
    let (collector, batch) = received(collector).await.unwrap();
    assert_eq!(batch.envelope.header.component, Component::Server);
    assert_eq!(batch.envelope.header.version.to_string(), "2.3.4");
    let [event] = &batch.events[..] else { panic!("{:?}", batch.events) };
    let EventKind::Report(report) = &event.kind else { panic!("{event:?}") };
    assert_eq!((report.counts[0].name, &report.counts[0].cells), ("tables", &Cells::One(7)));

    // Further deliveries follow each second, a further report only after a day.
    telemetry.record(Migrated(true));
    let (collector, second) = received(collector).await.unwrap();
    assert!(matches!(&second.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
    assert_eq!(second.envelope.installation, batch.envelope.installation);
    telemetry.shutdown().await;

    // Nor does a restart report again before its time.
    let telemetry = agent(collector.endpoint(), directory.path()).counts(|| async { Tables(8) }).start();
    telemetry.record(Migrated(false));
    let (_, third) = received(collector).await.unwrap();
    assert!(matches!(&third.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
    assert_eq!(third.envelope.installation, batch.envelope.installation);
    assert_eq!(counted.load(Ordering::Relaxed), 1);
    let paths = Paths::in_directory(directory.path());
    until("all three are acknowledged", || inspect::sent(&paths).len() == 3).await;
    let sent = inspect::sent(&paths);
    assert!(sent.iter().any(|sent| sent.body == batch.body.as_bytes()));
    telemetry.shutdown().await;
}

#[tokio::test]
async fn before_the_notice_was_seen_and_the_first_delay_is_over_nothing_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let hour = Duration::from_secs(3_600);
    let quiet = Agent::new(product(), "1.0.0").environment(Environment::of([("", ""); 0]));
    let quiet = quiet.endpoint(collector.endpoint()).allow_private(true).directory(directory.path());
    let unseen = quiet.first_delay(Duration::ZERO).start();
    unseen.record(Migrated(true));
    assert_eq!((unseen.status().mode(), unseen.status().because()), ("undecided", "manifest"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nobody saw the notice");
    unseen.shutdown().await;

    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let shown = Arc::clone(&lines);
    let telemetry = Agent::new(product(), "1.0.0")
        .environment(Environment::of([("", ""); 0]))
        .endpoint(collector.endpoint())
        .allow_private(true)
        .directory(directory.path())
        .first_delay(hour)
        .notice(move |line| shown.lock().unwrap().push(line.to_owned()))
        .start();
    telemetry.record(Migrated(true));
    assert_eq!(telemetry.status().mode(), "notice");
    assert_eq!(remains(&directory), Vec::<String>::new());
    assert!(lines.lock().unwrap()[0].contains(&collector.endpoint()));
    telemetry.shutdown().await;
    assert_eq!(lines.lock().unwrap().len(), 1, "one line for a start");
    assert!(collector.batches().is_empty());
}

#[tokio::test]
async fn where_the_policy_is_to_ask_only_the_operators_consent_turns_it_on_and_does_so_at_once() {
    let mut asks = declaration();
    asks.server = aboveboard_types::declaration::Policy::Ask;
    let asks: &'static Declaration = Box::leak(Box::new(asks));
    let directory = tempfile::tempdir().unwrap();
    let start = |flag| {
        let agent = Agent::new(asks, "1.0.0").environment(Environment::of([("", ""); 0])).flag(flag);
        agent.endpoint("http://127.0.0.1:9").allow_private(true).directory(directory.path()).start()
    };
    let unasked = start(None);
    unasked.record(Migrated(true));
    assert_eq!(unasked.status().mode(), "undecided");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    unasked.shutdown().await;
    let telemetry = start(Some("yes"));
    assert_eq!((telemetry.status().mode(), telemetry.status().because()), ("on", "flag"));
    assert_eq!(remains(&directory), ["telemetry"]);
    telemetry.shutdown().await;
}

#[tokio::test]
async fn every_opt_out_of_this_process_leaves_no_trace() {
    let endpoint = "http://127.0.0.1:9";
    let noes: [fn(Agent) -> Agent; 5] = [
        |agent| agent.flag(Some("flase")).config(Some("true")),
        |agent| agent.config(Some("off")).flag(Some("true")),
        |agent| agent.environment(Environment::of([("ENABLE_TELEMETRY", "false")])).flag(Some("true")),
        |agent| agent.environment(Environment::of([("QUARRY_ENABLE_TELEMETRY", "")])),
        |agent| agent.environment(Environment::of([("DO_NOT_TRACK", "1")])).flag(Some("true")),
    ];
    for no in noes {
        let directory = tempfile::tempdir().unwrap();
        let lines = Arc::new(AtomicUsize::new(0));
        let shown = Arc::clone(&lines);
        let telemetry = no(agent(endpoint, directory.path()).notice(move |_| {
            shown.fetch_add(1, Ordering::Relaxed);
        }))
        .counts(|| async { if true { panic!("nobody counts where telemetry is off") } else { Tables(0) } })
        .start();
        telemetry.record(Migrated(true));
        assert_eq!(telemetry.status().mode(), "off");
        assert!(telemetry.preview().contains("\"installation\":\"00000000-0000-0000-0000-000000000000\""));
        telemetry.shutdown().await;
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        assert_eq!(lines.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn an_opt_out_that_is_stored_while_it_runs_silences_and_deletes_and_consent_begins_anew() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let endpoint = collector.endpoint();
    let telemetry = agent(endpoint.as_str(), directory.path()).start();
    let (collector, first) = received(collector).await.unwrap();

    say(&directory, &endpoint, Choice::No);
    until("it falls silent", || {
        telemetry.record(Migrated(true));
        telemetry.status().mode() == "off"
    })
    .await;
    assert_eq!(remains(&directory), Vec::<String>::new());
    telemetry.record(Migrated(true));
    assert_eq!(remains(&directory), Vec::<String>::new());
    let before = collector.batches().len();

    say(&directory, &endpoint, Choice::Yes);
    until("it speaks again", || telemetry.status().mode() == "on").await;
    telemetry.shutdown().await;
    let again = agent(endpoint.as_str(), directory.path()).start();
    let (_, second) = received(collector).await.unwrap();
    assert_ne!(first.envelope.installation, second.envelope.installation, "a later yes is another id");
    assert!(
        second.events.iter().all(|event| !matches!(event.kind, EventKind::Declared(_))),
        "after {before}"
    );
    again.shutdown().await;
}

#[tokio::test]
async fn a_policy_that_a_variable_names_silences_while_it_runs_and_the_configuration_deletes_at_the_next_start()
 {
    let directory = tempfile::tempdir().unwrap();
    let policies = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let policy = policies.path().to_str().unwrap();
    let variables = [QUICK[0], QUICK[1], ("ABOVEBOARD_OFF_D", policy)];
    let start = |config| {
        let agent = agent(collector.endpoint(), directory.path()).environment(Environment::of(variables));
        agent.config(config).start()
    };
    let is_recorded = || remains(&directory) == ["telemetry"];

    let telemetry = start(Some("true"));
    until("it records", is_recorded).await;
    std::fs::write(policies.path().join("quarry"), "").unwrap();
    until("it falls silent", || telemetry.status().because() == "policy").await;
    assert_eq!(remains(&directory), ["telemetry"], "what a variable names only silences");
    telemetry.shutdown().await;
    std::fs::remove_file(policies.path().join("quarry")).unwrap();

    let telemetry = start(Some("true"));
    until("it records", is_recorded).await;
    telemetry.shutdown().await;
    let telemetry = start(Some("false"));
    assert_eq!((telemetry.status().mode(), telemetry.status().because()), ("off", "config"));
    assert_eq!(remains(&directory), Vec::<String>::new());
    telemetry.shutdown().await;
}

#[tokio::test]
async fn what_a_wider_manifest_adds_is_shown_and_waits_for_its_own_first_delay() {
    let directory = tempfile::tempdir().unwrap();
    let mut narrow = declaration();
    (narrow.events, narrow.hash) =
        (vec![].into(), "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210".into());
    let narrow: &'static Declaration = Box::leak(Box::new(narrow));
    let collector = Collector::start(narrow);
    let lines: Arc<Mutex<Vec<String>>> = Arc::default();
    let start = |product: &'static Declaration, delay: &'static str| {
        let shown = Arc::clone(&lines);
        let variables = [("QUARRY_TELEMETRY_FIRST_DELAY", delay), QUICK[1]];
        Agent::new(product, "2.3.4")
            .environment(Environment::of(variables))
            .endpoint(collector.endpoint())
            .allow_private(true)
            .directory(directory.path())
            .notice(move |line| shown.lock().unwrap().push(line.to_owned()))
            .start()
    };
    let first = start(narrow, "0");
    until("it reports", || !inspect::sent(&Paths::in_directory(directory.path())).is_empty()).await;
    first.shutdown().await;
    assert!(!lines.lock().unwrap()[0].contains("New since"));
    let path = directory.path().join("consent");
    let mut long_ago = Answer::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
    long_ago.at -= 3_600;
    std::fs::write(&path, long_ago.line()).unwrap();

    // The next version may record one more event, two seconds after it was started.
    let second = start(product(), "2");
    assert!(lines.lock().unwrap()[1].contains("New since") && lines.lock().unwrap()[1].contains("migrated"));
    let mode_and_event = || {
        second.record(Migrated(true));
        let status = second.status();
        let preview = second.preview();
        (status.mode(), preview.contains("\"name\":\"migrated\""))
    };
    assert_eq!(mode_and_event(), ("on", false), "what was shown before goes on, the new event waits");
    until("its own delay is over", || mode_and_event().1).await;
    second.shutdown().await;
}

#[tokio::test]
async fn reports_become_more_frequent_only_after_that_was_shown_for_its_own_first_delay() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let often: &'static Declaration = Box::leak(Box::new(declaration().report_every(3_600).sealed()));
    let start = |product: &'static Declaration, delay: &'static str| {
        let agent = Agent::new(product, "2.3.4")
            .environment(Environment::of([("QUARRY_TELEMETRY_FIRST_DELAY", delay)]));
        agent
            .endpoint(collector.endpoint())
            .allow_private(true)
            .directory(directory.path())
            .notice(|_| {})
            .start()
    };
    let path = directory.path().join("consent");
    let next = |telemetry: &Handle| {
        let status: serde_json::Value = serde_json::from_str(&telemetry.status().to_string()).unwrap();
        let next = status["next_report"].as_str().and_then(aboveboard_types::clock::parse_stamp);
        next.map(|next| next.saturating_sub(aboveboard_types::clock::now()))
    };
    let first = start(product(), "0");
    until("it reports", || !inspect::sent(&Paths::in_directory(directory.path())).is_empty()).await;
    first.shutdown().await;
    let mut long_ago = Answer::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
    long_ago.at -= 7_200;
    std::fs::write(&path, long_ago.line()).unwrap();

    let waits = start(often, "3600");
    until("it knows when", || next(&waits).is_some()).await;
    assert!(next(&waits).unwrap() > 80_000, "as often as was shown before: {:?}", next(&waits));
    waits.shutdown().await;
    let told = start(often, "0");
    until("it knows when", || next(&told).is_some()).await;
    assert!(next(&told).unwrap() < 4_000, "as often as was shown now: {:?}", next(&told));
    told.shutdown().await;
}

#[tokio::test]
async fn local_records_shows_and_never_sends() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    say(&directory, &collector.endpoint(), Choice::Local);
    let telemetry =
        agent(collector.endpoint(), directory.path()).counts(|| async { Some(Tables(5)) }).start();
    until("the report is recorded", || telemetry.preview().contains("\"tables\":5")).await;
    assert_eq!(telemetry.status().mode(), "local");
    telemetry.shutdown().await;
    assert!(collector.batches().is_empty());
}

#[tokio::test]
async fn counts_that_panic_or_are_withheld_cost_the_report_and_nothing_else() {
    for panics in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let collector = Collector::start(product());
        let count = move || async move {
            assert!(!panics, "in the host's own code");
            None::<Tables>
        };
        let telemetry = agent(collector.endpoint(), directory.path()).counts(count).start();
        telemetry.record(Migrated(true));
        let (_, batch) = received(collector).await.unwrap();
        assert!(matches!(&batch.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
        let why = if panics { "panicked" } else { "withheld" };
        until("the status says why", || telemetry.status().to_string().contains(why)).await;
        telemetry.shutdown().await;
    }
}

#[tokio::test]
async fn replicas_that_share_a_directory_report_once() {
    let directory = tempfile::tempdir().unwrap();
    let collector = Collector::start(product());
    let replicas: Vec<Handle> = (0..4)
        .map(|_| agent(collector.endpoint(), directory.path()).counts(|| async { Tables(1) }).start())
        .collect();
    let (collector, batch) = received(collector).await.unwrap();
    assert_eq!(batch.events.len(), 1);
    // An event that is recorded afterwards arrives, and no second report before it.
    replicas[3].record(Migrated(true));
    let (collector, batch) = received(collector).await.unwrap();
    assert!(matches!(&batch.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
    for replica in &replicas {
        replica.shutdown().await;
    }
    assert!(collector.batches().is_empty());
}

#[test]
fn outside_a_runtime_it_is_off_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let telemetry = agent("http://127.0.0.1:9", directory.path()).start();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(telemetry.shutdown());
}
