//! `export`: a hand-over by file, for machines without a network.
//!
//! The file holds one batch on each line: the host that it is for, the headers of its request, and the body byte for byte
//! as it would have been posted. An exported batch stays here until it is too old or a receipt comes for it: sent twice it
//! is counted once, by its id.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;

use aboveboard_core::spool::Spool;
use aboveboard_delivery::remember;
use aboveboard_files::named;
use aboveboard_files::stdout::{self, Written};
use aboveboard_types::clock;
use aboveboard_types::hand_over;

use super::payload::finish_interrupted;
use super::{Context, Exit, counted, say, words};

/// The name that stands for standard output, and for standard input at `import`.
pub(super) const STANDARD_STREAM: &str = "-";

/// Writes every waiting batch into a new file.
pub(super) fn export(context: &Context<'_>, path: &OsStr) -> Result<Exit, Exit> {
    finish_interrupted(context)?;
    let (permit, paths) = context.permit_to_send().ok_or_else(|| refuse(context, "exported"))?;
    let Some(spool) = Spool::open(&permit, context.declaration(), paths) else {
        say("nothing is recorded");
        return Ok(Exit::Done);
    };
    // The other machine sends the file there.
    if !permit.endpoint().is_some_and(|endpoint| remember(&permit, paths, endpoint)) {
        say("error: the collector of this file could not be stored, so nothing could be erased there later");
        return Err(Exit::Failed);
    }
    let now = clock::now();
    spool.seal(now);
    // A batch that is being sent at this moment is the sender's.
    let batches: Vec<_> = spool.pending().into_iter().filter_map(|id| spool.claim(id, now)).collect();
    let (Some(endpoint), Some(proof)) = (permit.endpoint(), spool.proof()) else {
        say("error: the installation's secret cannot be read, so no collector would take the file");
        return Err(Exit::Failed);
    };
    let host = endpoint.identity_host();
    let key = &context.declaration().ingest_key;
    let lines = batches.iter().filter_map(|batch| hand_over::line(&host, key, batch.id, &proof, &batch.body));
    write(path, lines).map_err(|error| failed(path, &error))?;
    let batches = counted(batches.len(), "batch");
    say(format_args!("{batches} for {host} written; on the other machine: {}", context.call("import FILE")));
    say(format_args!(
        "whoever has this file can report as this installation at {host}: hand it to nobody else"
    ));
    Ok(Exit::Done)
}

/// Writes the lines; `-` is standard output.
fn write(path: &OsStr, mut lines: impl Iterator<Item = String>) -> std::io::Result<()> {
    if path == STANDARD_STREAM {
        lines.all(|line| stdout::write(line.as_bytes()) == Written::Whole);
        return stdout::take_failure().map_or(Ok(()), Err);
    }
    // A file that exists is not overwritten, and only its owner reads the new one.
    let mut file = named::create(Path::new(path))?.into_std();
    for line in lines {
        file.write_all(line.as_bytes())?;
    }
    file.sync_all()
}

/// Says that nothing is done because telemetry is off.
pub(super) fn refuse(context: &Context<'_>, what: &str) -> Exit {
    say(format_args!("nothing is {what}: {}", words::state(context)));
    Exit::Off
}

pub(super) fn failed(path: &OsStr, error: &std::io::Error) -> Exit {
    say(format_args!("error: {}: {error}", path.display()));
    Exit::Failed
}
