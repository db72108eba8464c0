//! The one task of the agent: reports when it is due, delivers, sleeps.

use std::sync::Arc;
use std::time::Duration;

use aboveboard_core::paths::Paths;
use aboveboard_delivery::Pace;
use aboveboard_delivery::schedule::phase;
use aboveboard_types::event::Seconds;
use tokio::sync::watch;

use crate::report::{self, LastReport};
use crate::{
    Recording, RunningAgent, STATE_STORE_RETRY, Setup, Silence, State, StopSignal, delivery, notice_record,
};

/// The task.
pub(crate) struct Worker {
    agent: Arc<RunningAgent>,
    stop: StopSignal,
    /// Whether the state store was purged since the last opt-out.
    store_purged: bool,
}

/// When the worker has something to do next; zero where that is not known yet.
#[derive(Default)]
struct Deadlines {
    report: Seconds,
    delivery: Seconds,
}

impl Deadlines {
    /// Takes out what a clock that was ahead has left.
    fn bound(&mut self, now: Seconds, every: u64) {
        let latest = now.saturating_add(every.saturating_mul(2));
        self.report = self.report.min(latest);
        self.delivery = self.delivery.min(latest);
    }
}

impl Worker {
    /// The worker of this agent, and the sender that stops it.
    pub(crate) fn new(agent: Arc<RunningAgent>) -> (watch::Sender<bool>, Self) {
        let (stopper, stop) = StopSignal::new();
        (stopper, Self { agent, stop, store_purged: false })
    }

    /// Works until it is stopped.
    pub(crate) async fn run(mut self) {
        let mut deadlines = Deadlines::default();
        let mut has_backlog = false;
        while !self.stop.is_given() {
            let wake_at = self.turn(&mut deadlines, has_backlog).await;
            let seconds = wake_at.saturating_sub(self.setup().now()).clamp(1, self.every());
            let agent = Arc::clone(&self.agent);
            tokio::select! {
                () = self.stop.given() => return,
                () = tokio::time::sleep(Duration::from_secs(seconds)) => has_backlog = false,
                () = agent.backlog.notified() => has_backlog = true,
                () = agent.switch.purge_changed.notified() => has_backlog = false,
            }
        }
    }

    fn setup(&self) -> &Setup {
        &self.agent.switch.setup
    }

    /// Seconds between two reports; at least one.
    fn every(&self) -> u64 {
        self.setup().timing.reports.every
    }

    /// Does what is due, and says when to wake next.
    async fn turn(&mut self, deadlines: &mut Deadlines, has_backlog: bool) -> Seconds {
        let state = self.agree().await;
        let now = self.setup().now();
        let next_interval = now.saturating_add(self.every());
        let store_retry = now.saturating_add(self.every().min(STATE_STORE_RETRY));
        let recording = match state {
            State::Recording(recording) => recording,
            State::Silent(Silence::FirstDelay(opens_at)) => return opens_at,
            State::Silent(Silence::NoId) if self.setup().settings.state_store.is_some() => {
                return store_retry;
            }
            // An operator who consents later is heard within one interval.
            State::Silent(_) => return next_interval,
        };
        let Some(paths) = self.setup().paths.clone() else { return next_interval };
        let Some(last) = LastReport::read(self.setup(), &paths).await else { return store_retry };
        deadlines.bound(now, self.every());
        let mut delivers = has_backlog || deadlines.delivery > 0 && now >= deadlines.delivery;
        if deadlines.delivery == 0 {
            deadlines.delivery = self.first_delivery(&recording, now);
        }
        let last_at = last.at();
        deadlines.report = deadlines.report.max(self.next_report(&recording, last_at, now));
        if now >= deadlines.report {
            delivers |= report::record(&self.agent, &mut self.stop, &paths, last, now).await;
            deadlines.report = self.after_report(&recording, &paths, last_at, now).await;
        }
        self.agent.progress.change(|progress| progress.next_report = Some(deadlines.report));
        if delivers {
            let not_before = delivery::deliver(&self.agent, &mut self.stop, &paths, now).await;
            let regular = self.next_delivery(deadlines.report, now);
            deadlines.delivery = not_before.unwrap_or(regular).max(now + 1);
        }
        deadlines.report.min(deadlines.delivery)
    }

    /// What an earlier process left behind leaves with the first report, or a little after the start: servers that are
    /// started together do not all deliver in the same second.
    fn first_delivery(&self, recording: &Recording, now: Seconds) -> Seconds {
        let timing = self.setup().timing;
        let spread = timing.reports.first_delay.min(timing.deliver_every);
        now.saturating_add(phase(recording.id, spread)).saturating_add(1)
    }

    /// When the next report is due, given when the last one was made.
    fn next_report(&self, recording: &Recording, last: Option<Seconds>, now: Seconds) -> Seconds {
        // A report in the future was made by a wrong clock and says nothing.
        let last = last.filter(|last| *last <= now);
        let started = self.setup().started_at();
        recording.reports.next_report(recording.id, recording.shown_at, started, last)
    }

    /// When the next report is due after this turn tried to make one.
    async fn after_report(
        &self,
        recording: &Recording,
        paths: &Paths,
        last_before: Option<Seconds>,
        now: Seconds,
    ) -> Seconds {
        match LastReport::read(self.setup(), paths).await.and_then(|last| last.at()) {
            last if last != last_before => self.next_report(recording, last, now),
            // No report came of it: not again before a pause.
            _ => now.saturating_add(Pace::every(self.every()).spread().max(1)),
        }
    }

    /// What need not leave sooner leaves with the next report, so that one wake-up does for both.
    fn next_delivery(&self, next_report: Seconds, now: Seconds) -> Seconds {
        let deliver_every = self.setup().timing.deliver_every;
        if deliver_every >= self.every() { next_report } else { now.saturating_add(deliver_every) }
    }

    /// Decides, and makes this server and its state store agree.
    async fn agree(&mut self) -> State {
        let switch = &self.agent.switch;
        let state = switch.decide();
        let Some(store) = &switch.setup.settings.state_store else { return state };
        // Once for each opt-out: what other servers store after it is theirs.
        self.store_purged = switch.purges() && (self.store_purged || store.forget().await);
        if matches!(state, State::Silent(Silence::Off(_) | Silence::Undecided(_))) {
            return state;
        }
        store.agree_on_notice(|shared| notice_record::agree(&switch.setup, shared)).await;
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
