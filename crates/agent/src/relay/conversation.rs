//! What a host says, from its first line to its last.

use super::line::Line;
use super::sink::Sink;
use super::wrong::{VERSION, Wrong};
use crate::lines::{Found, Lines};
use crate::output;

/// How far the conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was said yet.
    Begins,
    /// Both speak the same version.
    Speaks,
    /// They do not.
    Refused,
}

/// The lines of one host, and the sink that they are for.
pub(super) struct Conversation<S> {
    lines: Lines,
    talk: Talk<S>,
}

/// Everything but the lines that are still coming in.
struct Talk<S> {
    sink: S,
    stage: Stage,
    /// Of the last line.
    number: u64,
    explain: bool,
}

impl<S: Sink> Conversation<S> {
    /// A conversation that begins. With `explain`, stderr says what is wrong with a line.
    pub(super) fn new(sink: S, explain: bool) -> Self {
        Self { lines: Lines::default(), talk: Talk { sink, stage: Stage::Begins, number: 0, explain } }
    }

    /// Takes bytes as they come.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let Self { lines, talk } = self;
        lines.feed(bytes, |found| talk.hear(found));
    }

    /// Takes a last line that has no line feed, and closes the sink.
    pub(super) fn close(self) {
        let Self { mut lines, mut talk } = self;
        lines.finish(|found| talk.hear(found));
        talk.sink.close();
    }

    /// The sink.
    pub(super) fn sink(&mut self) -> &mut S {
        &mut self.talk.sink
    }
}

impl<S: Sink> Talk<S> {
    fn hear(&mut self, found: Found<'_>) {
        self.number += 1;
        let Err(wrong) = self.taken(found) else { return };
        if let Some(reason) = wrong.reason() {
            self.sink.dropped(reason, 1);
        }
        // What follows a wrong first line would be said about every line.
        if self.explain && wrong != Wrong::Unread {
            output::message(&format!("line {}: {wrong}", self.number));
        }
    }

    fn taken(&mut self, found: Found<'_>) -> Result<(), Wrong> {
        if self.stage == Stage::Refused {
            return Err(Wrong::Unread);
        }
        let line = match found {
            Found::Line(bytes) => Line::read(bytes),
            Found::TooLong => Err(Wrong::TooLong),
        };
        if self.stage == Stage::Begins {
            let is_ours = line == Ok(Line::Version(VERSION));
            self.stage = if is_ours { Stage::Speaks } else { Stage::Refused };
            return if is_ours { Ok(()) } else { Err(Wrong::Version) };
        }
        match line? {
            Line::Version(_) => Err(Wrong::Unknown),
            line => self.sink.take(line),
        }
    }
}
