//! What the host holds after the start.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_core::inspect;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::{Event, EventKind, Report};
use aboveboard_types::typed::Record;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{LinkLayer, MAX_SHUTDOWN_TIME, RunningAgent, Status, clock};

/// The running agent. Cheap to clone; the agent goes on when every handle is gone, until the runtime ends.
#[derive(Clone)]
pub struct Handle {
    pub(crate) agent: Arc<RunningAgent>,
    worker: Option<Arc<WorkerTask>>,
}

/// The worker's task, and the sender that stops it.
struct WorkerTask {
    stopper: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle").field("product", &self.declaration().product).finish_non_exhaustive()
    }
}

impl Handle {
    /// The handle of an agent whose worker runs.
    pub(crate) fn working(
        agent: Arc<RunningAgent>,
        stopper: watch::Sender<bool>,
        task: JoinHandle<()>,
    ) -> Self {
        let worker = WorkerTask { stopper, task: Mutex::new(Some(task)) };
        Self { agent, worker: Some(Arc::new(worker)) }
    }

    /// The handle of an agent that was not started inside a runtime, and so has no worker.
    pub(crate) fn idle(agent: Arc<RunningAgent>) -> Self {
        Self { agent, worker: None }
    }

    pub(crate) fn declaration(&self) -> &'static Declaration {
        self.agent.switch.setup.settings.declaration
    }

    /// Stops the agent. It takes a second at most, whatever network, resolver or collector do: a request that is
    /// under way may finish in that time, and no new one begins. What was recorded is on the disk and is sent after
    /// the next start.
    ///
    /// A host that does not call it loses nothing either.
    pub async fn shutdown(&self) {
        let Some(worker) = &self.worker else { return };
        worker.stopper.send_replace(true);
        let task = worker.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Where it rests nothing is under way, and no thread has to measure the time.
        if let Some(mut task) = task
            && (self.agent.rests.load(Ordering::Relaxed)
                || clock::within(MAX_SHUTDOWN_TIME, &mut task).await.is_none())
        {
            task.abort();
        }
        if let Some(recording) = self.agent.recording() {
            recording.flush();
        }
    }

    /// Records an event of the server that the manifest declares. It is appended to a file at once and never waits
    /// for the network; where telemetry is off, nothing happens.
    pub fn record(&self, event: impl Record) {
        self.agent.record_server(|| event.event(self.agent.switch.setup.now()));
    }

    /// What the agent does and why, what waits, what became of the last transmission, and the id with
    /// the host that knows it.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(&self.agent)
    }

    /// Every batch that waits, each on a line, byte for byte as it will be sent and in the order of sending. Where nothing
    /// waits or telemetry is off, one such document with placeholder ids, and the last counts of this process or zeros.
    #[must_use]
    pub fn preview(&self) -> String {
        let setup = &self.agent.switch.setup;
        let permit = self.agent.recording().map(|recording| recording.permit.clone());
        let report = self.agent.progress.get().report.unwrap_or_else(|| Report::empty(self.declaration()));
        let now = setup.now();
        let example = Event { time: now, kind: EventKind::Report(report) };
        inspect::preview(
            permit.as_ref(),
            self.declaration(),
            setup.paths.as_ref(),
            &setup.header(Component::Server),
            &[example],
            now,
        )
    }

    /// A tower layer that adds the link header to responses: `aboveboard-server: <installation id>;<version>;<tag of the
    /// collector's host>`, `off`
    /// where this server's telemetry is off, or `waiting` before its first delay is over. A command line program of
    /// the product that reads it is linked to the server, falls silent, or records as it would without a server.
    ///
    /// Put it around routes that authenticate their caller: the id is for users of this server, not for anybody who
    /// can reach it.
    #[must_use]
    pub fn layer(&self) -> LinkLayer {
        LinkLayer::new(Arc::clone(&self.agent))
    }
}
