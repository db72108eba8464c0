//! Asking a running server for its own status.

use std::time::Duration;

use ureq::Agent;

use super::{Exit, print, say};

/// Where a server's agent answers.
const PATH: &str = "/telemetry/status";

/// The time that the server has to answer: it answers from memory.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(5);

/// The bytes that are read of an answer; a status has about two thousand.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Prints what the server says. The person named the address, so any may be dialled; redirects are not followed.
pub(super) fn status(url: &str) -> Exit {
    let url = format!("{}{PATH}", url.trim_end_matches('/'));
    match fetch(&url) {
        Ok(document) if print(document.trim_end()) => Exit::Done,
        Ok(_) => Exit::Failed,
        Err(error) => {
            say(format_args!("error: {url} does not answer: {error}"));
            say(
                "help: give the server's address as in http://127.0.0.1:8080; its telemetry routes must be mounted",
            );
            Exit::Failed
        }
    }
}

/// Asks the server, within the time and size that its answer may have.
fn fetch(url: &str) -> Result<String, ureq::Error> {
    let agent: Agent =
        Agent::config_builder().timeout_global(Some(MAX_ANSWER_TIME)).max_redirects(0).build().into();
    agent.get(url).call()?.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_string()
}
