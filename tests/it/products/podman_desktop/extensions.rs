//! What extensions may say, and about whom.

use serde_json::{Value, json};

use super::app::App;
use crate::products::profile::PODMAN_DESKTOP;
use crate::products::sent::{batches, events};

/// An extension that heeds no types.
const ACME: &str = r#"
exports.extension = {
  events: ["engine-connected", "action-ended"],
  clicked: {
    declared: (context) => context.record("action-ended", { action: "prune", failed: false }),
    anothers: (context) => context.record("page-shown", { page: "images" }),
    unnamed: (context) => context.record("onboarding-ended", { step: "done" }),
    impersonates: (context) => context.record("action-ended", { action: "update", provider: "docker" }),
    undeclared: (context) => context.record("engine-connected", { path: "/home/hunter2" }),
    text: (context) => context.record("engine-connected", { version: "hunter2" }),
    odd: (context) => context.record("hunter2", { toString: null }),
  },
};
"#;

#[test]
fn row_14_extensions_record_by_the_same_types_and_only_their_own_events() {
    let Some(mut app) = App::install() else { return };
    app.add("acme.js", ACME);
    let clicks = ["declared", "anothers", "unnamed", "impersonates", "undeclared", "text", "odd"];
    let clicks: String = clicks.iter().map(|button| format!("acme {button}\n")).collect();
    app.open(&format!("yes\n{clicks}kind leave done\n"));
    let ended = app.sent("action-ended");
    let fields: Vec<&Value> = ended.iter().map(|event| &event["fields"]).collect();
    assert_eq!(
        fields,
        [
            &json!({"action": "prune", "provider": "other", "failed": false}),
            &json!({"action": "update", "provider": "other"}),
        ]
    );
    let state = app.machine.state(PODMAN_DESKTOP);
    for name in ["page-shown", "engine-connected"] {
        assert_eq!(events(&state, name), Vec::<Value>::new());
    }
    let onboarding = events(&state, "onboarding-ended");
    assert_eq!(onboarding.len(), 1);
    assert_eq!(onboarding[0]["fields"], json!({"provider": "kind", "step": "done", "finished": true}));
    assert_eq!(
        batches(&state)[0]["outcomes"],
        json!({"undeclared": 2}),
        "a path, and a text that is no version"
    );
    app.machine.assert_nowhere(PODMAN_DESKTOP, &["hunter2", "acme"]);
}

#[test]
fn row_15_what_is_on_no_published_list_is_other() {
    let Some(mut app) = App::install() else { return };
    let engine = ACME.replace(r#"{ path: "/home/hunter2" }"#, "{ remote: true }");
    app.add("hunter2-engine.js", &engine);
    app.add("compose.js", "exports.extension = { events: [], clicked: {} };");
    app.open("yes\nhunter2-engine undeclared\nkind leave hunter2\npage hunter2\n");
    let started = &app.sent("started")[0]["fields"];
    assert_eq!(started["extensions"], json!(["compose", "kind", "podman", "other"]));
    assert_eq!(started["region"], "AT");
    let state = app.machine.state(PODMAN_DESKTOP);
    assert_eq!(events(&state, "engine-connected")[0]["fields"], json!({"provider": "other", "remote": true}));
    assert_eq!(events(&state, "onboarding-ended")[0]["fields"]["step"], "other");
    app.machine.assert_nowhere(PODMAN_DESKTOP, &["hunter2"]);
}
