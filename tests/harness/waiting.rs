//! Waiting for what another process does and offers no event for.

use std::time::{Duration, Instant};

/// How long anything is waited for before the test has failed. A busy machine may need a minute.
const PATIENCE: Duration = Duration::from_secs(90);

/// The time between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Polls until `ask` returns a value. `what` names the expectation in the failure.
///
/// # Panics
/// After ninety seconds.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "still not after 90 seconds: {what}");
        std::thread::sleep(POLL_INTERVAL);
    }
}
