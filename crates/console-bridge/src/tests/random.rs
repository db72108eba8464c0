//! Any text that a page sends as a route or an action: what is recorded is in the manifest, and nothing else is left.

use aboveboard_types::event::EventKind;
use proptest::prelude::*;

use super::kit::{MemorySink, QUARRY, SESSION, bridge_of, parts, post};
use crate::{Bridge, Origins};

/// In everything that a page must not report.
const CANARY: &str = "hunter2";

/// What people have in addresses: mail addresses, tokens, ids, paths, queries, other alphabets.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}".prop_map(|name| format!("{name}.{CANARY}@example.org")),
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"
            .prop_map(|id| format!("{id}{CANARY}")),
        "[A-Za-z0-9_-]{20,60}".prop_map(|token| format!("{CANARY}{token}")),
        "[0-9a-f]{40}".prop_map(|hash| hash + CANARY),
        "(/[a-zäöü.]{1,9}){1,5}".prop_map(|path| format!("/home/{CANARY}{path}")),
        any::<String>().prop_map(|text| format!("{text}{CANARY}")),
    ]
}

fn route() -> impl Strategy<Value = String> {
    let host = "https?://(xn--[a-z0-9]{4,10}|[a-z]{3,9}|\\[::1\\]|10\\.0\\.0\\.[1-9])(:[1-9][0-9]{1,4})?";
    prop_oneof![
        (secret(), secret()).prop_map(|(source, schema)| format!("/data/{source}/schema/{schema}")),
        (host, secret()).prop_map(|(host, path)| format!("{host}/{path}")),
        (secret(), secret()).prop_map(|(query, hash)| format!("/data/:source/schema/:schema?{query}#{hash}")),
        secret().prop_map(|tail| format!("/data/:source/schema/:schema/{tail}")),
        secret(),
        Just("/data/:source/schema/:schema".to_owned()),
        Just("unknown".to_owned()),
        Just(String::new()),
    ]
}

fn action() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some("table_tracked".to_owned())),
        // The type that stands for a declared name is no name, and neither is anything around one.
        Just(Some("data/trackTable".to_owned())),
        secret().prop_map(|tail| Some(format!("table_tracked{tail}"))),
        secret().prop_map(Some),
    ]
}

type PageEvent = (String, Option<String>);

fn report(
    bridge: &Bridge<&'static MemorySink>,
    sink: &MemorySink,
    reported: &[PageEvent],
) -> (Vec<PageEvent>, u64) {
    let events: Vec<serde_json::Value> = reported
        .iter()
        .map(|(route, action)| match action {
            Some(action) => serde_json::json!({"route": route, "action": action}),
            None => serde_json::json!({"route": route}),
        })
        .collect();
    let body = serde_json::json!({"session": SESSION, "events": events}).to_string();
    let answer = bridge.answer(&parts(post()), body.as_bytes(), None);
    assert!(!String::from_utf8_lossy(answer.body()).contains(CANARY), "the answer repeats it");
    assert_eq!(answer.status(), 204, "{body}");
    let events = std::mem::take(&mut *sink.events.lock().unwrap());
    let recorded = events.into_iter().map(|event| match event.kind {
        EventKind::Console(console) => (console.route.to_owned(), console.action.map(str::to_owned)),
        other => panic!("{other:?}"),
    });
    (recorded.collect(), std::mem::take(&mut *sink.undeclared.lock().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_declared_words_come_out_and_what_came_out_goes_in_unchanged(
        reported in prop::collection::vec((route(), action()), 1..20),
    ) {
        let (bridge, sink) = bridge_of(&QUARRY, Origins::loopback(8080));
        let (recorded, undeclared) = report(&bridge, sink, &reported);
        prop_assert_eq!(recorded.len() as u64 + undeclared, reported.len() as u64, "each is recorded or counted");
        for (route, action) in &recorded {
            prop_assert!(route == "unknown" || QUARRY.routes.iter().any(|known| known == route), "{}", route);
            prop_assert!(action.as_deref().is_none_or(|action| action == "table_tracked"), "{:?}", action);
        }
        if !recorded.is_empty() {
            prop_assert_eq!(report(&bridge, sink, &recorded), (recorded, 0));
        }
    }
}
