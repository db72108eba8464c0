//! One delivery: drives the state machine of core with this agent's transport.

use std::sync::Arc;

use aboveboard_delivery::proxy::Way;
use aboveboard_delivery::server::{Recording, State};
use aboveboard_delivery::{Failure, Pace, Reply, Request, Step, Verdict};
use aboveboard_types::event::Seconds;

use crate::transport::Http;
use crate::{MAX_LAST_REQUEST_TIME, RunningAgent, StopSignal, Transmission, clock, progress};

/// Delivers what waits. Returns the time before which nothing more may be sent, where there is one.
pub(crate) async fn deliver(agent: &RunningAgent, stop: &mut StopSignal, now: Seconds) -> Option<Seconds> {
    agent.delivery_begins();
    let State::Recording(recording) = agent.switch.decide() else { return None };
    let setup = &agent.switch.setup;
    let declaration = setup.settings.declaration;
    let pace = Pace::every(setup.timing.reports.every);
    let leave = Arc::clone(&recording);
    let mut round = off_runtime(move || leave.round(declaration, pace, now)).await??;
    let resolver = agent.integration.resolver.clone();
    let way = Way::to(round.endpoint(), &setup.settings.environment);
    let http = match Http::new(round.endpoint(), resolver, agent.integration.roots.as_deref(), &way) {
        Ok(http) => http,
        Err(why) => {
            trace_no_transport(&why);
            return None;
        }
    };
    loop {
        let now = setup.now();
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
        if !may_still_send(agent, &recording) {
            return None;
        }
        let bytes = request.body.len();
        let reply = post(&http, stop, request).await?;
        let now = setup.now();
        let (back, verdict) = off_runtime(move || {
            let verdict = round.reply(now, &reply);
            (round, verdict)
        })
        .await?;
        round = back;
        if let Some(verdict) = verdict {
            publish(agent, (round.endpoint().host(), &way), bytes, now, &verdict);
        }
    }
}

/// Whether this delivery may go on: there is no opt-out, and id and endpoint are those it began with.
fn may_still_send(agent: &RunningAgent, before: &Recording) -> bool {
    matches!(agent.switch.decide(), State::Recording(recording) if recording.is_same(before))
}

/// Sends. `None` if the agent was stopped and the reply did not come in the time that is left.
async fn post(http: &Arc<Http>, stop: &mut StopSignal, request: Request) -> Option<Result<Reply, Failure>> {
    let last_moment = async {
        stop.given().await;
        clock::sleep(MAX_LAST_REQUEST_TIME).await;
    };
    tokio::select! {
        reply = http.post(request) => Some(reply),
        () = last_moment => None,
    }
}

/// Makes a transmission visible: in the log, and in the status.
fn publish(agent: &RunningAgent, (host, way): (&str, &Way), bytes: usize, time: Seconds, verdict: &Verdict) {
    progress::trace(host, bytes, verdict, way);
    let transmission = Transmission { time, batch: verdict.batch, bytes, fate: verdict.fate };
    agent.progress.change(|progress| progress.transmission = Some(transmission));
}

/// Certificates that cannot be read stop the delivery: sending without them would mean to trust others.
fn trace_no_transport(why: &str) {
    tracing::warn!(target: crate::TARGET, "telemetry cannot be delivered: {why}; it is kept");
}

/// Runs what touches the disk on a thread where it may block. `None` if the runtime is ending.
async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
