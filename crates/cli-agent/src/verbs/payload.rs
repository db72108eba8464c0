//! `preview`, `sent`: the bytes themselves, before and after they leave.

use std::io::IsTerminal as _;

use aboveboard_core::consent::Permit;
use aboveboard_core::inspect::{self, SentBatch};
use aboveboard_types::clock::{self, stamp};
use aboveboard_types::declaration::Component;
use aboveboard_types::event::{Event, EventKind, Report};
use aboveboard_types::id::Id;
use aboveboard_types::json;

use super::{Context, Exit, print, say};
use crate::{Settings, interrupted};

/// Prints every batch that waits, one a line, in the order of sending. Where nothing is recorded, an example with placeholder
/// ids.
pub(super) fn preview(context: &Context<'_>) -> Exit {
    let permit = context.permit_to_show();
    if context.is_config_unread() {
        say("the product's configuration cannot be read: until it can be, nothing is recorded or sent");
    }
    let declaration = context.declaration();
    let example = if context.settings.component == Component::Server {
        let kind = EventKind::Report(Report::empty(declaration));
        Some(Event { time: clock::now(), kind })
    } else {
        declaration.commands.first().map(|command| Settings::example(command))
    };
    let body = inspect::preview(
        permit.as_ref(),
        declaration,
        context.paths.as_ref(),
        &context.settings.header_at(context.paths.as_ref()),
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
    let raw = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok().filter(|text| json::is_json(text));
        text.unwrap_or("null").trim_end().to_owned()
    };
    let mut endpoint = String::new();
    json::push_text(&mut endpoint, &batch.endpoint);
    format!(
        "{{\"id\":\"{}\",\"time\":\"{}\",\"endpoint\":{endpoint},\"batch\":{},\"receipt\":{}}}",
        batch.id,
        stamp(batch.time),
        raw(&batch.body),
        raw(&batch.receipt)
    )
}
