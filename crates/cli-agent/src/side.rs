//! One component in a process that lives, and what it may do by the last decision.

use std::time::{Duration, Instant};

use aboveboard_core::consent::{self, Host};
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::Component;

use crate::Settings;
use crate::channel::Channel;

/// How long a decision is believed. To decide reads a few small files.
pub(crate) const MAX_DECISION_AGE: Duration = Duration::from_secs(2);

/// A component and its channel.
pub(crate) struct Side {
    /// Those of the host, for this component.
    pub(crate) settings: Settings<'static>,
    /// `None` where it may not record.
    channel: Option<Channel>,
    opened: Instant,
}

impl Side {
    pub(crate) fn new(settings: Settings<'static>) -> Self {
        Self { settings, channel: None, opened: Instant::now() }
    }

    pub(crate) fn component(&self) -> Component {
        self.settings.component
    }

    pub(crate) fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// Whether the channel was opened since a decision was last too old to be believed.
    pub(crate) fn is_new(&self) -> bool {
        self.opened.elapsed() < MAX_DECISION_AGE
    }

    /// Lets the channel go, so that the next decision opens another.
    pub(crate) fn let_go(&mut self) {
        self.channel = None;
    }

    /// Takes up what the consent sources say now. A channel stays open while its permit is the same.
    pub(crate) fn decide(&mut self, host: &Host, paths: &Paths) {
        let decision = consent::decide(&self.settings.question(host, Some(paths)));
        if decision.purges() {
            // What cannot be deleted now is tried again with the next decision; nothing is recorded either way.
            let _ = consent::purge(paths);
        }
        let Some(permit) = decision.permit() else {
            if let Some(channel) = self.channel.take() {
                channel.recorder.forget();
            }
            return;
        };
        if self.channel.as_ref().is_none_or(|channel| !channel.permit.is_same(&permit)) {
            self.channel = Some(Channel::open(&self.settings, permit, paths));
            self.opened = Instant::now();
        }
    }
}
