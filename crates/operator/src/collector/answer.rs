//! What a collector answers.

use std::time::Duration;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// How long the collector wants not to be asked again.
    pub(crate) retry_after: Option<Duration>,
}

impl Answer {
    /// What a refusal says, with its status and the reason that the documents list.
    pub(crate) fn reason(&self) -> String {
        let problem = self.problem();
        let title = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason was given");
        match problem["reason"].as_str() {
            Some(reason) => format!("{title} ({} {reason})", self.status),
            None => format!("{title} ({})", self.status),
        }
    }

    /// Whether it waits for a manifest that is not here yet: asking again soon does not help.
    pub(crate) fn is_unknown_revision(&self) -> bool {
        self.problem()["reason"] == "revision-unknown"
    }

    fn problem(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
