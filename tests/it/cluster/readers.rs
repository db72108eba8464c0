//! Readers who never stop asking what is counted.

use std::sync::atomic::Ordering;
use std::time::Duration;

use harness::collector::TOKEN;
use serde_json::Value;

use super::crowd::{Shared, agent, rest};

/// The time between two readings of one collector.
const READING_PACE: Duration = Duration::from_millis(300);

/// Asks one collector again and again what it has counted.
pub(super) fn read(shared: &Shared, place: usize) {
    let agent = agent();
    let who = format!("collector {place}");
    while !shared.is_over.load(Ordering::SeqCst) {
        rest(READING_PACE);
        let before = shared.account.before();
        let request = agent.get(format!("{}/api/totals.json", shared.pages[place]));
        let Ok(mut reply) = request.header("authorization", format!("Bearer {TOKEN}")).call() else {
            continue;
        };
        let Ok(text) = reply.body_mut().read_to_string() else { continue };
        // Without the cluster there are no figures.
        match reply.status().as_u16() {
            200 => {}
            503 => continue,
            status => {
                shared.account.fault(format!("{who} answers {status}: {text}"));
                continue;
            }
        }
        let Ok(totals) = serde_json::from_str::<Value>(&text) else { continue };
        let counted = totals["products"]["quarry"]["cli"]["events"].as_u64().unwrap_or(0);
        shared.account.judge(&who, before, counted);
        shared.readings.fetch_add(1, Ordering::Relaxed);
    }
}
