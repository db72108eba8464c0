//! The line of an answer.

use aboveboard_types::clock::{parse_stamp, stamp};
use aboveboard_types::event::Seconds;
use aboveboard_types::scope::Scope;

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
    pub(super) const ALL: [(Self, &'static str); 4] =
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
    pub(super) const ALL: [(Self, &'static str); 4] = [
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
                "by" => surface = Surface::parse(value),
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
