//! The vectors that the client's tests read too: what a client tells is recorded as it is, and what no client
//! tells becomes a declared name or nothing.

use std::collections::BTreeMap;

use aboveboard_core::declaration::{ActionDeclaration, Declaration};
use aboveboard_core::event::Kind;
use serde::{Deserialize, Serialize};

use crate::Origins;
use crate::testing::{QUARRY, SESSION, bridge_of, parts, post};

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
    told: Vec<Told>,
    #[serde(default)]
    recorded: Option<Vec<Told>>,
    #[serde(default)]
    undeclared: u64,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Told {
    route: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
}

fn declaration(config: Config) -> &'static Declaration {
    let action = |(action_type, name): (String, String)| ActionDeclaration {
        name: name.into(),
        action_type: action_type.into(),
    };
    Box::leak(Box::new(Declaration {
        actions: config.actions.into_iter().map(action).collect(),
        routes: config.routes.into_iter().map(Into::into).collect(),
        ..QUARRY.clone()
    }))
}

#[test]
fn the_bridge_records_what_the_vectors_say() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../../tests/vectors/console.json")).unwrap();
    let declaration = declaration(vectors.config);
    for case in vectors.client.into_iter().chain(vectors.bridge) {
        let (bridge, kept) = bridge_of(declaration, Origins::loopback(8080));
        let body = serde_json::json!({ "session": SESSION, "events": case.told }).to_string();
        assert_eq!(bridge.answer(&parts(post()), body.as_bytes(), None).status(), 204, "{}", case.name);
        let events = kept.events.lock().unwrap();
        let recorded: Vec<_> = events
            .iter()
            .map(|event| match &event.kind {
                Kind::Console(told) => {
                    Told { route: told.route.to_owned(), action: told.action.map(str::to_owned) }
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(recorded, case.recorded.unwrap_or(case.told), "{}", case.name);
        assert_eq!(*kept.undeclared.lock().unwrap(), case.undeclared, "{}", case.name);
    }
}
