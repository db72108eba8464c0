//! One component in a process that lives, and what it may do by the last decision.

use std::time::Duration;

use aboveboard_core::consent::{self, Host, Mode, Source};
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::Component;
use aboveboard_types::outcome::Unrecorded;

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
    /// By the last decision.
    mode: Mode,
    because: Source,
}

impl Side {
    pub(crate) fn new(settings: Settings<'static>) -> Self {
        Self { settings, channel: None, mode: Mode::Off, because: Source::Place }
    }

    pub(crate) fn component(&self) -> Component {
        self.settings.component
    }

    pub(crate) fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// The source that decided.
    pub(crate) fn because(&self) -> Source {
        self.because
    }

    /// The channel, or why there is none.
    pub(crate) fn open_channel(&self) -> Result<&Channel, Unrecorded> {
        self.channel.as_ref().ok_or(match self.mode {
            Mode::Undecided => Unrecorded::Undecided,
            Mode::On | Mode::Local | Mode::Off => Unrecorded::Off,
        })
    }

    /// Lets the channel go, so that the next decision opens another.
    pub(crate) fn let_go(&mut self) {
        self.channel = None;
    }

    /// Takes up what the consent sources say now. A channel stays open while its permit is the same.
    pub(crate) fn decide(&mut self, host: &Host, paths: &Paths) {
        let decision = consent::decide(&self.settings.question(host, Some(paths)));
        self.mode = decision.mode;
        self.because = decision.because;
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
        }
    }
}
