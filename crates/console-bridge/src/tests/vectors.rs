//! The vectors that the client's tests read too: what a client reports is recorded as it is, and what no
//! client reports becomes a declared name or nothing.

use std::collections::BTreeMap;

use aboveboard_types::declaration::{ActionDeclaration, Declaration};
use aboveboard_types::event::EventKind;
use serde::{Deserialize, Serialize};

use super::kit::{MemorySink, QUARRY, SESSION, bridge_of, parts, post};
use crate::Origins;

#[derive(Deserialize)]
struct Vectors {
    config: Config,
    client: Vec<Case>,
    bridge: Vec<Case>,
}

#[derive(Deserialize)]
struct Config {
    actions: BTreeMap<String, String>,
    routes: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    told: Vec<PageEvent>,
    #[serde(default)]
    recorded: Option<Vec<PageEvent>>,
    #[serde(default)]
    undeclared: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct PageEvent {
    route: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
}

fn declaration(config: Config) -> &'static Declaration {
    let action =
        |(action_type, name): (String, String)| ActionDeclaration::new(name.into(), action_type.into());
    Box::leak(Box::new(
        QUARRY
            .clone()
            .actions(config.actions.into_iter().map(action).collect())
            .routes(config.routes.into_iter().map(Into::into).collect()),
    ))
}

fn recorded(sink: &MemorySink) -> Vec<PageEvent> {
    let page_event = |event: &aboveboard_types::event::Event<'_>| match &event.kind {
        EventKind::Console(event) => {
            PageEvent { route: event.route.to_owned(), action: event.action.map(str::to_owned) }
        }
        other => panic!("{other:?}"),
    };
    sink.events.lock().unwrap().iter().map(page_event).collect()
}

#[test]
fn the_bridge_records_what_the_vectors_say() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../../../tests/vectors/console.json")).unwrap();
    let declaration = declaration(vectors.config);
    for case in vectors.client.into_iter().chain(vectors.bridge) {
        let (bridge, sink) = bridge_of(declaration, Origins::loopback(8080));
        let body = serde_json::json!({ "session": SESSION, "events": case.told }).to_string();
        assert_eq!(bridge.answer(&parts(post()), body.as_bytes(), None).status(), 204, "{}", case.name);
        let recorded = recorded(sink);
        assert_eq!(recorded, case.recorded.unwrap_or(case.told), "{}", case.name);
        assert_eq!(*sink.undeclared.lock().unwrap(), case.undeclared, "{}", case.name);
    }
}

#[derive(Deserialize)]
struct Random {
    config: Config,
    told: Vec<PageEvent>,
}

#[test]
fn what_a_client_reports_of_random_manifests_is_recorded_as_it_is() {
    let cases: Vec<Random> =
        serde_json::from_str(include_str!("../../../../tests/vectors/console-random.json")).unwrap();
    assert!(cases.len() >= 200);
    for Random { config, told } in cases.into_iter().filter(|case| !case.told.is_empty()) {
        let (bridge, sink) = bridge_of(declaration(config), Origins::loopback(8080));
        let body = serde_json::json!({ "session": SESSION, "events": told }).to_string();
        assert_eq!(bridge.answer(&parts(post()), body.as_bytes(), None).status(), 204, "{body}");
        assert_eq!(recorded(sink), told);
        assert_eq!(*sink.undeclared.lock().unwrap(), 0, "{body}");
    }
}
