//! The line of an answer.

use aboveboard_types::clock::{parse_stamp, stamp};
use aboveboard_types::event::Seconds;
use aboveboard_types::scope::Scope;

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
    /// Reads a line; `None` unless it has a known answer and its time.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let mut rest = line.strip_prefix("answer=")?;
        let choice = Choice::parse(word(&mut rest))?;
        let mut at = None;
        let mut surface = Surface::Other;
        let mut revision = 0;
        let mut manifest = String::new();
        let mut endpoint = None;
        let mut scope = None;
        while !rest.is_empty() {
            if let Some(items) = rest.strip_prefix("items=") {
                let (items, after) = items.split_once(' ').unwrap_or((items, ""));
                (scope, rest) = (Some(Scope::read(items)), after);
                continue;
            }
            let Some((key, value)) = pair(word(&mut rest)) else { continue };
            match key {
                "at" => at = parse_stamp(value),
                "by" => surface = Surface::parse(value).unwrap_or(Surface::Other),
                "revision" => revision = value.parse().unwrap_or(0),
                "manifest" => manifest = value.to_owned(),
                "endpoint" => endpoint = Some(value.to_owned()),
                _ => {}
            }
        }
        // An opt-out that a person wrote by hand needs no more than the word.
        let at = if choice == Choice::No { at.unwrap_or(0) } else { at? };
        Some(Self { choice, at, surface, revision, manifest, endpoint, scope })
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
