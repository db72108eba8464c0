//! The delivery machine, told what came back and asked what to do next, at times of the tests' choosing.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_delivery::jitter::Jitter;
use aboveboard_delivery::{Delivery, Failure, Fate, Kept, Memory, Outage, Pace, Reply, Step};
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::refusal::{Consequence, RefusalReason};
use aboveboard_wire::{PROBLEM_TYPE, Problem};

const NOW: Seconds = 1_800_000_000;
const DAY: u64 = 86_400;

fn id(number: u8) -> Id {
    Id::from_custom([number; 16])
}

fn delivery(memory: Memory, batches: u8) -> Delivery {
    Delivery::new(Pace::default(), memory, Jitter::seeded(1), (1..=batches).map(id))
}

fn status(status: u16) -> Result<Reply, Failure> {
    Ok(Reply { status, ..Reply::default() })
}

/// A collector's refusal of the batch with this number.
fn refusal(number: u8, reason: RefusalReason) -> Result<Reply, Failure> {
    let status = reason.status();
    let problem = Problem::new(status, reason.name(), "no", None).echoing(Some(id(number)), None);
    let content_type = Some(PROBLEM_TYPE.to_owned());
    Ok(Reply { status, content_type, body: problem.to_json().into_bytes(), ..Reply::default() })
}

fn later(reason: RefusalReason, retry_after: &str) -> Result<Reply, Failure> {
    refusal(1, reason).map(|reply| Reply { retry_after: Some(retry_after.to_owned()), ..reply })
}

/// What a portal, a proxy or a gateway in between says.
fn page(status: u16) -> Result<Reply, Failure> {
    let body = b"<h1>please log in</h1>".to_vec();
    Ok(Reply { status, content_type: Some("text/html".to_owned()), body, ..Reply::default() })
}

fn receipt(status: u16, batch: Id) -> Result<Reply, Failure> {
    let body = format!("{{\"batch\":\"{batch}\",\"accepted\":2,\"rejected\":[]}}").into_bytes();
    Ok(Reply { status, body, ..Reply::default() })
}

#[test]
fn only_our_receipt_for_this_batch_acknowledges() {
    let mut delivery = delivery(Memory::default(), 1);
    for (reply, kept) in [
        (receipt(202, id(9)), Kept::NoReceipt),
        (status(202), Kept::NoReceipt),
        (receipt(200, id(1)), Kept::Status(200)),
        (receipt(302, id(1)), Kept::Status(302)),
        (status(500), Kept::Status(500)),
        (Err(Failure::Broken), Kept::Failure(Failure::Broken)),
    ] {
        assert_eq!(delivery.reply(NOW, &reply).unwrap().fate, Fate::Kept(kept));
    }
    let verdict = delivery.reply(NOW, &receipt(202, id(1))).unwrap();
    assert_eq!(verdict.fate, Fate::Acknowledged { accepted: 2, rejected: 0 });
    assert_eq!(delivery.next(NOW), Step::Done);
    assert_eq!(delivery.reply(NOW, &status(202)), None);
}

#[test]
fn a_refused_batch_goes_aside_and_the_next_follows_at_once() {
    let final_reasons: Vec<_> = RefusalReason::ALL
        .into_iter()
        .map(|(reason, _)| reason)
        .filter(|reason| reason.consequence() == Consequence::SetAside)
        .collect();
    let mut statuses: Vec<_> = final_reasons.iter().map(|reason| reason.status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [400, 403, 413, 415, 422]);
    let mut delivery = delivery(Memory::default(), 100);
    for (number, reason) in (1..).zip(final_reasons) {
        assert_eq!(delivery.next(NOW), Step::Send(id(number)));
        let verdict = delivery.reply(NOW, &refusal(number, reason)).unwrap();
        assert_eq!(verdict.fate, Fate::Rejected(reason.status()));
        assert_eq!(delivery.memory().refusal, Some(reason));
    }
}

#[test]
fn what_is_not_the_collectors_answer_neither_loses_nor_silences() {
    for status in (200..=599).filter(|status| *status != 202) {
        let elsewhere = RefusalReason::ALL.into_iter().find(|(reason, _)| reason.status() == status);
        let mut replies = vec![page(status), Ok(Reply { status, ..Reply::default() })];
        // A refusal of ours about another batch, and one whose label was lost on the way.
        if let Some((reason, _)) = elsewhere {
            replies.push(refusal(9, reason));
            replies.push(refusal(1, reason).map(|reply| Reply { content_type: None, ..reply }));
        }
        for reply in replies {
            let reply = reply.map(|reply| Reply { retry_after: Some("86400".to_owned()), ..reply });
            let mut delivery = delivery(Memory::default(), 2);
            let verdict = delivery.reply(NOW, &reply).unwrap();
            assert_eq!(verdict.fate, Fate::Kept(Kept::Status(status)), "{reply:?}");
            let Step::Wait(until) = delivery.next(NOW) else { panic!("{status}") };
            assert!(until <= NOW + 3_720, "a wait that a stranger asked for: {status}");
            assert_eq!(delivery.next(until), Step::Send(id(1)));
            let memory = Memory::read(&delivery.memory().line()).unwrap();
            let mut asked = Delivery::new(Pace::default().on_demand(), memory, Jitter::seeded(2), [id(1)]);
            assert_eq!(asked.next(NOW), Step::Send(id(1)), "a person asks at once: {status}");
        }
    }
}

#[test]
fn a_closed_product_is_asked_again_in_a_week_and_at_once_by_a_person() {
    let mut first = delivery(Memory::default(), 2);
    assert_eq!(first.reply(NOW, &refusal(1, RefusalReason::Closed)).unwrap().fate, Fate::Closed);
    let memory = Memory::read(&first.memory().line()).unwrap();
    let mut second = Delivery::new(Pace::default(), memory.clone(), Jitter::seeded(2), [id(1)]);
    assert_eq!(second.next(NOW + DAY), Step::Wait(NOW + 7 * DAY));
    assert_eq!(second.next(NOW + 7 * DAY), Step::Send(id(1)));
    let mut asked = Delivery::new(Pace::default().on_demand(), memory, Jitter::seeded(2), [id(1), id(2)]);
    assert_eq!(asked.next(NOW + DAY), Step::Send(id(1)));
    assert_eq!(asked.reply(NOW + DAY, &refusal(1, RefusalReason::Closed)).unwrap().fate, Fate::Closed);
    assert_eq!(asked.next(NOW + DAY), Step::Wait(NOW + 8 * DAY), "one question is all that was asked for");
    let opened = Memory::read(&asked.memory().line()).unwrap();
    let mut asked = Delivery::new(Pace::default().on_demand(), opened, Jitter::seeded(2), [id(1), id(2)]);
    asked.reply(NOW + DAY, &receipt(202, id(1)));
    let memory = Memory::read(&asked.memory().line()).unwrap();
    let mut after = Delivery::new(Pace::default(), memory, Jitter::seeded(2), [id(2)]);
    assert_eq!(after.next(NOW + DAY), Step::Send(id(2)), "the product is open again");
}

#[test]
fn a_proof_that_did_not_arrive_is_waited_for_and_a_wrong_one_sets_the_batch_aside() {
    let mut waits = delivery(Memory::default(), 1);
    let verdict = waits.reply(NOW, &later(RefusalReason::ProofMissing, "3600")).unwrap();
    assert_eq!(verdict.fate, Fate::Kept(Kept::Later(403)));
    assert!(matches!(waits.next(NOW), Step::Wait(until) if until >= NOW + 3_600));
    assert_eq!(Memory::read(&waits.memory().line()).unwrap().refusal, Some(RefusalReason::ProofMissing));
    let mut wrong = delivery(Memory::default(), 1);
    let verdict = wrong.reply(NOW, &refusal(1, RefusalReason::ProofWrong)).unwrap();
    assert_eq!((verdict.fate, wrong.next(NOW)), (Fate::Rejected(403), Step::Done));
}

#[test]
fn later_is_obeyed_in_every_form_with_a_spread_and_never_beyond_a_day() {
    for reason in [RefusalReason::TooFast, RefusalReason::Busy, RefusalReason::DiskFull] {
        let code = reason.status();
        for (value, least) in [("0", 0), ("300", 300), ("999999999999999999999999", DAY)] {
            let mut delivery = delivery(Memory::default(), 1);
            let verdict = delivery.reply(NOW, &later(reason, value)).unwrap();
            assert_eq!(verdict.fate, Fate::Kept(Kept::Later(code)));
            match delivery.next(NOW) {
                Step::Wait(until) => assert!((NOW + least..=NOW + least + 3_660).contains(&until), "{value}"),
                other => assert!(least == 0 && other == Step::Send(id(1)), "{value}: {other:?}"),
            }
        }
        let mut delivery = delivery(Memory::default(), 1);
        delivery.reply(NOW, &later(reason, "when it suits you"));
        assert!(
            matches!(delivery.next(NOW), Step::Wait(until) if until >= NOW + 60),
            "garbage is our own pause"
        );
    }
}

#[test]
fn a_person_skips_our_pause_but_not_the_collectors() {
    for (reply, skips) in
        [(Err(Failure::Connect), true), (status(500), true), (later(RefusalReason::Busy, "600"), false)]
    {
        let mut first = delivery(Memory::default(), 1);
        first.reply(NOW, &reply);
        let memory = first.memory().clone();
        let mut asked = Delivery::new(Pace::default().on_demand(), memory, Jitter::seeded(3), [id(1)]);
        assert_eq!(asked.next(NOW) == Step::Send(id(1)), skips, "{reply:?}");
    }
}

#[test]
fn a_person_gets_one_try_and_the_next_only_by_asking_again() {
    for failure in
        [Err(Failure::Connect), Err(Failure::Broken), Err(Failure::Timeout), status(500), status(200)]
    {
        let mut memory = Memory::default();
        for _ in 0..3 {
            let pace = Pace::default().on_demand();
            let mut asked = Delivery::new(pace, memory, Jitter::seeded(5), [id(1), id(2)]);
            assert_eq!(asked.next(NOW), Step::Send(id(1)), "{failure:?}");
            asked.reply(NOW, &failure);
            assert!(matches!(asked.next(NOW), Step::Wait(until) if until > NOW), "{failure:?}");
            memory = asked.memory().clone();
        }
    }
}

#[test]
fn an_outage_is_one_pause_for_all_batches_and_one_line_at_each_end() {
    let mut delivery = delivery(Memory::default(), 3);
    let mut now = NOW;
    let mut outages = Vec::new();
    let mut tries = 0;
    while now < NOW + 7 * DAY {
        match delivery.next(now) {
            Step::Send(batch) => {
                assert_eq!(batch, id(1), "one batch goes first as a probe");
                delivery.begin(now);
                outages.extend(delivery.reply(now, &status(500)).unwrap().outage);
                tries += 1;
            }
            Step::Wait(until) => {
                assert!(until > now && until <= now + DAY / 4, "a pause is at most six hours");
                now = until;
            }
            Step::Done => unreachable!(),
        }
    }
    assert!((28..200).contains(&tries), "{tries} tries in a week");
    outages.extend(delivery.reply(now, &receipt(202, id(1))).unwrap().outage);
    assert_eq!(outages, [Outage::Began, Outage::Ended(now - NOW)]);
    assert_eq!(delivery.next(now), Step::Send(id(2)), "after the probe the rest follows");
}

#[test]
fn fifteen_requests_a_minute_are_the_most() {
    let mut delivery = delivery(Memory::default(), 40);
    let mut sent = 0;
    while let Step::Send(batch) = delivery.next(NOW) {
        delivery.begin(NOW);
        delivery.reply(NOW, &receipt(202, batch));
        sent += 1;
    }
    assert_eq!((sent, delivery.next(NOW)), (15, Step::Wait((NOW / 60 + 1) * 60)));
    assert!(matches!(delivery.next((NOW / 60 + 1) * 60), Step::Send(_)));
}

#[test]
fn clocks_that_jump_neither_overflow_nor_silence() {
    for start in [0, NOW, u64::MAX - 10, u64::MAX] {
        let mut delivery = delivery(Memory::default(), 1);
        delivery.begin(start);
        delivery.reply(start, &later(RefusalReason::Busy, "86400"));
        for now in [0, 1, NOW, NOW + 315_360_000, u64::MAX] {
            if let Step::Wait(until) = delivery.next(now) {
                assert!(until - now <= 2 * DAY, "{start} then {now}");
            }
        }
    }
}
