//! One thing that is to be said, and how loudly.

/// How loudly something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// As it should be.
    Calm,
    /// Worth knowing.
    Notice,
    /// Somebody should look.
    Bad,
}

impl Severity {
    /// Its name for machines and in the style sheet.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Notice => "notice",
            Self::Bad => "bad",
        }
    }
}

/// A sentence about health, or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HealthMessage {
    pub(crate) severity: Severity,
    pub(crate) text: String,
}

impl HealthMessage {
    pub(crate) fn calm(text: impl Into<String>) -> Self {
        Self { severity: Severity::Calm, text: text.into() }
    }

    pub(crate) fn notice(text: impl Into<String>) -> Self {
        Self { severity: Severity::Notice, text: text.into() }
    }

    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self { severity: Severity::Bad, text: text.into() }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({"severity": self.severity.name(), "text": self.text})
    }

    pub(crate) fn is_bad(&self) -> bool {
        self.severity == Severity::Bad
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.severity == Severity::Calm
    }
}

/// Most severe first; those of one severity stay in their order.
pub(crate) fn sorted(mut messages: Vec<HealthMessage>) -> Vec<HealthMessage> {
    messages.sort_by_key(|message| std::cmp::Reverse(message.severity));
    messages
}
