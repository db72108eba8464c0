//! What `status` tells.

use std::fmt;

use aboveboard_core::clock::stamp;
use aboveboard_core::consent::{Explanation, Source, explain};
use aboveboard_core::delivery::report_turn::last_report;
use aboveboard_core::delivery::{Fate, Memory};
use aboveboard_core::event::Seconds;
use aboveboard_core::spool::{Spool, Usage};
use serde_json::{Value, json};

use crate::progress::{Progress, status, word};
use crate::state::{Silence, Standing};
use crate::worker::Shared;

/// What the agent does and why. It displays as one JSON document, which names no id.
#[derive(Clone, Debug)]
pub struct Status {
    mode: &'static str,
    because: &'static str,
    document: Value,
}

impl Status {
    pub(crate) fn of(shared: &Shared) -> Self {
        let switch = &shared.switch;
        let explanation = explain(&switch.question());
        let standing = switch.standing();
        let (mode, because, waits_until) = match &standing {
            Standing::Open(open) => (open.mode.name(), open.because.name(), None),
            Standing::Silent(Silence::Off(source)) => ("off", source.name(), None),
            Standing::Silent(Silence::Undecided(source)) => ("undecided", source.name(), None),
            Standing::Silent(Silence::Until(opens)) => ("notice", Source::Manifest.name(), Some(*opens)),
            Standing::Silent(Silence::NoId) if switch.kept.is_some() => {
                ("waiting", Source::Place.name(), None)
            }
            Standing::Silent(Silence::NoId) => ("off", Source::Place.name(), None),
        };
        let places = switch.places.as_ref();
        let usage = match &standing {
            Standing::Open(open) => places
                .and_then(|places| Spool::open(&open.permit, switch.declaration, places))
                .map(|spool| spool.usage()),
            Standing::Silent(_) => None,
        };
        let progress = shared.progress.get();
        let memory = places.map(Memory::load).unwrap_or_default();
        let is_open = matches!(standing, Standing::Open(_));
        let document = json!({
            "product": switch.declaration.product,
            "component": "server",
            "version": switch.version.to_string(),
            "manifest": { "revision": switch.declaration.revision, "hash": switch.declaration.hash },
            "mode": mode,
            "because": because,
            "policy": explanation.policy.name(),
            "silent_until": waits_until.map(stamp),
            "sources": sources(&explanation),
            "endpoint": explanation.endpoint.as_ref().map(ToString::to_string),
            "endpoint_unusable": explanation.unusable.map(|unusable| unusable.to_string()),
            "kept_by_host": switch.kept.is_some(),
            "directory": places.map(|places| places.state().display().to_string()),
            "waiting": waiting(usage.unwrap_or_default()),
            "last_report": places.and_then(last_report).map(stamp),
            "next_report": progress.next_report.filter(|_| is_open).map(stamp),
            "no_counts": progress.no_counts.map(|why| why.name()),
            "last_transmission": transmission(&progress),
            "outage_since": memory.outage.map(stamp),
            "not_before": later(memory.not_before.max(memory.closed_until), switch.clock.now()),
        });
        Self { mode, because, document }
    }

    /// `on`, `local`, `off`, `undecided`, `notice` while the first delay lasts, or `waiting` while the host's state store
    /// has not answered.
    #[must_use]
    pub fn mode(&self) -> &'static str {
        self.mode
    }

    /// The source that decided: `flag`, `variable`, `config`, `policy`, `answer`, `manifest` and so on.
    #[must_use]
    pub fn because(&self) -> &'static str {
        self.because
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.document)
    }
}

fn sources(explanation: &Explanation) -> Vec<Value> {
    let one = |finding: &aboveboard_core::consent::Finding| {
        json!({
            "source": finding.source.name(),
            "place": finding.place,
            "says": format!("{:?}", finding.reading).to_ascii_lowercase(),
            "detail": finding.detail,
        })
    };
    explanation.findings.iter().map(one).collect()
}

fn waiting(usage: Usage) -> Value {
    json!({ "events": usage.events, "bytes": usage.bytes })
}

fn transmission(progress: &Progress) -> Option<Value> {
    let last = progress.transmission.as_ref()?;
    let (accepted, rejected) = match last.fate {
        Fate::Acknowledged { accepted, rejected } => (Some(accepted), Some(rejected)),
        _ => (None, None),
    };
    Some(json!({
        "time": stamp(last.time),
        "batch": last.batch.to_string(),
        "bytes": last.bytes,
        "outcome": word(last.fate),
        "status": status(last.fate),
        "accepted": accepted,
        "rejected": rejected,
    }))
}

fn later(until: Seconds, now: Seconds) -> Option<String> {
    (until > now).then(|| stamp(until))
}
