//! What a program's sent log says.

use std::path::Path;

use harness::home::walk;
use serde_json::Value;

/// The batches of a sent log, in the order in which they were made.
pub(super) fn batches(state: &Path) -> Vec<Value> {
    let mut batches: Vec<Value> = Vec::new();
    walk(&state.join("sent"), &mut |file| {
        // Beside each batch stand its receipt and the endpoint that it went to.
        if file.extension().is_none_or(|ending| ending != "json") {
            return;
        }
        let body: Value = serde_json::from_slice(&std::fs::read(file).expect("a batch")).expect("JSON");
        if body.get("wire").is_some() {
            batches.push(body);
        }
    });
    batches.sort_by_key(|batch| batch["sequence"].as_u64());
    batches
}

/// The events of a sent log with one name, in the order in which they were recorded.
pub(super) fn events(state: &Path, name: &str) -> Vec<Value> {
    let all =
        batches(state).into_iter().flat_map(|batch| batch["events"].as_array().cloned().unwrap_or_default());
    all.filter(|event| event["name"] == name).collect()
}
