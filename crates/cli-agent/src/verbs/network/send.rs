//! `send`: the bytes themselves, while they leave.

use std::time::Instant;

use aboveboard_core::inspect::{self, SentBatch};
use aboveboard_delivery::{Fate, Kept, Pace, Verdict, limits};
use aboveboard_types::clock::stamp;

use crate::deliver;
use crate::verbs::payload::finish_interrupted;
use crate::verbs::{Context, Exit, counted, erasure, print, say, words};

/// Sends what is recorded, now.
pub(crate) fn send(context: &Context<'_>) -> Exit {
    // One limit for the verb as a whole, however many requests it makes.
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    if let Err(exit) = finish_interrupted(context) {
        return exit;
    }
    // Erasures go first, and leave half of the time to the batches.
    let tickets = erasure::redeem(context, deadline - limits::REQUEST_TIMEOUT / 2);
    let Some((permit, paths)) = context.permit_to_send() else {
        say(format_args!("nothing is sent: {}", words::state(context)));
        return Exit::Off;
    };
    let pace = Pace::every(context.settings.interval().as_secs()).on_demand();
    let Some(delivered) = deliver::round(&permit, &context.settings, paths, pace, deadline) else {
        say("nothing is recorded");
        return tickets;
    };
    let receipts = inspect::sent(paths);
    for verdict in &delivered.verdicts {
        report(verdict, &receipts);
    }
    if delivered.left == 0 {
        if delivered.verdicts.is_empty() {
            say("nothing waits to be sent");
        }
        return tickets;
    }
    let until = delivered.retry.map_or_else(String::new, |retry| format!(", not before {}", stamp(retry)));
    let wait = if delivered.left == 1 { "waits" } else { "wait" };
    say(format_args!("{} {wait}{until}", counted(delivered.left, "batch")));
    Exit::Later
}

/// Prints the receipt of a batch, or says what became of it.
fn report(verdict: &Verdict, sent: &[SentBatch]) {
    match verdict.fate {
        Fate::Acknowledged { .. } => {
            let receipt = sent.iter().find(|batch| batch.id == verdict.batch).map(|batch| &batch.receipt);
            print(receipt.map_or_else(|| "{}".into(), |receipt| String::from_utf8_lossy(receipt)));
        }
        fate => say(format_args!("batch {}: {}", verdict.batch, in_words(fate))),
    }
}

/// What became of a batch, in words.
pub(crate) fn in_words(fate: Fate) -> String {
    match fate {
        Fate::Acknowledged { accepted, .. } => format!("acknowledged, {accepted} events"),
        Fate::Rejected(403) => {
            "the proof does not belong to this installation; it is set aside and not sent again".to_owned()
        }
        Fate::Kept(Kept::Later(403)) => {
            "the proof of possession did not reach the collector; a proxy may have taken the header out; kept"
                .to_owned()
        }
        Fate::Rejected(status) => {
            format!("refused for good with status {status}; it is set aside and not sent again")
        }
        Fate::Closed => {
            "the collector says that the product is closed; it is asked again in a week".to_owned()
        }
        Fate::Kept(Kept::Later(status)) => {
            format!("the collector asks to come later (status {status}); kept")
        }
        Fate::Kept(Kept::NoReceipt) => "the answer holds no receipt for it; kept".to_owned(),
        Fate::Kept(Kept::Status(status)) => {
            format!("the answer is not a collector's (status {status}); kept")
        }
        Fate::Kept(Kept::Failure(failure)) => format!("no answer ({}); kept", failure.name()),
        _ => "kept".to_owned(),
    }
}
