//! Arrivals as they come, as server-sent events: what, never who.

use std::io;
use std::time::Duration;

use aboveboard_store::context::is_headline;
use aboveboard_types::envelope::{CodingAgent, CodingAgents, Mark, Marks};
use axum::body::Bytes;
use serde_json::json;
use tokio::sync::{broadcast, mpsc};

use super::scope::coding_agents;
use crate::access::Access;
use crate::live::Live;
use crate::manifests::Manifests;
use crate::streamed::StreamedBody;

/// How often a line is sent when nothing arrives, so that neither side takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// A stream of the arrivals that the operator may see. It goes on until the client leaves or the collector stops. Must be
/// called inside a runtime.
pub(crate) fn follow(
    arrivals: broadcast::Receiver<Live>,
    access: Access,
    manifests: Manifests,
) -> StreamedBody {
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(forward(arrivals, sender, access, manifests));
    StreamedBody(receiver)
}

async fn forward(
    mut arrivals: broadcast::Receiver<Live>,
    sender: mpsc::Sender<io::Result<Bytes>>,
    access: Access,
    manifests: Manifests,
) {
    let event = |live: &Live| event(live, coding_agents(manifests.manifest(&live.product).as_deref()));
    // The client learns at once that it is connected.
    let mut next = Bytes::from_static(b": following\n\n");
    loop {
        if sender.send(Ok(next)).await.is_err() {
            return;
        }
        let pulse = tokio::time::Instant::now() + KEEP_ALIVE;
        next = loop {
            break tokio::select! {
                () = sender.closed() => return,
                arrival = tokio::time::timeout_at(pulse, arrivals.recv()) => match arrival {
                    Ok(Ok(live)) if access.sees_all() && live.missed > 0 => {
                        [gap(live.missed), event(&live)].concat().into()
                    }
                    Ok(Ok(live)) if access.sees(&live.product) => event(&live),
                    // Of another product: not even that there was one.
                    Ok(Ok(_)) => continue,
                    Ok(Err(broadcast::error::RecvError::Lagged(_))) if !access.sees_all() => continue,
                    Ok(Err(broadcast::error::RecvError::Lagged(missed))) => {
                        gap(missed)
                    }
                    Ok(Err(broadcast::error::RecvError::Closed)) => return,
                    Err(_) => Bytes::from_static(b": still here\n\n"),
                },
            };
        };
    }
}

/// How many arrivals were not shown.
fn gap(missed: u64) -> Bytes {
    Bytes::from(format!("event: missed\ndata: {missed}\n\n"))
}

/// One arrival. JSON in one line, so that it is one `data` field.
fn event(live: &Live, agents: CodingAgents) -> Bytes {
    let events: Vec<String> = live.events.iter().map(ToString::to_string).collect();
    let arrival = json!({
        "product": live.product,
        "component": live.component.name(),
        "version": live.version.to_string(),
        "marks": live.marks.names().collect::<Vec<_>>(),
        "agent": live.marks.agent().map(CodingAgent::name),
        "aside": not_headline(live.marks, agents),
        "unverified": live.unverified.then_some(UNVERIFIED),
        "events": events,
        "more": u64::from(live.accepted).saturating_sub(events.len() as u64),
        "received": live.received,
    });
    Bytes::from(format!("data: {arrival}\n\n"))
}

/// What is said of an arrival from an installation that is not yet verified.
const UNVERIFIED: &str = "New and not yet verified: its installation first reported here within the last two periods. Counted all the same.";

/// Why data with these marks is not in headline figures; `None` if it is.
pub(crate) fn not_headline(marks: Marks, agents: CodingAgents) -> Option<String> {
    if is_headline(marks, agents) {
        return None;
    }
    let reasons: Vec<&str> = Mark::ALL
        .iter()
        .filter(|(mark, _)| marks.has(*mark))
        .filter_map(|(mark, _)| match mark {
            Mark::Synthetic => Some("made up by a generator"),
            Mark::Test => Some("recorded by a test"),
            Mark::Ci => Some("recorded under continuous integration"),
            Mark::Dev => Some("recorded by a build that is no release"),
            Mark::Unstable => Some("its id does not outlive a restart"),
            Mark::Agent if agents == CodingAgents::Apart => Some("run by a coding agent"),
            _ => None,
        })
        .collect();
    Some(format!("Not in headline figures: {}.", reasons.join("; ")))
}

#[cfg(test)]
mod tests {
    use aboveboard_types::declaration::Component;
    use aboveboard_types::value::Version;

    use super::*;
    use crate::live::Summary;

    #[test]
    fn an_arrival_is_one_event_with_its_reason_and_without_an_id() {
        let live = Live {
            product: "quarry".to_owned(),
            component: Component::Cli,
            version: Version { major: 1, ..Version::default() },
            marks: Marks::default().with(Mark::Dev),
            events: vec![Summary { name: "command".to_owned(), subject: "a\nb".to_owned(), ending: None }],
            accepted: 3,
            received: 7,
            missed: 0,
            unverified: true,
        };
        let bytes = event(&live, CodingAgents::default());
        let text = std::str::from_utf8(&bytes).unwrap();
        let data = text.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
        assert!(!data.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(json["aside"], "Not in headline figures: recorded by a build that is no release.");
        assert!(json["unverified"].as_str().unwrap().starts_with("New and not yet verified"));
        assert_eq!((json["more"].as_u64(), json["events"][0].as_str()), (Some(2), Some("a\nb")));
        let unmarked = [Mark::Container, Mark::Agent].into_iter().fold(Marks::default(), Marks::with);
        assert_eq!(not_headline(unmarked, CodingAgents::Counted), None);
        let apart = not_headline(unmarked, CodingAgents::Apart);
        assert_eq!(apart.unwrap(), "Not in headline figures: run by a coding agent.");
    }
}
