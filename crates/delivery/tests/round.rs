//! Rounds of delivery over a real spool: everything leaves, once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use aboveboard_core::consent::{Choice, Host, Permit};
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_delivery::server::{last_report, take_turn};
use aboveboard_delivery::{
    By, Ended, Failure, Fate, Kept, Memory, Outage, Pace, Reply, Request, Round, Step, Transport, Verdict,
    collectors,
};
use aboveboard_testkit::sample;
use aboveboard_types::clock::{self, FixedClock};
use aboveboard_types::declaration::Component;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::Event;
use aboveboard_types::event::Seconds;
use aboveboard_types::refusal::RefusalReason;
use aboveboard_wire::{PROBLEM_TYPE, Problem};

/// The files on the disk bear the system's time, so the rounds must too.
static NOW: LazyLock<Seconds> = LazyLock::new(clock::now);

/// An installation that may record and send, in a directory of its own.
struct Sender {
    _directory: tempfile::TempDir,
    declaration: Declaration,
    places: Paths,
    permit: Permit,
}

impl Sender {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let declaration = sample::declaration();
        let places = Paths::in_directory(directory.path());
        let permit = sample::permit(&declaration, &places);
        Self { _directory: directory, declaration, places, permit }
    }

    fn record(&self, events: u64) {
        let header = sample::header(Component::Cli);
        let recorder = Recorder::open(self.permit.clone(), &self.declaration, &self.places, header);
        for number in 0..events {
            recorder.record(&Event { time: *NOW, ..sample::event(number) }).unwrap();
        }
    }

    fn round(&self, pace: Pace) -> Round {
        Round::open(&self.permit, &self.declaration, &self.places, pace, *NOW).unwrap()
    }

    /// A permit to send somewhere else.
    fn permit_for(&self, endpoint: &str) -> Permit {
        let host = Host::default().flag(Some("true")).endpoint(Some(endpoint.to_owned()));
        sample::decision(&self.declaration, &self.places, &host).permit().unwrap()
    }

    fn memory(&self) -> Memory {
        Memory::load(&self.places, self.permit.endpoint().unwrap())
    }
}

/// Answers in turn, and keeps what it was sent.
struct Script(Vec<Answer>, Vec<Request>);

enum Answer {
    Receipt,
    Refusal(RefusalReason),
    Status(u16),
    Failure(Failure),
}

impl Transport for Script {
    fn post(&mut self, request: &Request) -> Result<Reply, Failure> {
        self.1.push(request.clone());
        match self.0.remove(0) {
            Answer::Failure(failure) => Err(failure),
            Answer::Status(status) => Ok(Reply { status, ..Reply::default() }),
            Answer::Refusal(reason) => {
                let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(&request.body).unwrap();
                let status = reason.status();
                let problem =
                    Problem::new(status, reason.name(), "no", None).echoing(Some(batch.batch), None);
                let content_type = Some(PROBLEM_TYPE.to_owned());
                Ok(Reply { status, content_type, body: problem.to_json().into_bytes(), ..Reply::default() })
            }
            Answer::Receipt => {
                let batch: aboveboard_wire::Batch<'_> = serde_json::from_slice(&request.body).unwrap();
                let accepted = batch.events.len();
                let body =
                    format!("{{\"batch\":\"{}\",\"accepted\":{accepted},\"rejected\":[]}}", batch.batch);
                Ok(Reply { status: 202, body: body.into_bytes(), ..Reply::default() })
            }
        }
    }
}

fn run(round: &mut Round, script: &mut Script) -> (Vec<Verdict>, Ended) {
    round.run(script, &FixedClock::at(*NOW), Instant::now() + Duration::from_secs(60))
}

#[test]
fn what_was_recorded_leaves_once_and_stands_in_the_sent_log() {
    let sender = Sender::new();
    assert!(
        Round::open(&sender.permit, &sender.declaration, &sender.places, Pace::default(), *NOW).is_none()
    );
    sender.record(3);
    let mut script = Script(vec![Answer::Receipt], Vec::new());
    let (verdicts, ended) = run(&mut sender.round(Pace::default()), &mut script);
    assert_eq!(ended, Ended::Done);
    assert_eq!(verdicts[0].fate, Fate::Acknowledged { accepted: 3, rejected: 0 });
    let [request] = &script.1[..] else { panic!("{} requests", script.1.len()) };
    assert_eq!(request.url, "https://telemetry.example.org/v1/batch");
    assert!(request.headers.contains(&("aboveboard-sent-at", NOW.to_string())));
    assert!(request.headers.contains(&("aboveboard-key", "key".to_owned())));
    let sent = inspect::sent(&sender.places);
    assert_eq!((sent.len(), &sent[0].body), (1, &request.body));
    assert_eq!(run(&mut sender.round(Pace::default()), &mut script), (vec![], Ended::Done));
    assert_eq!(sender.memory().last, *NOW);
}

#[test]
fn a_failed_batch_waits_and_leaves_later_byte_for_byte() {
    let sender = Sender::new();
    sender.record(1);
    let mut script = Script(vec![Answer::Failure(Failure::Connect)], Vec::new());
    let (verdicts, ended) = run(&mut sender.round(Pace::default()), &mut script);
    assert_eq!(verdicts[0].fate, Fate::Kept(Kept::Failure(Failure::Connect)));
    assert_eq!(verdicts[0].outage, Some(Outage::Began));
    assert!(matches!(ended, Ended::Wait(until) if until > *NOW));
    // Another process, a moment later: the pause holds, and a person may skip it.
    assert_eq!(run(&mut sender.round(Pace::default()), &mut script).0, vec![]);
    script.0.push(Answer::Receipt);
    let (verdicts, ended) = run(&mut sender.round(Pace::default().on_demand()), &mut script);
    assert_eq!((verdicts[0].outage, ended), (Some(Outage::Ended(0)), Ended::Done));
    assert_eq!(script.1[0].body, script.1[1].body);
    assert_eq!(sender.memory().not_before, 0);
}

#[test]
fn what_one_collector_answers_delays_nothing_that_is_for_another() {
    let mut sender = Sender::new();
    let own = sender.permit.clone();
    for reason in [RefusalReason::Closed, RefusalReason::TooFast] {
        let stranger = sender.permit_for(&format!("https://{}.example.org", reason.name()));
        sender.permit = stranger.clone();
        sender.record(1);
        let mut script = Script(vec![Answer::Refusal(reason)], Vec::new());
        let (_, ended) = run(&mut sender.round(Pace::default()), &mut script);
        assert!(matches!(ended, Ended::Wait(until) if until > *NOW), "{reason:?}");
        sender.permit = own.clone();
        sender.record(1);
        script.0.push(Answer::Receipt);
        let (verdicts, ended) = run(&mut sender.round(Pace::default()), &mut script);
        let fates: Vec<Fate> = verdicts.iter().map(|verdict| verdict.fate).collect();
        assert_eq!(fates, [Fate::Acknowledged { accepted: 1, rejected: 0 }], "{reason:?}");
        assert_eq!(ended, Ended::Done);
        sender.permit = stranger;
        let (verdicts, ended) = run(&mut sender.round(Pace::default()), &mut script);
        assert!(verdicts.is_empty() && matches!(ended, Ended::Wait(_)), "its own pause lasts");
        sender.permit = own.clone();
    }
}

#[test]
fn nothing_goes_where_it_could_not_be_remembered_and_no_variable_takes_the_place_of_an_answer() {
    let mut sender = Sender::new();
    for number in 0..20 {
        sender.permit = sender.permit_for(&format!("https://c{number}.example.org"));
        sender.record(1);
        let mut script = Script(vec![Answer::Receipt], Vec::new());
        run(&mut sender.round(Pace::default()), &mut script);
        let known = collectors(&sender.places).unwrap();
        assert!(
            script.1.iter().all(|request| known.iter().any(|known| request.url.starts_with(&known.endpoint)))
        );
        assert_eq!(script.1.len(), usize::from(number < 16), "{number}");
        assert_eq!(known[0].endpoint, "https://c0.example.org", "it has data");
    }
    sample::answer(&sender.declaration, &sender.places, Choice::Yes, *NOW);
    sender.permit = sample::decision(&sender.declaration, &sender.places, &Host::default()).permit().unwrap();
    sender.record(1);
    let mut script = Script(vec![Answer::Receipt], Vec::new());
    run(&mut sender.round(Pace::default()), &mut script);
    assert_eq!(script.1.len(), 1, "the one of the answer");
    assert_eq!(collectors(&sender.places).unwrap()[16].by, By::Answer);
}

#[test]
fn a_refused_batch_is_not_sent_again_and_is_told() {
    let sender = Sender::new();
    sender.record(2);
    let mut script = Script(vec![Answer::Refusal(RefusalReason::UnknownProduct)], Vec::new());
    let (verdicts, ended) = run(&mut sender.round(Pace::default()), &mut script);
    assert_eq!((verdicts[0].fate, ended), (Fate::Rejected(422), Ended::Done));
    sender.record(1);
    script.0.push(Answer::Receipt);
    run(&mut sender.round(Pace::default()), &mut script);
    let told: aboveboard_wire::Batch<'_> = serde_json::from_slice(&script.1[1].body).unwrap();
    assert_eq!(told.outcomes().unwrap(), [(aboveboard_types::outcome::DropReason::Refused, 2)]);
}

#[test]
fn a_round_that_is_dropped_frees_its_batch() {
    let sender = Sender::new();
    sender.record(1);
    let mut first = sender.round(Pace::default());
    assert!(matches!(first.next(*NOW), Step::Send(_)));
    assert_eq!(sender.round(Pace::default()).next(*NOW), Step::Done, "it is claimed");
    drop(first);
    assert!(matches!(sender.round(Pace::default()).next(*NOW), Step::Send(_)));
    assert_eq!(sender.memory().requests, 2, "a request that was begun is counted, whatever came of it");
}

#[test]
fn of_replicas_that_share_a_directory_one_takes_the_turn() {
    let sender = Sender::new();
    let take = |seen, now| take_turn(&sender.permit, &sender.places, seen, now);
    assert!(!take(None, *NOW), "nothing is made where nothing was recorded");
    sender.record(1);
    let taken = std::thread::scope(|scope| {
        let replicas: Vec<_> = (0..16).map(|_| scope.spawn(|| take(None, *NOW))).collect();
        replicas.into_iter().filter_map(|replica| replica.join().ok()).filter(|taken| *taken).count()
    });
    assert_eq!((taken, last_report(&sender.places)), (1, Some(*NOW)));
    assert!(take(Some(*NOW), *NOW + 86_400) && !take(Some(*NOW), *NOW + 86_400));
    assert_eq!(last_report(&sender.places), Some(*NOW + 86_400));
}

#[test]
fn after_a_week_of_five_hundreds_everything_arrives_once() {
    let sender = Sender::new();
    let clock = FixedClock::at(*NOW);
    let mut script = Script(Vec::new(), Vec::new());
    let mut now = *NOW;
    let mut tries = 0;
    while now < *NOW + 7 * 86_400 {
        clock.set(now);
        sender.record(1);
        let mut round =
            Round::open(&sender.permit, &sender.declaration, &sender.places, Pace::default(), now).unwrap();
        script.0.push(Answer::Status(500));
        let (verdicts, ended) = round.run(&mut script, &clock, Instant::now() + Duration::from_secs(60));
        tries += verdicts.len();
        let Ended::Wait(until) = ended else { panic!("{ended:?}") };
        now = until.max(now + 3_600);
    }
    clock.set(now);
    let recorded = script.1.len();
    script.0.clear();
    script.0.extend((0..recorded).map(|_| Answer::Receipt));
    let sealed = std::mem::take(&mut script.1);
    let mut round =
        Round::open(&sender.permit, &sender.declaration, &sender.places, Pace::default(), now).unwrap();
    let mut acknowledged = std::collections::BTreeSet::new();
    loop {
        // Fifteen a minute are the most, so the rest follows in the next ones.
        let (verdicts, ended) = round.run(&mut script, &clock, Instant::now() + Duration::from_secs(60));
        for verdict in verdicts {
            assert_eq!(verdict.fate, Fate::Acknowledged { accepted: 1, rejected: 0 });
            assert!(acknowledged.insert(verdict.batch), "sent twice");
        }
        match ended {
            Ended::Done => break,
            Ended::Wait(until) => clock.set(until),
            Ended::Deadline => panic!("out of time"),
        }
    }
    assert_eq!(acknowledged.len(), tries, "each try was preceded by one event in a segment of its own");
    assert!(sealed.iter().all(|tried| script.1.iter().any(|sent| sent.body == tried.body)));
}

/// A collector during whose answer the user opts out.
struct Refusing<'s>(&'s Sender, Script);

impl Transport for Refusing<'_> {
    fn post(&mut self, request: &Request) -> Result<Reply, Failure> {
        sample::answer(&self.0.declaration, &self.0.places, Choice::No, *NOW);
        self.1.post(request)
    }
}

#[test]
fn an_opt_out_during_a_round_leaves_nothing_where_something_else_keeps_the_directories_there() {
    for answer in [
        Answer::Receipt,
        Answer::Refusal(RefusalReason::UnknownRevision),
        Answer::Status(500),
        Answer::Failure(Failure::Connect),
    ] {
        let sender = Sender::new();
        sender.record(1);
        let state = sender.places.state();
        for theirs in ["ticket", "spool/.nfs00000001", "sent/.nfs00000001"] {
            std::fs::create_dir_all(state.join(theirs)).unwrap();
        }
        let mut round = sender.round(Pace::default());
        let script = Script(vec![answer], Vec::new());
        round.run(
            &mut Refusing(&sender, script),
            &FixedClock::at(*NOW),
            Instant::now() + Duration::from_secs(60),
        );
        drop(round);
        for (directory, left) in [("", 3), ("ticket", 0), ("spool", 1), ("sent", 1)] {
            assert_eq!(std::fs::read_dir(state.join(directory)).unwrap().count(), left, "{directory}");
        }
    }
}
