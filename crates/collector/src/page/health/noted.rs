//! What agents dropped and what was set aside lately, in words.

use aboveboard_store::figures::health::NOTED_DAYS;
use aboveboard_store::figures::quality::Quality;
use aboveboard_store::read::QualityNote;
use aboveboard_types::outcome::DropReason;

use super::message::{HealthMessage, Severity};
use crate::page::format::{count, counted};

/// Most reasons that are named in one sentence.
const MAX_NAMED: usize = 3;

/// What is set aside matters in the line of health from one for so many batches on. It is never bad: of whom it came is not
/// known, and one batch of one sender can state any number.
const SET_ASIDE_MATTERS: u64 = 10;

/// The same of what agents drop: it is named in any case.
const DROPS_MATTER: u64 = 100;

/// What is set aside, with its words.
const SET_ASIDE: [(QualityNote, &str, &str); 5] = [
    (
        QualityNote::Conflict,
        "batch had the id of one with other contents",
        "batches had the ids of others with other contents",
    ),
    (
        QualityNote::Refused,
        "event was not what the manifest declares, or is paused",
        "events were not what the manifest declares, or are paused",
    ),
    (QualityNote::OverCap, "event was above the daily cap", "events were above the daily cap"),
    (QualityNote::Unplaced, "event had no believable time", "events had no believable time"),
    (
        QualityNote::Cloned,
        "sequence number came twice, from copies of one installation",
        "sequence numbers came twice, from copies of one installation",
    ),
];

/// What is said of the last days.
pub(super) fn messages(noted: &Quality) -> Vec<HealthMessage> {
    let mut messages: Vec<HealthMessage> = dropped(noted).into_iter().collect();
    let batches = noted.of(QualityNote::Batch);
    for (note, one, many) in SET_ASIDE {
        let n = noted.of(note);
        let severity = severity(n, batches, SET_ASIDE_MATTERS);
        if severity > Severity::Calm {
            let text = format!(
                "In the last {NOTED_DAYS} days {}, beside {}: see How good the data is.",
                counted(n, one, many),
                counted(batches, "batch", "batches"),
            );
            messages.push(HealthMessage { severity, text });
        }
    }
    messages
}

/// How much something weighs beside the batches of the same days.
fn severity(n: u64, batches: u64, matters: u64) -> Severity {
    match n {
        0 => Severity::Calm,
        n if n.saturating_mul(matters) >= batches => Severity::Notice,
        _ => Severity::Calm,
    }
}

fn dropped(noted: &Quality) -> Option<HealthMessage> {
    let of = |reason: DropReason| noted.of(QualityNote::Dropped(reason));
    let mut reasons: Vec<(u64, DropReason)> =
        DropReason::ALL.iter().map(|(reason, _)| (of(*reason), *reason)).filter(|(n, _)| *n > 0).collect();
    reasons.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let all = reasons.iter().fold(0_u64, |sum, (n, _)| sum.saturating_add(*n));
    if all == 0 {
        return None;
    }
    let severity = severity(all, noted.of(QualityNote::Batch), DROPS_MATTER);
    let events = counted(all, "event", "events");
    let is_full = of(DropReason::SpoolFull) > 0;
    let remark = if is_full { " A spool is full when an agent could not deliver for long." } else { "" };
    if let [(_, reason)] = *reasons {
        let why = because(reason);
        let text = format!("Agents dropped {events} in the last {NOTED_DAYS} days, because {why}.{remark}");
        return Some(HealthMessage { severity, text });
    }
    let mut parts: Vec<String> = reasons
        .iter()
        .take(MAX_NAMED)
        .map(|(n, reason)| format!("{} because {}", count(*n), because(*reason)))
        .collect();
    let more: u64 = reasons.iter().skip(MAX_NAMED).map(|(n, _)| *n).sum();
    if more > 0 {
        parts.push(format!("{} for other reasons", count(more)));
    }
    let text =
        format!("Agents dropped {events} in the last {NOTED_DAYS} days: {}.{remark}", parts.join(", "));
    Some(HealthMessage { severity, text })
}

fn because(reason: DropReason) -> &'static str {
    match reason {
        DropReason::SpoolFull => "the spool was full",
        DropReason::TooOld => "they were too old to be sent",
        DropReason::Damaged => "a line was damaged",
        DropReason::Undeclared => "the manifest no longer declared them",
        DropReason::Expired => "their item's date had passed",
        DropReason::WriteFailed => "they could not be written",
        DropReason::Refused => "this collector had refused their batch",
        DropReason::Interrupted => "the machine stopped meanwhile",
        _ => "of a reason that is newer than this collector",
    }
}
