//! How an action ended.

use harness::proxy::{Fault, Proxy};
use serde_json::json;

use super::app::App;
use crate::products::profile::PODMAN_DESKTOP;

#[test]
fn row_14_an_action_leaves_its_outcome_and_a_number_and_no_text() {
    let Some(app) = App::install() else { return };
    let registry = Proxy::before("http://127.0.0.1:9");
    registry.set(Fault::Reply(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 20\r\nconnection: close\r\n\r\nno image hunter2-one".to_owned(),
    ));
    let engine = app.machine.given("engine", "#!/bin/sh\necho no space in /home/hunter2-two >&2\nexit 125\n");
    let clicks = format!(
        "yes\npodman start sh {}\nkind pull {}/hunter2-three\npodman start true\npodman start /hunter2-four\n",
        engine.display(),
        registry.address()
    );
    let window = app.open(&clicks);
    for text in ["hunter2-one", "hunter2-two"] {
        assert!(window.contains(text), "the person sees it: {window}");
    }
    let ended = app.sent("action-ended");
    let fields = ended.iter().map(|event| {
        let mut fields = event["fields"].clone();
        let took = fields.as_object_mut().and_then(|fields| fields.remove("took"));
        assert!(took.is_some_and(|took| took.is_u64()), "{event}");
        fields
    });
    assert_eq!(
        fields.collect::<Vec<_>>(),
        [
            json!({"action": "machine-start", "provider": "podman", "failed": true, "exit-code": 125}),
            json!({"action": "image-pull", "provider": "kind", "failed": true, "status": 503}),
            json!({"action": "machine-start", "provider": "podman", "failed": false}),
            json!({"action": "machine-start", "provider": "podman", "failed": true}),
        ]
    );
    assert_eq!(app.machine.counted(PODMAN_DESKTOP, "app", 6), 6);
    app.machine.assert_nowhere(PODMAN_DESKTOP, &["hunter2"]);
}
