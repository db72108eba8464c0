//! The status that hosts and operators read.

use std::fmt;

use aboveboard_core::consent::{Explanation, Finding, Source, explain};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::spool::Spool;
use aboveboard_delivery::proxy::Way;
use aboveboard_delivery::server::{Silence, State, last_report};
use aboveboard_delivery::{Fate, Memory};
use aboveboard_types::clock::stamp;
use aboveboard_types::event::Seconds;
use serde_json::{Value, json};

use crate::RunningAgent;
use crate::progress::Progress;

/// What the agent does and why. It displays as one JSON document. The id in it is the one
/// that the collector's host knows, and no other does.
#[derive(Clone, Debug)]
pub struct Status {
    mode: &'static str,
    because: &'static str,
    document: Value,
}

impl Status {
    /// The status at this moment. It asks every consent source, and reads the spool's sizes.
    pub(crate) fn of(agent: &RunningAgent) -> Self {
        let setup = &agent.switch.setup;
        let declaration = setup.settings.declaration;
        let keeps_elsewhere = setup.settings.is_kept_elsewhere;
        let explanation = explain(&setup.question());
        let state = agent.switch.state();
        let (mode, because) = match &state {
            State::Recording(recording) => (recording.mode.name(), recording.because.name()),
            State::Silent(Silence::Off(source)) => ("off", source.name()),
            State::Silent(Silence::Undecided(source)) => ("undecided", source.name()),
            State::Silent(Silence::FirstDelay(_)) => ("notice", Source::Manifest.name()),
            State::Silent(Silence::NoId) if keeps_elsewhere => ("waiting", Source::Place.name()),
            State::Silent(Silence::NoId) => ("off", Source::Place.name()),
        };
        let silent_until = match &state {
            State::Silent(Silence::FirstDelay(opens_at)) => Some(*opens_at),
            _ => None,
        };
        let paths = setup.paths.as_ref();
        let usage = match &state {
            State::Recording(recording) => paths
                .and_then(|paths| Spool::open(&recording.permit, declaration, paths))
                .map(|spool| spool.usage()),
            State::Silent(_) => None,
        };
        let usage = usage.unwrap_or_default();
        let (installation, host) = match &state {
            State::Recording(recording) => {
                let host = recording.permit.endpoint().map(Endpoint::identity_host);
                (host.is_some().then(|| recording.id.to_string()), host)
            }
            State::Silent(_) => (None, None),
        };
        let is_recording = matches!(state, State::Recording(_));
        let progress = agent.progress.get();
        let memory = paths.zip(explanation.endpoint.as_ref());
        let memory = memory.map(|(paths, endpoint)| Memory::load(paths, endpoint)).unwrap_or_default();
        let way =
            explanation.endpoint.as_ref().map(|endpoint| Way::to(endpoint, &setup.settings.environment));
        let (proxy, proxy_unusable) = match way {
            Some(Way::Through(proxy)) => (Some(proxy.to_string()), None),
            Some(Way::Unusable(unusable)) => (None, Some(unusable.to_string())),
            Some(Way::Direct) | None => (None, None),
        };
        let document = json!({
            "product": declaration.product,
            "component": "server",
            "version": setup.settings.version.to_string(),
            "manifest": { "revision": declaration.revision, "hash": declaration.hash },
            "mode": mode,
            "because": because,
            "policy": explanation.policy.name(),
            "silent_until": silent_until.map(stamp),
            "sources": sources(&explanation),
            "installation": installation,
            "host": host,
            "endpoint": explanation.endpoint.as_ref().map(ToString::to_string),
            "endpoint_unusable": explanation.unusable.map(|unusable| unusable.to_string()),
            "proxy": proxy,
            "proxy_unusable": proxy_unusable,
            "kept_by_host": keeps_elsewhere,
            "directory": paths.map(|paths| paths.state().display().to_string()),
            "waiting": { "events": usage.events, "bytes": usage.bytes, "for_other_endpoints": usage.elsewhere },
            "last_report": paths.and_then(last_report).map(stamp),
            "next_report": progress.next_report.filter(|_| is_recording).map(stamp),
            "no_counts": progress.no_counts.map(|why| why.name()),
            "last_transmission": transmission(&progress),
            "outage_since": memory.outage.map(stamp),
            "not_before": later(memory.not_before.max(memory.closed_until), setup.now()),
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

/// What each consent source says, as the verb `status` of a CLI shows it.
fn sources(explanation: &Explanation) -> Vec<Value> {
    let source = |finding: &Finding| {
        json!({
            "source": finding.source.name(),
            "place": finding.place,
            "says": format!("{:?}", finding.reading).to_ascii_lowercase(),
            "detail": finding.detail,
        })
    };
    explanation.findings.iter().map(source).collect()
}

/// The last transmission, where there was one in this process.
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
        "outcome": last.fate.name(),
        "status": last.fate.status(),
        "accepted": accepted,
        "rejected": rejected,
    }))
}

/// A time that has not come yet; a pause that is over is none.
fn later(until: Seconds, now: Seconds) -> Option<String> {
    (until > now).then(|| stamp(until))
}
