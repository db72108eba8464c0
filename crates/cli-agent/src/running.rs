//! A command that is recorded, while it runs: its closing line, and deliveries while it stays.

use std::sync::{Mutex, TryLockError};

use aboveboard_core::consent::Permit;
use aboveboard_core::paths::Paths;
use aboveboard_core::process::Process;
use aboveboard_core::recorder::Run;
use aboveboard_types::clock;
use aboveboard_types::declaration::Component;
use aboveboard_types::event::{Ending, Event};

use crate::channel::Channel;
use crate::helper::{Next, Watch};
use crate::{Peer, Settings, delivering};

/// What the command and every [`Link`](crate::Link) of it share.
pub(crate) struct Running {
    settings: Settings<'static>,
    paths: Paths,
    channel: Channel,
    /// Whether flag or configuration consent.
    consents: bool,
    /// Until its closing line is written.
    run: Mutex<Option<Run<'static>>>,
    watch: Watch,
    /// The process that began it.
    process: Process,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("run", &self.run).finish_non_exhaustive()
    }
}

impl Running {
    /// Writes the opening line of a command, if the manifest declares it. Another one is counted and goes no further, and an
    /// app has no commands.
    pub(crate) fn begin(
        settings: &Settings<'static>,
        permit: Permit,
        paths: &Paths,
        command: &str,
        consents: bool,
    ) -> Self {
        let now = clock::now();
        let channel = Channel::open(settings, permit, paths);
        let has_commands = settings.component == Component::Cli;
        let run = has_commands.then(|| channel.recorder.begin(command, now).ok()).flatten();
        Self {
            watch: Watch::begin(now, settings.interval()),
            settings: settings.clone(),
            paths: paths.clone(),
            channel,
            consents,
            run: Mutex::new(run),
            process: Process::this(),
        }
    }

    pub(crate) fn permit(&self) -> &Permit {
        &self.channel.permit
    }

    /// Records an event, and from time to time starts the helper if a delivery is due.
    pub(crate) fn record(&self, event: &Event<'_>) {
        // What could not be written is counted by the recorder; the host has nothing to do with it.
        let _ = self.channel.recorder.record(event);
        if self.watch.is_time(event.time) {
            self.deliver(Next::Stays);
        }
    }

    /// Writes the closing line, once.
    pub(crate) fn end(&self, ending: Ending, peer: Peer) {
        let run = match self.run.try_lock() {
            Ok(mut run) => run.take(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().take(),
            // Another thread ends it, or did when this process was forked off.
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(run) = run {
            // As above.
            let _ = self.channel.end(run, ending, peer, &self.settings);
        }
    }

    /// Sees to a delivery if one is due. The end is seen to by the process that began the command, as long as that lives.
    pub(crate) fn deliver(&self, next: Next) {
        let Self { settings, paths, channel, .. } = self;
        let flush = || channel.recorder.flush();
        delivering::if_due(settings, &channel.permit, paths, self.consents, next, self.process, flush);
    }
}
