//! What an installation records, seals, hands over and forgets.

use std::fs;

use aboveboard_core::consent::answer::Choice;
use aboveboard_core::inspect;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::declaration::Component;
use aboveboard_types::outcome::DropReason;

use crate::sandbox::{Sandbox, deliver, names, told};

#[test]
fn what_is_recorded_is_sealed_previewed_claimed_and_logged_as_the_same_bytes() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    for number in 0..5 {
        recorder.record(&sample::event(number)).unwrap();
    }
    recorder.dropped(DropReason::Expired, 3);
    let permit = sample::permit(&sandbox.declaration, &sandbox.places);
    let header = sample::header(Component::Cli);
    let preview =
        inspect::preview(Some(&permit), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW);

    let spool = sandbox.spool();
    assert_eq!(spool.usage().events, 5);
    assert_eq!(spool.seal(NOW), 1);
    assert_eq!(spool.seal(NOW), 0);
    let [batch] = spool.pending()[..] else { panic!("one batch waits") };
    let claimed = spool.claim(batch, NOW).unwrap();
    assert_eq!(String::from_utf8(claimed.body.clone()).unwrap(), preview);
    assert_eq!(sample::numbers(&claimed.body), [0, 1, 2, 3, 4]);
    assert_eq!(told(&claimed.body, DropReason::Expired), 3);
    let parsed: aboveboard_wire::Batch<'_> = serde_json::from_slice(&claimed.body).unwrap();
    assert_eq!(parsed.envelope().unwrap().batch, batch);
    assert_eq!(parsed.events.len(), 5);
    assert!(parsed.events.iter().all(|event| event.check(Component::Cli, &sandbox.declaration).is_ok()));
    claimed.acknowledge(b"{\"receipt\":true}");

    let [sent] = &inspect::sent(&sandbox.places)[..] else { panic!("one batch was sent") };
    assert_eq!((&*sent.receipt, sent.id), (&b"{\"receipt\":true}"[..], batch));
    assert_eq!(String::from_utf8(sent.body.clone()).unwrap(), preview);
    let [lock, sequence] = &sandbox.names("")[..] else { panic!("nothing else stays") };
    assert!(lock == "seal.lock" && sequence.starts_with("sequence."));
}

#[test]
fn every_batch_that_waits_is_previewed_in_the_order_of_sending() {
    // The names of batches and segments are random: an order that is right by luck is not so each time.
    for _ in 0..8 {
        let sandbox = Sandbox::new();
        let permit = sample::permit(&sandbox.declaration, &sandbox.places);
        let of = |version: &str| {
            let version = aboveboard_types::value::Version::parse(version).unwrap();
            let header = aboveboard_types::envelope::Header { version, ..sample::header(Component::Cli) };
            Recorder::open(permit.clone(), &sandbox.declaration, &sandbox.places, header)
        };
        let preview = || {
            let header = sample::header(Component::Cli);
            // A segment that a dead command begins is dated by the real clock.
            let now = aboveboard_types::clock::now();
            let shown = inspect::preview(
                Some(&permit),
                &sandbox.declaration,
                Some(&sandbox.places),
                &header,
                &[],
                now,
            );
            shown.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let spool = sandbox.spool_after_first();
        for number in 0..3 {
            of("1.2.3").record(&sample::event(number)).unwrap();
            assert_eq!(spool.seal(NOW), 1);
        }
        // A sealer that was killed after its first step, whose drops are of its own batch.
        of("1.2.3").record(&sample::event(3)).unwrap();
        of("1.2.3").dropped(DropReason::Expired, 2);
        let [open] = &sandbox.names("open-")[..] else { panic!("one segment is open") };
        let shown = preview();
        let batch = shown[3].split("\"batch\":\"").nth(1).unwrap()[..36].to_owned();
        fs::rename(sandbox.path().join(open), sandbox.path().join(format!("sealing-{batch}"))).unwrap();
        let [waiting] = &sandbox.names("outcomes.")[..] else { panic!("drops wait") };
        fs::rename(sandbox.path().join(waiting), sandbox.path().join(format!("outcomes-{batch}"))).unwrap();
        assert_eq!(preview(), shown);
        // Two segments, drops, a dead command of one of them and one that has none yet.
        of("1.2.3").record(&sample::event(4)).unwrap();
        of("1.2.4").record(&sample::event(5)).unwrap();
        of("1.2.4").dropped(DropReason::Expired, 3);
        drop(of("1.2.4").begin("init", NOW).unwrap());
        drop(of("1.2.5").begin("init", NOW).unwrap());
        let shown = preview();
        assert_eq!(shown.len(), 7);
        spool.seal(NOW);
        let sent = deliver(&spool, NOW).into_iter().map(|body| String::from_utf8(body).unwrap());
        assert_eq!(sent.collect::<Vec<_>>(), shown);
        assert!(preview()[0].contains("00000000-0000-0000-0000-000000000000"), "nothing waits");
    }
}

#[test]
fn a_change_of_version_starts_a_new_segment() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let permit = sample::permit(&sandbox.declaration, &sandbox.places);
    let header = aboveboard_types::envelope::Header {
        version: aboveboard_types::value::Version::parse("1.2.4").unwrap(),
        ..sample::header(Component::Cli)
    };
    let newer = Recorder::open(permit, &sandbox.declaration, &sandbox.places, header);
    newer.record(&sample::event(2)).unwrap();
    assert_eq!(sandbox.names("open-").len(), 2);
    assert_eq!(sandbox.spool().seal(NOW), 2);
    let mut versions: Vec<_> = deliver(&sandbox.spool(), NOW)
        .iter()
        .map(|body| serde_json::from_slice::<aboveboard_wire::Batch<'_>>(body).unwrap().version.to_string())
        .collect();
    versions.sort();
    assert_eq!(versions, ["1.2.3", "1.2.4"]);
}

#[test]
fn nothing_older_than_the_answer_is_sent() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::Yes, NOW + 1);
    let permit =
        sample::decision(&sandbox.declaration, &sandbox.places, &Default::default()).permit().unwrap();
    let spool = Spool::open(&permit, &sandbox.declaration, &sandbox.places).unwrap();
    let mut later = sample::event(2);
    later.time = NOW + 1;
    sandbox.recorder().record(&later).unwrap();
    assert_eq!(spool.seal(NOW + 2), 1);
    assert_eq!(sample::numbers(&deliver(&spool, NOW)[0]), [2]);
}

#[test]
fn what_was_recorded_locally_is_never_sealed_and_goes_with_a_yes() {
    let sandbox = Sandbox::new();
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::Local, NOW);
    let permit =
        sample::decision(&sandbox.declaration, &sandbox.places, &Default::default()).permit().unwrap();
    let header = sample::header(Component::Cli);
    let recorder = Recorder::open(permit.clone(), &sandbox.declaration, &sandbox.places, header.clone());
    recorder.record(&sample::event(7)).unwrap();
    let preview =
        inspect::preview(Some(&permit), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW);
    assert_eq!(sample::numbers(preview.as_bytes()), [7]);
    assert_eq!(Spool::open(&permit, &sandbox.declaration, &sandbox.places).unwrap().seal(NOW), 0);
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::Yes, NOW);
    assert!(!sandbox.path().exists());
}

#[test]
fn a_no_silences_a_recorder_that_is_already_open_and_leaves_the_answer_alone() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let run = recorder.begin("init", NOW).unwrap();
    recorder.record(&sample::event(1)).unwrap();
    sandbox.spool().seal(NOW);
    deliver(&sandbox.spool(), NOW);
    let first = aboveboard_core::identity::installation(
        &sample::permit(&sandbox.declaration, &sandbox.places),
        &sandbox.places,
    );
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::No, NOW);
    assert_eq!(names(sandbox.directory.path(), ""), ["consent"]);
    assert_eq!(recorder.record(&sample::event(2)), Err(DropReason::WriteFailed.into()));
    assert_eq!(run.end(aboveboard_types::event::Ending::Success, None, None), Err(DropReason::WriteFailed));
    recorder.dropped(DropReason::Expired, 1);
    assert_eq!(names(sandbox.directory.path(), ""), ["consent"]);

    sample::answer(&sandbox.declaration, &sandbox.places, Choice::Yes, NOW);
    let second = aboveboard_core::identity::installation(
        &sample::permit(&sandbox.declaration, &sandbox.places),
        &sandbox.places,
    );
    assert_ne!(first.unwrap().id, second.unwrap().id, "a later yes is a new installation");
}

#[test]
fn a_permit_from_before_a_no_makes_no_directory() {
    let sandbox = Sandbox::new();
    let permit = sample::permit(&sandbox.declaration, &sandbox.places);
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::No, NOW);
    let recorder =
        Recorder::open(permit, &sandbox.declaration, &sandbox.places, sample::header(Component::Cli));
    assert_eq!(recorder.record(&sample::event(1)), Err(DropReason::WriteFailed.into()));
    assert_eq!(names(sandbox.directory.path(), ""), ["consent"]);
}

#[test]
fn only_what_is_declared_and_not_expired_is_recorded_and_the_rest_is_counted() {
    use aboveboard_types::event::{Declared, Event, EventKind};
    use aboveboard_types::value::Value;
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let declared =
        |name, fields| Event { time: NOW, kind: EventKind::Declared(Declared { name, fields, times: 1 }) };
    for (event, reason) in [
        (declared("unknown", vec![]), DropReason::Undeclared),
        (declared("happened", vec![("unknown", Value::Flag(true))]), DropReason::Undeclared),
        (declared("happened", vec![("kind", Value::Choice("\",\"x\":\""))]), DropReason::Undeclared),
        (declared("happened", vec![("number", Value::Number(1_000_001))]), DropReason::Undeclared),
        (declared("expired", vec![]), DropReason::Expired),
    ] {
        assert_eq!(recorder.record(&event), Err(reason.into()), "{event:?}");
    }
    assert_eq!(recorder.begin("rm", NOW).unwrap_err(), DropReason::Undeclared.into());
    recorder.record(&sample::event(1)).unwrap();
    sandbox.spool().seal(NOW);
    let bodies = deliver(&sandbox.spool(), NOW);
    assert_eq!((told(&bodies[0], DropReason::Undeclared), told(&bodies[0], DropReason::Expired)), (5, 1));
    assert_eq!(sample::numbers(&bodies[0]), [1]);
}

#[test]
fn a_full_spool_drops_the_oldest_and_tells_how_many() {
    let sandbox = Sandbox::new();
    let recorder = sandbox.recorder();
    let mut recorded = 0;
    let mut failed = 0;
    // Somewhat more than the eight segments hold.
    for number in 0..8_000 {
        match recorder.record(&sample::event(number)) {
            Ok(_) => recorded += 1,
            Err(_) => failed += 1,
        }
    }
    assert_eq!((recorded, failed), (8_000, 0));
    let bytes: u64 =
        fs::read_dir(sandbox.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes <= 9 * 48 * 1024, "{bytes}");
    let spool = sandbox.spool();
    spool.seal(NOW);
    let bodies = deliver(&spool, NOW);
    let kept: Vec<_> = bodies.iter().flat_map(|body| sample::numbers(body)).collect();
    let dropped: u64 = bodies.iter().map(|body| told(body, DropReason::SpoolFull)).sum();
    assert_eq!(kept.len() as u64 + dropped, 8_000);
    assert!(kept.contains(&7_999) && !kept.contains(&0));
    assert!(bodies.iter().all(|body| body.len() < aboveboard_types::limits::MAX_BYTES));
}

#[test]
fn claims_are_one_process_s_and_are_taken_over_when_stale() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let spool = sandbox.spool();
    spool.seal(NOW);
    let batch = spool.pending()[0];
    let first = spool.claim(batch, NOW).unwrap();
    assert!(sandbox.spool().claim(batch, NOW + 59).is_none());
    let second = sandbox.spool().claim(batch, NOW + 60).unwrap();
    // The first one comes back after all: it frees nothing that is not its own.
    first.release();
    assert!(spool.claim(batch, NOW + 61).is_none());
    drop(second);
    let third = spool.claim(batch, NOW + 61).unwrap();
    third.reject(400);
    assert!(spool.pending().is_empty());
    assert_eq!(names(&sandbox.directory.path().join("telemetry/refused"), "").len(), 1);
    sandbox.recorder().record(&sample::event(2)).unwrap();
    spool.seal(NOW);
    assert_eq!(told(&deliver(&spool, NOW)[0], DropReason::Refused), 1);
}

#[test]
fn the_sent_log_and_the_refused_are_bounded() {
    let sandbox = Sandbox::new();
    let spool = sandbox.spool_after_first();
    for number in 0..30 {
        sandbox.recorder().record(&sample::event(number)).unwrap();
        spool.seal(NOW + number);
        let claimed = spool.claim(spool.pending()[0], NOW + number).unwrap();
        if number % 3 == 0 { claimed.reject(413) } else { claimed.acknowledge(b"{}") }
    }
    assert_eq!(inspect::sent(&sandbox.places).len(), 20);
    assert_eq!(names(&sandbox.directory.path().join("telemetry/sent"), "").len(), 60);
    assert_eq!(names(&sandbox.directory.path().join("telemetry/refused"), "").len(), 4);
}
