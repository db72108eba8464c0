//! The line of an answer.

use aboveboard_types::clock::{parse_stamp, stamp};
use aboveboard_types::event::Seconds;

aboveboard_types::spelled! {
    /// What was answered.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Choice {
        /// Record and send.
        Yes = "yes",
        /// Record and show, never send.
        Local = "local",
        /// Neither; id, spool and sent log are deleted.
        No = "no",
        /// Nothing was answered yet, but the notice was shown.
        Shown = "shown",
    }
}

aboveboard_types::spelled! {
    /// Where it was answered or shown.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Surface {
        /// The question after a command.
        Question = "question",
        /// A verb: `telemetry on`, `local`, `off`.
        Verb = "verb",
        /// The notice of a CLI or the start-up line of a server.
        Notice = "notice",
        /// Another surface, or one that this version does not know.
        Other = "other",
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
    /// Where data was to go; `None` for a build that had no endpoint.
    pub endpoint: Option<String>,
    /// The digest of the terms and items that it was given to, 64 hexadecimal digits; `None` for whatever the manifest
    /// declares, as in a line that a person wrote, and for an opt-out.
    pub items: Option<String>,
}

/// The number of digits of a digest.
const DIGEST: usize = 64;

impl Answer {
    /// Reads the content of a file, or what stands for one in a state store. An answer is one line, exactly as
    /// [`Answer::line`] writes it. An opt-out needs no more than its first word, so that every version reads it and a
    /// person can write it, and stands alone too. Whatever else there is, or anything more, is `None`.
    #[must_use]
    pub fn parse(content: &str) -> Option<Self> {
        let mut rest = content.strip_prefix("answer=")?;
        if let Some(opt_out) = rest.strip_prefix("no") {
            return Self::parse_opt_out(opt_out);
        }
        rest = rest.strip_suffix('\n')?;
        let choice = Choice::parse(word(&mut rest))?;
        let at = parse_stamp(word(&mut rest).strip_prefix("at=")?)?;
        let surface = Surface::parse(word(&mut rest).strip_prefix("by=")?)?;
        let mut answer = Self { choice, at, surface, endpoint: None, items: None };
        if let Some(after) = rest.strip_prefix("endpoint=") {
            rest = after;
            answer.endpoint = Some(printable(word(&mut rest))?.to_owned());
        }
        if let Some(digest) = rest.strip_prefix("items=") {
            let digits =
                |digest: &str| digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            rest = "";
            answer.items =
                Some(digest.to_owned()).filter(|digest| digest.len() == DIGEST && digits(digest))?.into();
        }
        // What is left over, and a space at the end that took nothing with it, belongs to no line of ours.
        let is_whole = rest.is_empty() && !content.ends_with(" \n");
        is_whole.then_some(answer)
    }

    /// What follows `answer=no`: words of any version, and no second answer or line.
    fn parse_opt_out(after: &str) -> Option<Self> {
        let line = after.strip_suffix('\n').unwrap_or(after);
        let mut answer =
            Self { choice: Choice::No, at: 0, surface: Surface::Other, endpoint: None, items: None };
        let mut rest = match line.strip_prefix(' ') {
            Some(words) => words,
            None if line.is_empty() => return Some(answer),
            None => return None,
        };
        while !rest.is_empty() {
            let word = printable(word(&mut rest))?;
            match word.split_once('=') {
                Some(("answer", _)) => return None,
                Some(("at", at)) => answer.at = parse_stamp(at).unwrap_or(0),
                Some(("by", by)) => answer.surface = Surface::parse(by).unwrap_or(Surface::Other),
                Some(("endpoint", endpoint)) => answer.endpoint = Some(endpoint.to_owned()),
                _ => {}
            }
        }
        Some(answer)
    }

    pub(super) fn agrees(&self) -> bool {
        matches!(self.choice, Choice::Yes | Choice::Shown)
    }

    /// Whether it gives way to what a person answered meanwhile.
    pub(super) fn yields(&self) -> bool {
        let asked = self.choice == Choice::Yes && self.surface == Surface::Question;
        asked || self.choice == Choice::Shown || self.surface == Surface::Notice
    }

    /// The line, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line =
            format!("answer={} at={} by={}", self.choice.name(), stamp(self.at), self.surface.name());
        if let Some(endpoint) = &self.endpoint {
            line.extend([" endpoint=", endpoint]);
        }
        if let Some(items) = &self.items {
            line.extend([" items=", items]);
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

/// A word of letters, digits and signs alone, of which there is at least one.
fn printable(word: &str) -> Option<&str> {
    (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic())).then_some(word)
}
