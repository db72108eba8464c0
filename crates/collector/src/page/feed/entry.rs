//! One entry: a change, dated by the day on which it was first found, so that it is the same whenever it is asked for.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::changes::{Change, Changes, Finding, Since};
use aboveboard_types::event::Ending;

use crate::dates::iso;
use crate::page::format::long_day;
use crate::page::panels::sentence;

/// An entry as the template sees it.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    /// When the day was over.
    pub(super) updated: String,
    /// How loudly it is said: `bad`, `good` or `plain`.
    pub(super) tone: &'static str,
    pub(super) text: String,
}

impl Entry {
    /// `feed` is the id of the feed.
    pub(super) fn of(feed: &str, changes: &Changes, change: &Change) -> Self {
        let last = changes.last;
        let view = sentence(change, changes);
        let since = match change.since {
            Since::Yesterday => "day",
            Since::LastWeek => "week",
        };
        let what = view.what.trim_end_matches('.');
        let when = match change.since {
            Since::Yesterday => format!("On {}", long_day(last)),
            Since::LastWeek => format!("In the seven days up to {}", long_day(last)),
        };
        let name = name(&change.finding);
        Self {
            // A version arrives once; anything else may begin again.
            id: match change.finding {
                Finding::VersionArrived { .. } => format!("{feed}/{name}"),
                _ => format!("{feed}/{}/{since}/{name}", iso(last)),
            },
            title: format!("{}{what}", if view.tone == "bad" { "Look: " } else { "" }),
            updated: over(last),
            tone: view.tone,
            text: format!("{when}, in UTC: {}", view.what),
        }
    }
}

/// The moment at which a day is over.
pub(super) fn over(day: Day) -> String {
    format!("{}T00:00:00Z", iso(day + 1))
}

/// What tells a finding from the others of its day, and is the same on the next: what it is about and in which direction, and none
/// of its numbers.
pub(super) fn name(finding: &Finding) -> String {
    match finding {
        Finding::Nobody => "nobody".to_owned(),
        Finding::Active { now, before } => format!("active/{}", direction(now > before)),
        Finding::VersionArrived { version, .. } => format!("version/{version}"),
        Finding::Ending { command, ending, is_more, .. } => {
            format!("command/{}/{}/{}", plain(command), fate(*ending), direction(*is_more))
        }
        Finding::CohortLost { .. } => "cohort".to_owned(),
        Finding::ReleaseWorse { newest, ending, .. } => format!("release/{newest}/{}", fate(*ending)),
    }
}

fn direction(is_more: bool) -> &'static str {
    if is_more { "more" } else { "fewer" }
}

fn fate(ending: Ending) -> &'static str {
    match ending {
        Ending::Success => "success",
        Ending::Error => "error",
        Ending::Unfinished => "unfinished",
    }
}

/// A name as a part of a URI.
fn plain(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(one).collect()
}
