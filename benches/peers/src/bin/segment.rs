//! The segment crate: one event, batched and flushed at the end, as its documentation shows.

use segment::message::{Track, User};
use segment::{AutoBatcher, Batcher, HttpClient};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let client = HttpClient::new(reqwest::Client::new(), aboveboard_peers::endpoint());
        let mut batcher = AutoBatcher::new(client, Batcher::new(None), "key".to_owned());
        let track = Track {
            user: User::UserId { user_id: "installation".to_owned() },
            event: "command".to_owned(),
            properties: serde_json::json!({ "command": "init", "error": false }),
            ..Default::default()
        };
        let _ = batcher.push(track).await;
        let _ = batcher.flush().await;
    });
}
