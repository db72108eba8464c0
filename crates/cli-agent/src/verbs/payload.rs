//! `preview`, `send`, `sent`: the bytes themselves, before, while and after they leave.

use std::io::IsTerminal as _;
use std::time::Instant;

use aboveboard_core::consent::Permit;
use aboveboard_core::inspect::{self, SentBatch};
use aboveboard_delivery::{Fate, Kept, Pace, Verdict, limits};
use aboveboard_types::clock::{self, stamp};
use aboveboard_types::id::Id;

use super::{Context, Exit, counted, erasure, print, say, words};
use crate::{Settings, deliver, interrupted};

/// Prints the next batch. Where nothing is recorded, an example with placeholder ids.
pub(super) fn preview(context: &Context<'_>) -> Exit {
    let permit = context.decide().permit();
    let first = context.declaration().commands.first();
    let example = first.map(|command| Settings::example(command, false));
    let body = inspect::preview(
        permit.as_ref(),
        context.declaration(),
        context.paths.as_ref(),
        &context.settings.header(),
        example.as_slice(),
        clock::now(),
    );
    if body.contains(&format!("\"batch\":\"{}\"", Id::NIL)) {
        say("nothing is recorded; this is what it would look like, with placeholders for the ids");
    } else if !std::io::stderr().is_terminal() {
        // Words are for people. Programs find the host in `status --json`.
    } else if let Some(endpoint) = permit.as_ref().and_then(Permit::endpoint) {
        say(format_args!("for {}, which knows this installation by the id in it", endpoint.identity_host()));
    } else {
        say("it stays here; no collector knows the ids in it");
    }
    if print(body) { Exit::Done } else { Exit::Failed }
}

/// Sends what is recorded, now.
pub(super) fn send(context: &Context<'_>) -> Exit {
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

/// Finishes an erasure that was killed halfway, before anything goes out under the id that it ends.
pub(super) fn finish_interrupted(context: &Context<'_>) -> Result<(), Exit> {
    let Some(paths) = &context.paths else { return Ok(()) };
    interrupted::finish(&context.declaration().product, paths).map_err(|error| {
        say(format_args!(
            "error: an erasure was interrupted and cannot be finished: {error}; nothing is sent"
        ));
        Exit::Failed
    })
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
pub(super) fn in_words(fate: Fate) -> String {
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

/// Lists the sent log, the newest first.
pub(super) fn sent(context: &Context<'_>, as_json: bool) -> Result<Exit, Exit> {
    let batches = inspect::sent(context.paths()?);
    let shown = if as_json {
        let list: Vec<String> = batches.iter().map(document).collect();
        print(format_args!("[{}]", list.join(",")))
    } else {
        batches.iter().all(|batch| {
            let body = String::from_utf8_lossy(&batch.body);
            let receipt = String::from_utf8_lossy(&batch.receipt);
            print(format_args!(
                "{} {} to {}\n  {body}\n  receipt: {}",
                stamp(batch.time),
                batch.id,
                batch.endpoint,
                receipt.trim_end()
            ))
        })
    };
    if batches.is_empty() {
        say("nothing was sent");
    }
    if shown { Ok(Exit::Done) } else { Err(Exit::Failed) }
}

/// A batch as JSON, with body and receipt as they are, byte for byte.
fn document(batch: &SentBatch) -> String {
    let raw = |bytes: &[u8]| match serde_json::from_slice::<serde_json::Value>(bytes) {
        Ok(_) => String::from_utf8_lossy(bytes).trim_end().to_owned(),
        Err(_) => "null".to_owned(),
    };
    format!(
        "{{\"id\":\"{}\",\"time\":\"{}\",\"endpoint\":{},\"batch\":{},\"receipt\":{}}}",
        batch.id,
        stamp(batch.time),
        serde_json::Value::from(&*batch.endpoint),
        raw(&batch.body),
        raw(&batch.receipt)
    )
}
