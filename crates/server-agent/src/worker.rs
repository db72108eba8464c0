//! The one task of the agent: reports when it is due, hands over, sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aboveboard_core::delivery::report_turn::{last_report, take_turn};
use aboveboard_core::delivery::schedule::phase;
use aboveboard_core::delivery::{Failure, Pace, Reply, Request, Round, Step, Verdict};
use aboveboard_core::event::{Event, Kind, Report, Seconds};
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use tokio::sync::{Notify, watch};

use crate::counts::{Counter, NoCounts};
use crate::progress::{self, Transmission};
use crate::resolver::Resolver;
use crate::state::{Open, Silence, Standing};
use crate::state_store::Reported;
use crate::switch::Switch;
use crate::timing::{CROWD, LAST_REQUEST};
use crate::transport::Http;

/// What the worker and the handle share.
pub(crate) struct Shared {
    pub(crate) switch: Switch,
    pub(crate) progress: progress::Shared,
    /// Events recorded since the last delivery.
    recorded: AtomicU64,
    crowded: Notify,
}

impl Shared {
    pub(crate) fn new(switch: Switch) -> Self {
        let (recorded, crowded) = (AtomicU64::new(0), Notify::new());
        Self { switch, progress: progress::Shared::default(), recorded, crowded }
    }

    /// Counts an event that was recorded; enough of them wake the worker.
    pub(crate) fn recorded(&self) {
        if self.recorded.fetch_add(1, Ordering::Relaxed) + 1 == CROWD {
            self.crowded.notify_one();
        }
    }
}

/// The task.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) counter: Option<Counter>,
    pub(crate) resolver: Resolver,
    pub(crate) stop: watch::Receiver<bool>,
    /// Whether what the host keeps was deleted since the last no.
    pub(crate) forgot: bool,
}

/// After how many seconds a state store that did not answer is asked again.
const UNKEPT: u64 = 60;

/// The last report, as this turn found it.
enum Seen {
    Here(Option<Seconds>),
    Kept(Reported),
}

impl Seen {
    fn at(&self) -> Option<Seconds> {
        match self {
            Self::Here(at) => *at,
            Self::Kept(reported) => reported.at(),
        }
    }
}

/// When the worker has something to do next.
struct Due {
    report: Seconds,
    delivery: Seconds,
}

impl Due {
    /// Takes out what a clock that was ahead has left.
    fn bound(&mut self, now: Seconds, every: u64) {
        let most = now.saturating_add(every.saturating_mul(2));
        (self.report, self.delivery) = (self.report.min(most), self.delivery.min(most));
    }
}

impl Worker {
    /// Works until it is told to stop.
    pub(crate) async fn run(mut self) {
        let mut due = Due { report: 0, delivery: 0 };
        let mut crowded = false;
        loop {
            if *self.stop.borrow() {
                return;
            }
            let wake = self.turn(&mut due, crowded).await;
            let now = self.now();
            let longest = self.every().max(1);
            let sleep = Duration::from_secs(wake.saturating_sub(now).clamp(1, longest));
            let shared = Arc::clone(&self.shared);
            tokio::select! {
                () = stopped(&mut self.stop) => return,
                () = tokio::time::sleep(sleep) => crowded = false,
                () = shared.crowded.notified() => crowded = true,
                () = shared.switch.deletion.notified() => crowded = false,
            }
        }
    }

    fn now(&self) -> Seconds {
        self.shared.switch.clock.now()
    }

    fn every(&self) -> u64 {
        self.shared.switch.timing.reports.every
    }

    /// Does what is due, and says when to wake next.
    async fn turn(&mut self, due: &mut Due, crowded: bool) -> Seconds {
        let standing = self.agree().await;
        let now = self.now();
        let open = match standing {
            Standing::Open(open) => open,
            Standing::Silent(Silence::Until(opens)) => return opens,
            // The host's state store does not answer yet.
            Standing::Silent(Silence::NoId) if self.shared.switch.kept.is_some() => {
                return now.saturating_add(self.every().min(UNKEPT));
            }
            // Whoever changes his mind is heard within a period.
            Standing::Silent(_) => return now.saturating_add(self.every()),
        };
        let Some(places) = self.shared.switch.places.clone() else { return now.saturating_add(self.every()) };
        let Some(seen) = self.last_report(&places).await else {
            return now.saturating_add(self.every().min(UNKEPT));
        };
        let (timing, started) = (self.shared.switch.timing, self.shared.switch.started());
        let next_report = |last: Option<Seconds>| {
            // A report from the future was made by a wrong clock and says nothing.
            let last = last.filter(|last| *last <= now);
            timing.reports.next_report(open.id, open.shown, started, last)
        };
        due.bound(now, self.every());
        let mut wants_delivery = crowded || due.delivery > 0 && now >= due.delivery;
        if due.delivery == 0 {
            // What an earlier run left behind goes with the first report, or a little after the start.
            let most = timing.reports.first_delay.min(timing.deliver_every);
            due.delivery = now.saturating_add(phase(open.id, most)).saturating_add(1);
        }
        let seen_at = seen.at();
        due.report = due.report.max(next_report(seen_at));
        if now >= due.report {
            let reported = self.report(&places, seen, now).await;
            wants_delivery |= reported;
            due.report = match self.last_report(&places).await.and_then(|seen| seen.at()) {
                last if last != seen_at => next_report(last),
                // It did not come to a report: not before a pause.
                _ => now.saturating_add(Pace::every(self.every()).spread().max(1)),
            };
        }
        self.shared.progress.change(|progress| progress.next_report = Some(due.report));
        if wants_delivery {
            let wait = self.deliver(&places, now).await;
            // What need not leave sooner goes with the next report, so that one wake-up does for both.
            let with_report = timing.deliver_every >= self.every();
            let regular = if with_report { due.report } else { now.saturating_add(timing.deliver_every) };
            due.delivery = wait.unwrap_or(regular).max(now + 1);
        }
        due.report.min(due.delivery)
    }

    /// Decides, and lets what the host keeps with its data agree with it.
    async fn agree(&mut self) -> Standing {
        let switch = &self.shared.switch;
        let standing = switch.decide();
        let Some(kept) = &switch.kept else { return standing };
        // Once for each no: what other servers keep after it is theirs.
        self.forgot = switch.deletes() && (self.forgot || kept.forget().await);
        if matches!(standing, Standing::Silent(Silence::Off(_) | Silence::Undecided(_))) {
            return standing;
        }
        kept.agree_on_notice(|kept| switch.agree_on_notice(kept)).await;
        let standing = switch.decide();
        if matches!(standing, Standing::Silent(Silence::Until(_))) {
            // No id is made before the first delay is over.
            return standing;
        }
        if let Some(secret) = kept.secret().await {
            switch.adopt(&secret);
        }
        switch.decide()
    }

    /// The last report of this installation; `None` where the host's state store does not say.
    async fn last_report(&self, places: &Paths) -> Option<Seen> {
        match &self.shared.switch.kept {
            Some(kept) => kept.last_report().await.map(Seen::Kept),
            None => Some(Seen::Here(last_report(places))),
        }
    }

    /// Records a report, if it is still ours to record when the host has counted.
    async fn report(&mut self, places: &Paths, seen: Seen, now: Seconds) -> bool {
        let counted = match &self.counter {
            None => Ok(Report { counts: Vec::new(), timings: None }),
            Some(counter) => tokio::select! {
                () = stopped(&mut self.stop) => return false,
                counted = counter.count() => counted,
            },
        };
        let shared = &self.shared;
        shared.progress.change(|progress| progress.no_counts = counted.as_ref().err().copied());
        let mut report = match counted {
            Ok(report) => report,
            Err(why) => {
                trace_no_counts(why);
                return false;
            }
        };
        let Standing::Open(open) = shared.switch.decide() else { return false };
        let is_ours = match (seen, &shared.switch.kept) {
            (Seen::Kept(seen), Some(kept)) => kept.take_turn(seen, now).await,
            (seen, _) => take_turn(&open.permit, places, seen.at(), now),
        };
        if !is_ours {
            return false;
        }
        report.timings = open.timings.as_ref().and_then(|run| run.timings());
        let event = Event { time: now, kind: Kind::Report(report) };
        let recorded = open.server.record(&event).is_ok();
        if let Kind::Report(report) = event.kind {
            shared.progress.change(|progress| progress.report = Some(report));
        }
        recorded
    }

    /// Hands over what waits. Gives the time before which nothing more may be sent, where there is one.
    async fn deliver(&mut self, places: &Paths, now: Seconds) -> Option<Seconds> {
        self.shared.recorded.store(0, Ordering::Relaxed);
        let Standing::Open(open) = self.shared.switch.decide() else { return None };
        let recorders = [open.server.clone(), open.console.clone()];
        off_runtime(move || recorders.iter().for_each(Recorder::flush)).await;
        let declaration = self.shared.switch.declaration;
        let (permit, places, pace) = (open.permit.clone(), places.clone(), Pace::every(self.every()));
        if !permit.may_send() {
            // Recorded for its operator alone: only kept within its bounds.
            off_runtime(move || Spool::open(&permit, declaration, &places).map(|spool| spool.seal(now)))
                .await;
            return None;
        }
        let mut round = off_runtime(move || Round::open(&permit, declaration, &places, pace, now)).await??;
        let roots = self.shared.switch.roots.as_deref();
        let Some(http) = Http::new(round.endpoint(), self.resolver.clone(), roots) else {
            trace_no_transport();
            return None;
        };
        loop {
            let now = self.now();
            let (back, step) = off_runtime(move || {
                let step = round.next(now);
                (round, step)
            })
            .await?;
            round = back;
            let request = match step {
                Step::Send(request) => request,
                Step::Wait(until) => return Some(until),
                Step::Done => return None,
            };
            if !self.may_still_send(&open) {
                return None;
            }
            let bytes = request.body.len();
            let reply = self.post(&http, request).await?;
            let now = self.now();
            let (back, verdict) = off_runtime(move || {
                let verdict = round.reply(now, &reply);
                (round, verdict)
            })
            .await?;
            round = back;
            if let Some(verdict) = verdict {
                self.tell(round.endpoint().host(), bytes, now, &verdict);
            }
        }
    }

    /// Whether the leave of this round still stands: the same id, the same endpoint.
    fn may_still_send(&self, before: &Open) -> bool {
        let Standing::Open(open) = self.shared.switch.decide() else { return false };
        open.id == before.id && open.permit.endpoint() == before.permit.endpoint()
    }

    /// Sends. `None` if the agent was told to stop and the reply did not come in the time that is left.
    async fn post(&mut self, http: &Http, request: Request) -> Option<Result<Reply, Failure>> {
        let last_moment = async {
            stopped(&mut self.stop).await;
            tokio::time::sleep(LAST_REQUEST).await;
        };
        tokio::select! {
            reply = http.post(request) => Some(reply),
            () = last_moment => None,
        }
    }

    fn tell(&self, host: &str, bytes: usize, time: Seconds, verdict: &Verdict) {
        progress::trace(host, bytes, verdict);
        let (batch, fate) = (verdict.batch, verdict.fate);
        let transmission = Transmission { time, batch, bytes, fate };
        self.shared.progress.change(|progress| progress.transmission = Some(transmission));
    }
}

fn trace_no_transport() {
    tracing::warn!(target: crate::TARGET, "telemetry cannot be delivered: the certificates to trust cannot be read; it is kept");
}

fn trace_no_counts(why: NoCounts) {
    let why = why.name();
    tracing::debug!(target: crate::TARGET, why, "no counts, so no telemetry report this time");
}

/// Ends when the agent is told to stop, or when nobody is left to tell it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone; then only the end of the runtime stops the agent.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Runs what touches the disk where it holds up nobody. `None` if the runtime is ending.
async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
