//! `import`: sends what `export` wrote on another machine.

use std::ffi::OsStr;
use std::io::{BufRead as _, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use aboveboard_core::consent::Mode;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::{Request, Transport as _};
use aboveboard_files::named::{self, Pipes};
use aboveboard_types::clock;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Proof;
use aboveboard_types::refusal::Subject;
use aboveboard_wire::{Batch, HandOver, Receipt};

use crate::transport::Http;
use crate::verbs::export::{STANDARD_STREAM, failed, refuse};
use crate::verbs::{Context, Exit, print, say};

/// The longest hand-over file that is read, in bytes: all of it is checked, and so in memory, before anything is sent. A
/// full spool is a sixteenth of it.
const MAX_FILE_BYTES: usize = 16 << 20;

/// How long a pipe is waited for that nobody has opened to write.
const MAX_PIPE_WAIT: Duration = Duration::from_secs(5);

/// How long reading may take in all: a full file over a slow line, and no pipe that is open and never filled.
const MAX_READ_TIME: Duration = Duration::from_secs(5 * 60);

/// Sends every batch of a file, and prints each receipt.
pub(crate) fn import(context: &Context<'_>, path: &OsStr) -> Result<Exit, Exit> {
    let endpoint = match context.question().endpoint() {
        Ok(Some(endpoint)) if context.decide().mode != Mode::Off => endpoint,
        _ => return Err(refuse(context, "imported")),
    };
    let batches =
        read(path, &context.declaration().product, &endpoint).map_err(|error| failed(path, &error))?;
    let mut transport = Http::of(&endpoint, &context.settings);
    let left = batches.iter().filter(|batch| !post(&endpoint, &mut transport, batch)).count();
    if left == 0 {
        return Ok(Exit::Done);
    }
    say(format_args!("{left} of {} batches were not taken; import the file again later", batches.len()));
    Ok(Exit::Later)
}

/// A batch of a file.
struct HandedOver {
    id: Id,
    key: String,
    proof: Proof,
    body: Vec<u8>,
}

/// The batches of a file. A line of another product or for another host, or one that is no batch, fails the whole file before
/// anything is sent.
fn read(path: &OsStr, product: &str, endpoint: &Endpoint) -> std::io::Result<Vec<HandedOver>> {
    let invalid = |line: usize, what: &str| {
        std::io::Error::new(std::io::ErrorKind::InvalidData, format!("line {line} {what}"))
    };
    let content = content(Path::new(path).to_owned(), MAX_PIPE_WAIT, MAX_READ_TIME)?;
    let mut reader = &content[..];
    let mut batches = Vec::new();
    let mut room = MAX_FILE_BYTES;
    loop {
        let mut line = Vec::new();
        let number = batches.len() + 1;
        reader.by_ref().take(HandOver::MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(batches);
        }
        room = room.checked_sub(line.len()).ok_or_else(too_long)?;
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Err(invalid(number, "has no end or is longer than a batch may be"));
        }
        let handed_over = HandOver::read(&line).ok_or_else(|| invalid(number, "is no batch"))?;
        let proof = handed_over.proof().ok_or_else(|| invalid(number, "is no batch"))?;
        let body = handed_over.body.get();
        let batch: Batch<'_> = serde_json::from_str(body).map_err(|_| invalid(number, "is no batch"))?;
        if &*batch.product != product {
            return Err(invalid(number, "is of another product"));
        }
        if handed_over.host != endpoint.identity_host() {
            return Err(invalid(number, "is for the collector of another host than the one in use here"));
        }
        let key = handed_over.headers.key.into_owned();
        batches.push(HandedOver { id: batch.batch, key, proof, body: body.as_bytes().to_vec() });
    }
}

/// What is in a file that a person named, and one byte more than may be at most. The system waits at a pipe until somebody
/// opens it to write and then fills it, and so for ever where nobody does.
fn content(path: PathBuf, to_open: Duration, to_read: Duration) -> std::io::Result<Vec<u8>> {
    let timed_out = |what: &'static str| move |_| std::io::Error::new(std::io::ErrorKind::TimedOut, what);
    let (opens, opened) = mpsc::sync_channel(1);
    let (reads, read) = mpsc::sync_channel(1);
    // Where nobody waits any more, the program ends, and the thread with it.
    thread::Builder::new().spawn(move || {
        let file = match open(&path) {
            Ok(file) => file,
            Err(error) => {
                let _ = opens.send(Err(error));
                return;
            }
        };
        let _ = opens.send(Ok(()));
        let mut content = Vec::new();
        let done = file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut content);
        let _ = reads.send(done.map(|_| content));
    })?;
    opened.recv_timeout(to_open).map_err(timed_out("nobody writes to this pipe"))??;
    read.recv_timeout(to_read).map_err(timed_out("it does not end in time; hand it over in parts"))?
}

/// The file, or standard input where the name says so.
fn open(path: &Path) -> std::io::Result<Box<dyn Read>> {
    if path.as_os_str() == STANDARD_STREAM {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(named::read(path, Pipes::Read)?.into_std()))
}

fn too_long() -> std::io::Error {
    let what = format!("longer than {} MiB; hand it over in parts", MAX_FILE_BYTES >> 20);
    std::io::Error::new(std::io::ErrorKind::FileTooLarge, what)
}

/// Sends one batch and prints its receipt. True if there is one.
fn post(endpoint: &Endpoint, transport: &mut Http, batch: &HandedOver) -> bool {
    let id = batch.id;
    let sealed = (id, batch.body.clone());
    let request = Request::batch(endpoint, &batch.key, clock::now(), sealed, &batch.proof);
    match transport.post(&request) {
        Ok(reply) if reply.status == 202 && Receipt::read(&reply.body, id).is_some() => {
            // One line, whatever stands between its values.
            print(String::from_utf8_lossy(&reply.body).trim_end().replace(['\n', '\t'], " "));
            true
        }
        Ok(reply) => {
            let why = match reply.refusal(Subject::Batch(id)) {
                Some(reason) => reason.name().to_owned(),
                None => format!("what answers is no collector: status {}", reply.status),
            };
            say(format_args!("batch {id}: {endpoint} did not take it ({why})"));
            false
        }
        Err(failure) => {
            say(format_args!("batch {id}: {endpoint} does not answer ({})", failure.name()));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write as _};

    use super::*;

    #[test]
    fn a_pipe_that_is_opened_and_never_ends_is_read_for_so_long_and_no_longer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
        let short = Duration::from_millis(50);
        let nobody = content(path.clone(), short, MAX_READ_TIME).unwrap_err();
        assert_eq!(
            (nobody.kind(), nobody.to_string().contains("nobody writes")),
            (ErrorKind::TimedOut, true)
        );
        let mut writer = std::fs::File::options().read(true).write(true).open(&path).unwrap();
        for fed in ["", "x"] {
            writer.write_all(fed.as_bytes()).unwrap();
            let endless = content(path.clone(), MAX_READ_TIME, short).unwrap_err();
            assert_eq!(endless.kind(), ErrorKind::TimedOut);
        }
    }
}
