//! The one task of the agent: reports when it is due, delivers, sleeps.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aboveboard_delivery::server::{Agenda, Basis, Due, Setup, Silence, State, agree};
use aboveboard_types::event::Seconds;
use tokio::sync::watch;

use crate::report::{self, LastReport};
use crate::{RunningAgent, STATE_STORE_RETRY, StopSignal, clock, delivery};

/// The task.
pub(crate) struct Worker {
    agent: Arc<RunningAgent>,
    stop: StopSignal,
    /// Whether the state store was purged since the last opt-out.
    store_purged: bool,
}

impl Worker {
    /// The worker of this agent, and the sender that stops it.
    pub(crate) fn new(agent: Arc<RunningAgent>) -> (watch::Sender<bool>, Self) {
        let (stopper, stop) = StopSignal::new();
        (stopper, Self { agent, stop, store_purged: false })
    }

    /// Works until it is stopped.
    pub(crate) async fn run(mut self) {
        let mut agenda = Agenda::new(self.setup().timing);
        let mut has_backlog = false;
        while !self.stop.is_given() {
            let wake_at = self.turn(&mut agenda, has_backlog).await;
            let seconds = agenda.seconds_until(wake_at, self.setup().now());
            let agent = Arc::clone(&self.agent);
            // Where telemetry is off no thread waits: what the host asks or records wakes the worker after a yes.
            let is_off =
                matches!(agent.switch.state(), State::Silent(Silence::Off(_) | Silence::Undecided(_)));
            let time = async {
                match is_off {
                    true => std::future::pending().await,
                    false => clock::sleep(Duration::from_secs(seconds)).await,
                }
            };
            agent.rests.store(is_off, Ordering::Relaxed);
            tokio::select! {
                () = self.stop.given() => return,
                () = time => has_backlog = false,
                () = agent.backlog.notified() => has_backlog = true,
                () = agent.changed.notified() => has_backlog = false,
            }
            agent.rests.store(false, Ordering::Relaxed);
        }
    }

    fn setup(&self) -> &Setup {
        &self.agent.switch.setup
    }

    /// Does what is due, and says when to wake next.
    async fn turn(&mut self, agenda: &mut Agenda, has_backlog: bool) -> Seconds {
        let state = self.agree().await;
        let now = self.setup().now();
        let store_retry = now.saturating_add(agenda.every().min(STATE_STORE_RETRY));
        let recording = match state {
            State::Recording(recording) => recording,
            State::Silent(Silence::NoId) if self.agent.integration.state_store.is_some() => {
                return store_retry;
            }
            State::Silent(silence) => return agenda.asks_again_at(silence, now),
        };
        let paths = &recording.paths;
        let Some(last) = LastReport::read(&self.agent, paths).await else { return store_retry };
        let basis = Basis::of(&recording, self.setup());
        let before = last.at();
        let Due { report, mut delivery } = agenda.due(&basis, before, has_backlog, now);
        if report {
            delivery |= report::record(&self.agent, &mut self.stop, last, now).await;
            let after = LastReport::read(&self.agent, paths).await.and_then(|last| last.at());
            agenda.reported(&basis, before, after, now);
        }
        self.agent.progress.change(|progress| progress.next_report = Some(agenda.next_report()));
        if delivery {
            let not_before = delivery::deliver(&self.agent, &mut self.stop, now).await;
            agenda.delivered(not_before, now);
        }
        agenda.wake_at()
    }

    /// Decides, and makes this server and its state store agree.
    async fn agree(&mut self) -> State {
        let switch = &self.agent.switch;
        let state = switch.decide();
        let Some(store) = &self.agent.integration.state_store else { return state };
        // Once for each opt-out: what other servers store after it is theirs.
        self.store_purged = switch.purges() && (self.store_purged || store.forget().await);
        if matches!(state, State::Silent(Silence::Off(_) | Silence::Undecided(_))) {
            return state;
        }
        store.agree_on_notice(|shared| agree(&switch.setup, shared)).await;
        let state = switch.decide();
        if matches!(state, State::Silent(Silence::FirstDelay(_))) {
            // No id is made before the first delay is over.
            return state;
        }
        if let Some(secret) = store.secret().await {
            switch.adopt(&secret);
        }
        switch.decide()
    }
}
