//! A line for each batch that arrives, as the collector reports it.

use std::io::{BufRead as _, BufReader};

use aboveboard_agent::output;
use serde_json::Value;

use crate::collector::CollectorClient;

/// Follows the collector's arrivals on a thread of its own, from now until the collector ends.
pub(super) fn follow(collector: &CollectorClient) {
    // The demo goes on without these lines if it must.
    let Ok(arrivals) = collector.stream("/api/live") else { return };
    let read = move || {
        for line in BufReader::new(arrivals).lines().map_while(Result::ok) {
            let arrival = line.strip_prefix("data:").and_then(|text| serde_json::from_str(text).ok());
            if let Some(line) = arrival.as_ref().and_then(spelled) {
                output::message(&line);
            }
        }
    };
    let _ = std::thread::Builder::new().name("live".to_owned()).spawn(read);
}

/// `arrived  cli 0.1.0: init, metadata apply · error`
fn spelled(arrival: &Value) -> Option<String> {
    let events: Vec<_> = arrival["events"].as_array()?.iter().filter_map(Value::as_str).collect();
    let component = arrival["component"].as_str()?;
    let version = arrival["version"].as_str()?;
    Some(format!("arrived  {component} {version}: {}", events.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrival_is_one_line_and_anything_else_is_none() {
        let arrival = serde_json::json!({
            "product": "quarry", "component": "cli", "version": "0.1.0", "events": ["init", "version · error"],
        });
        assert_eq!(spelled(&arrival).as_deref(), Some("arrived  cli 0.1.0: init, version · error"));
        assert_eq!(spelled(&serde_json::json!("hello")), None);
    }
}
