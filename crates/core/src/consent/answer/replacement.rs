//! How one answer takes the place of another, without a lock that a stopped process could hold.
//!
//! Every process writes a file of its own, reads what is stored *then*, and renames. What a notice stores may not replace
//! what a person said, so a person's answer, once it has its name, removes the files of all notices that were begun
//! before and may have read before: their rename finds nothing. A notice that is begun later reads the answer. One
//! that was quicker is seen at the end, where a person's answer looks whether the stored file is its own.

use std::path::Path;

use super::line::{Answer, Choice};
use super::stored::{MAX_ANSWER_BYTES, StoredAnswer, read};
use crate::spool::is_digits;
use aboveboard_files::{Directory, Errno, Result, random};

/// How often it begins anew where others store at the same moment: more than others can come between.
const ROUNDS: u32 = 10_000;

/// The age in seconds from which a passing file was left by a process that died.
const ABANDONED: u64 = 60;

/// Stores the answer. Returns what it replaced; `None` where it gave way to what a person had answered.
pub(super) fn put(path: &Path, answer: &Answer) -> Result<Option<StoredAnswer>> {
    // Where nothing is to be done, no directory is made either.
    if answer.yields() && read(path).stands() {
        return Ok(None);
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(Errno::INVAL)?;
    let directory = Directory::make_open(path.parent().ok_or(Errno::INVAL)?)?;
    let stem = |yields| format!("{name}-{}-", if yields { "notice" } else { "answer" });
    // What stays of them is in nobody's way.
    let _ = sweep(&directory, |passing, age| {
        (is_passing(passing, &stem(true)) || is_passing(passing, &stem(false))) && age > ABANDONED
    });
    for _ in 0..ROUNDS {
        let random: [u8; 8] = random().ok_or(Errno::AGAIN)?;
        let passing = format!("{}{:016x}", stem(answer.yields()), u64::from_ne_bytes(random));
        let step = try_put(&directory, path, name, &passing, answer);
        if !matches!(step, Ok(Step::Done(_))) {
            directory.remove(&passing)?;
        }
        match step? {
            Step::Done(before) if answer.yields() => return Ok(Some(before)),
            Step::Done(before) => {
                sweep(&directory, |passing, _| is_passing(passing, &stem(true)))?;
                if !matches!(read(path), StoredAnswer::Answer(now) if now.yields()) {
                    return Ok(Some(before));
                }
            }
            Step::GaveWay => return Ok(None),
            Step::Again => {}
        }
    }
    Err(Errno::AGAIN)
}

/// Writes an opt-out or a `local` over the answer that is there, where there is no room for another file. An opt-out is as
/// long as what it takes the place of, so the disk needs no more, and a `local` stays within the same page. Cut short by a
/// kill, either is what it was to be or cannot be read.
pub(super) fn put_over(path: &Path, answer: &Answer) -> Result<StoredAnswer> {
    let before = read(path);
    match (&before, answer.choice) {
        (StoredAnswer::Nothing, _) => return Err(Errno::NOENT),
        (_, Choice::No) => {}
        (StoredAnswer::Answer(_), Choice::Local) => {}
        _ => return Err(Errno::EXIST),
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or(Errno::INVAL)?;
    let file = Directory::make_open(path.parent().ok_or(Errno::INVAL)?)?.keep(name)?;
    let length = usize::try_from(file.checked_to_write()?.size()).unwrap_or(usize::MAX);
    if length > MAX_ANSWER_BYTES {
        return Err(Errno::FBIG);
    }
    let line = match answer.choice {
        Choice::No => opt_out(length),
        _ => answer.line(),
    };
    file.write_over(line.as_bytes())?;
    if line.len() < length {
        file.cut(line.len() as u64)?;
    }
    file.sync()?;
    Ok(before)
}

/// An opt-out of so many bytes, if it is not longer.
fn opt_out(length: usize) -> String {
    const LINE: &str = "answer=no";
    let rest = length.saturating_sub(LINE.len() + 1);
    // One word that every version passes over.
    let word = "-".repeat(rest).replacen('-', " ", 1);
    format!("{LINE}{word}\n")
}

enum Step {
    /// It is stored, in place of this.
    Done(StoredAnswer),
    /// A person answered something else, and that stays.
    GaveWay,
    /// Another process came between.
    Again,
}

fn try_put(directory: &Directory, path: &Path, name: &str, passing: &str, answer: &Answer) -> Result<Step> {
    let file = directory.create(passing)?;
    let before = read(path);
    if answer.yields() && before.stands() {
        return Ok(Step::GaveWay);
    }
    if answer.choice != Choice::No && before.is_unclear() {
        return Err(Errno::EXIST);
    }
    let line = Answer { at: time(answer, &before), ..answer.clone() }.line();
    file.write(line.as_bytes(), 0)?;
    file.sync()?;
    let renamed = if answer.yields() && before == StoredAnswer::Nothing {
        directory.rename_to_new(passing, name)
    } else {
        directory.rename(passing, name)
    };
    match renamed {
        Ok(()) => Ok(Step::Done(before)),
        Err(Errno::EXIST | Errno::NOENT) => Ok(Step::Again),
        Err(error) => Err(error),
    }
}

/// Consent that was already given for this endpoint keeps its time, and a shown notice the earliest one.
fn time(answer: &Answer, before: &StoredAnswer) -> u64 {
    match before {
        StoredAnswer::Answer(before)
            if answer.choice == before.choice
                && answer.choice == Choice::Shown
                && before.endpoint == answer.endpoint =>
        {
            before.at.min(answer.at)
        }
        StoredAnswer::Answer(before)
            if before.agrees() && answer.agrees() && before.endpoint == answer.endpoint =>
        {
            before.at
        }
        _ => answer.at,
    }
}

/// Writes a file that lies beside an answer anew. Others may write the same at this moment, so each writes a file of its
/// own, and the last one stands.
pub(super) fn replace(directory: &Directory, name: &str, content: &[u8]) -> Result<()> {
    let stem = format!("{name}-");
    sweep(directory, |passing, age| is_passing(passing, &stem) && age > ABANDONED)?;
    let random: [u8; 8] = random().ok_or(Errno::AGAIN)?;
    let passing = format!("{stem}{:016x}", u64::from_ne_bytes(random));
    let file = directory.create(&passing)?;
    let written = file.write(content, 0).and_then(|()| file.sync());
    let stored = written.and_then(|()| directory.rename(&passing, name));
    if stored.is_err() {
        directory.remove(&passing)?;
    }
    stored
}

/// Whether this is the name of a passing file of ours: a stem and what `random` gave.
fn is_passing(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|random| is_digits(random, 16))
}

/// Removes passing files by name and age in seconds, by the clock that dates files. What no process of this user can have
/// made stays where it cannot be removed: a directory, a file of another user.
fn sweep(directory: &Directory, goes: impl Fn(&str, u64) -> bool) -> Result<()> {
    let now = aboveboard_types::clock::now();
    let mut done = Ok(());
    for name in directory.list()? {
        let Ok(stat) = directory.stat(&name) else { continue };
        let age = now.saturating_sub(stat.modified_seconds());
        if !goes(&name, age) {
            continue;
        }
        match directory.remove(&name) {
            Err(error) if stat.is_regular() && stat.is_mine() => done = Err(error),
            _ => {}
        }
    }
    done
}
