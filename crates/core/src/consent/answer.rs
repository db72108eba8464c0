//! The stored answer: one line that a person can read and write.
//!
//! ```text
//! answer=yes at=2026-11-22T14:10:26Z by=question revision=4 manifest=0f3a… endpoint=https://q.example items=0a1b2c3d,…
//! ```
//!
//! The first word decides; whatever cannot be read is a no. `items` are checksums of what the manifest
//! declared then. Words that are not known are passed over, so that a newer version may add some.

#[path = "replacement.rs"]
mod replacement;

use std::path::Path;

use rustix::fs::{FileType, Mode};
use rustix::io::Errno;

use aboveboard_types::scope::Scope;

use super::Question;
use crate::error::{Error, Result};
use crate::paths::Paths;
use aboveboard_files::{File, euid};
use aboveboard_types::clock::{parse_stamp, stamp};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::Seconds;

/// The longest file that is read, in bytes: room for some 1,700 items.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// Record and send.
    Yes,
    /// Record and show, never send.
    Local,
    /// Neither; id, spool and sent log are deleted.
    No,
    /// Nothing was answered yet, but the notice was shown.
    Shown,
}

impl Choice {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Yes, "yes"), (Self::Local, "local"), (Self::No, "no"), (Self::Shown, "shown")];

    /// The spelling in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(choice, _)| *choice == self).map_or("", |(_, name)| name)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(choice, _)| *choice)
    }
}

/// Where it was answered or shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    /// The question after a command.
    Question,
    /// A verb: `telemetry on`, `local`, `off`.
    Verb,
    /// The notice of a CLI or the start-up line of a server.
    Notice,
    /// Another surface, or one that this version does not know.
    Other,
}

impl Surface {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Question, "question"),
        (Self::Verb, "verb"),
        (Self::Notice, "notice"),
        (Self::Other, "other"),
    ];

    /// The spelling in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(surface, _)| *surface == self).map_or("other", |(_, name)| name)
    }

    fn parse(text: &str) -> Self {
        Self::ALL.iter().find(|(_, name)| *name == text).map_or(Self::Other, |(surface, _)| *surface)
    }
}

/// A stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// What was answered.
    pub choice: Choice,
    /// When; nothing older is ever sent.
    pub at: Seconds,
    /// Where.
    pub surface: Surface,
    /// Revision of the manifest it was given for.
    pub revision: u32,
    /// Hash of that manifest.
    pub manifest: String,
    /// Where data was to go; `None` for a build that had no endpoint.
    pub endpoint: Option<String>,
    /// The items it covers; `None` for whatever the manifest declares.
    pub scope: Option<Scope>,
}

impl Answer {
    /// An answer given now, under the manifest and for the endpoint of `question`.
    #[must_use]
    pub fn new(choice: Choice, surface: Surface, at: Seconds, question: &Question<'_>) -> Self {
        let Declaration { revision, hash, .. } = question.declaration;
        let endpoint = question.endpoint().ok().flatten().map(|endpoint| endpoint.as_str().to_owned());
        // A no covers everything for ever.
        let scope = (choice != Choice::No).then(|| Scope::of(question.declaration));
        Self { choice, at, surface, revision: *revision, manifest: hash.to_string(), endpoint, scope }
    }

    /// Reads a line; `None` unless it has a known answer and its time.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let mut rest = line.strip_prefix("answer=")?;
        let choice = Choice::parse(word(&mut rest))?;
        let (mut at, mut surface, mut revision) = (None, Surface::Other, 0);
        let (mut manifest, mut endpoint, mut scope) = (String::new(), None, None);
        while !rest.is_empty() {
            if let Some(items) = rest.strip_prefix("items=") {
                let (items, after) = items.split_once(' ').unwrap_or((items, ""));
                (scope, rest) = (Some(Scope::read(items)), after);
                continue;
            }
            let Some((key, value)) = pair(word(&mut rest)) else { continue };
            match key {
                "at" => at = parse_stamp(value),
                "by" => surface = Surface::parse(value),
                "revision" => revision = value.parse().unwrap_or(0),
                "manifest" => manifest = value.to_owned(),
                "endpoint" => endpoint = Some(value.to_owned()),
                _ => {}
            }
        }
        // A no that somebody wrote by hand needs no more than the word.
        let at = if choice == Choice::No { at.unwrap_or(0) } else { at? };
        Some(Self { choice, at, surface, revision, manifest, endpoint, scope })
    }

    fn agrees(&self) -> bool {
        matches!(self.choice, Choice::Yes | Choice::Shown)
    }

    /// Whether it gives way to what somebody said meanwhile.
    fn yields(&self) -> bool {
        let asked = self.choice == Choice::Yes && self.surface == Surface::Question;
        asked || self.choice == Choice::Shown || self.surface == Surface::Notice
    }

    /// The line, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!(
            "answer={} at={} by={} revision={} manifest={}",
            self.choice.name(),
            stamp(self.at),
            self.surface.name(),
            self.revision,
            self.manifest
        );
        if let Some(endpoint) = &self.endpoint {
            line.extend([" endpoint=", endpoint]);
        }
        if let Some(scope) = &self.scope {
            line.extend([" items=", scope.text()]);
        }
        line.push('\n');
        line
    }
}

/// Takes the first word. Byte by byte: for words this short the searching machinery of `str` costs more.
fn word<'l>(rest: &mut &'l str) -> &'l str {
    let ends = rest.bytes().position(|byte| byte == b' ').unwrap_or(rest.len());
    let word = &rest[..ends];
    *rest = rest.get(ends + 1..).unwrap_or("");
    word
}

fn pair(word: &str) -> Option<(&str, &str)> {
    let equals = word.bytes().position(|byte| byte == b'=')?;
    Some((&word[..equals], &word[equals + 1..]))
}

/// What an answer file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoredAnswer {
    /// There is no file.
    #[default]
    Nothing,
    /// There is one, but it is not ours, not a file, too long, or says nothing known: a no.
    Unreadable,
    /// The system could not say what it holds: too many files are open, the memory or the disk fails. A no for as
    /// long as that lasts, and nobody's: it deletes nothing.
    Unavailable,
    /// An answer.
    Answer(Answer),
}

impl StoredAnswer {
    /// Whether somebody said, or may have said, what no notice may replace.
    fn stands(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Unreadable | Self::Unavailable => true,
            Self::Answer(answer) => !answer.agrees(),
        }
    }
}

/// Reads an answer file. It must belong to the user or to root, and nobody else may be able to write to it.
#[must_use]
pub fn read(path: &Path) -> StoredAnswer {
    match content(path) {
        Ok(line) => Answer::parse(&line).map_or(StoredAnswer::Unreadable, StoredAnswer::Answer),
        Err(Errno::NOENT | Errno::NOTDIR) => StoredAnswer::Nothing,
        // What it is, whose it is, or what it holds. Everything else tells of the system and not of the file.
        Err(
            Errno::LOOP
            | Errno::ACCESS
            | Errno::PERM
            | Errno::NXIO
            | Errno::NODEV
            | Errno::FBIG
            | Errno::ILSEQ
            | Errno::ISDIR,
        ) => StoredAnswer::Unreadable,
        Err(_) => StoredAnswer::Unavailable,
    }
}

fn content(path: &Path) -> rustix::io::Result<String> {
    let file = File::at(path)?;
    let stat = file.stat()?;
    let writable = Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH);
    let trusted = stat.st_uid == euid() || stat.st_uid == 0;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || writable || !trusted {
        return Err(Errno::PERM);
    }
    String::from_utf8(file.content(MAX_ANSWER_BYTES)?).map_err(|_| Errno::ILSEQ)
}

/// Stores an answer, and does what it asks of the disk: a no deletes id, spool and sent log; a yes after `local`
/// does too, since what was recorded before a yes is never sent. A yes that was already said for this endpoint
/// keeps its time: what was recorded under it stays sendable when a wider manifest is agreed to.
///
/// What a person answers to a product of a family is also the family's answer: the tools of the family that never ask
/// obey the last one that was given to any of it. A yes to a question leaves a no to another tool of the family.
///
/// Under a [wording](Paths::worded) of its own the answer is also the one to that wording.
///
/// What only a notice says ([`Choice::Shown`], or any choice by [`Surface::Notice`]) is stored by the program and
/// said by nobody, and a yes to a question ([`Surface::Question`]) was asked for while nobody had said anything
/// else. Neither replaces a no, a `local` or what cannot be read, however late it comes: somebody may have answered
/// since. Nothing is written then, and that is no error.
///
/// # Errors
/// If the answer cannot be written, or what is to go cannot be deleted. A no is written before anything is
/// deleted, so it holds even where the deletion failed.
pub fn store(places: &Paths, answer: &Answer) -> Result<()> {
    let put = |path: &Path| {
        replacement::put(path, answer).map_err(|error| Error::new("store the answer in", path, error))
    };
    // Before the base answer: a yes that is cut short between the two is none.
    if let Some(wording) = places.wording_answer() {
        put(wording)?;
    }
    let before = put(places.answer())?;
    // A notice is no answer, so the family has none by it.
    let is_said = matches!(answer.surface, Surface::Verb | Surface::Question);
    if let Some(family) = places.family_answer().filter(|family| is_said && *family != places.answer()) {
        put(family)?;
    }
    let was_local = matches!(before, Some(StoredAnswer::Answer(Answer { choice: Choice::Local, .. })));
    match (before, answer.choice) {
        (Some(_), Choice::No) => super::purge(places),
        (Some(_), Choice::Yes) if was_local => super::purge(places),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
