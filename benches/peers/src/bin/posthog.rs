//! posthog-rs: one event through its background transport, shut down at the end so that it leaves.

use posthog_rs::{ClientOptionsBuilder, Event};

fn main() {
    let options =
        ClientOptionsBuilder::default().api_key("key".to_owned()).host(aboveboard_peers::endpoint()).build();
    let Ok(options) = options else { return };
    let client = posthog_rs::client(options);
    let mut event = Event::new("command", "installation");
    let _ = event.insert_prop("command", "init");
    client.capture(event);
    client.shutdown();
}
