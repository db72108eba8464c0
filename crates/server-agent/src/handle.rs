//! What the host holds after the start.

use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_core::declaration::Component;
use aboveboard_core::event::{Cells, Count, Event, Kind, Report};
use aboveboard_core::inspect;
use aboveboard_core::typed::Record;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::layer::LinkLayer;
use crate::state::Standing;
use crate::status::Status;
use crate::timing::SHUTDOWN;
use crate::worker::Shared;

/// The running agent. Cheap to clone; the agent goes on when every handle is gone, until the runtime ends.
#[derive(Clone)]
pub struct Handle {
    pub(crate) shared: Arc<Shared>,
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "only the router asks for origins"))]
    pub(crate) origins: Arc<[String]>,
    running: Option<Arc<Running>>,
}

struct Running {
    stopper: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("product", &self.shared.switch.declaration.product)
            .finish_non_exhaustive()
    }
}

impl Handle {
    pub(crate) fn running(
        shared: Arc<Shared>,
        origins: Vec<String>,
        stopper: watch::Sender<bool>,
        task: JoinHandle<()>,
    ) -> Self {
        let running = Running { stopper, task: Mutex::new(Some(task)) };
        Self { shared, origins: origins.into(), running: Some(Arc::new(running)) }
    }

    pub(crate) fn idle(shared: Arc<Shared>, origins: Vec<String>) -> Self {
        Self { shared, origins: origins.into(), running: None }
    }

    /// Stops the agent. It takes a second at most, whatever network, resolver or collector do: a request that is
    /// under way may finish in that time, nothing new is begun. What was recorded is on the disk and is sent
    /// after the next start.
    ///
    /// A host that does not call it loses nothing either.
    pub async fn shutdown(&self) {
        let Some(running) = &self.running else { return };
        running.stopper.send_replace(true);
        let task = running.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && tokio::time::timeout(SHUTDOWN, &mut task).await.is_err()
        {
            task.abort();
        }
        if let Standing::Open(open) = self.shared.switch.standing() {
            open.server.flush();
            open.console.flush();
        }
    }

    /// Records an event of the server that the manifest declares. It is appended to a file at once; where
    /// telemetry is off, nothing happens.
    pub fn record(&self, event: impl Record) {
        if let Standing::Open(open) = self.shared.switch.standing()
            && open.server.record(&event.event(self.shared.switch.clock.now())).is_ok()
        {
            self.shared.recorded();
        }
    }

    /// What the agent does and why, what waits, and what became of the last transmission. Holds no id.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(&self.shared)
    }

    /// The next batch, byte for byte as it will be sent. Where nothing waits or telemetry is off, the same
    /// document with placeholder ids, and the last counts of this process or zeros.
    #[must_use]
    pub fn preview(&self) -> String {
        let switch = &self.shared.switch;
        let permit = match switch.standing() {
            Standing::Open(open) => Some(open.permit.clone()),
            Standing::Silent(_) => None,
        };
        let header = switch.environment.header(Component::Server, switch.version, switch.declaration.release);
        let now = switch.clock.now();
        let report = self.shared.progress.get().report.unwrap_or_else(|| zeros(switch.declaration));
        let example = Event { time: now, kind: Kind::Report(report) };
        inspect::preview(
            permit.as_ref(),
            switch.declaration,
            switch.places.as_ref(),
            &header,
            &[example],
            now,
        )
    }

    /// A tower layer that adds `aboveboard-server: <installation id>;<version>` to answers, `off` where this server's
    /// telemetry is off, or `waiting` before its first delay is over; a command line program of the product that
    /// reads it is linked to the server, falls silent, or records as it would without a server. Put it around routes that ask for authentication: the id is for users of this server,
    /// not for anybody who can reach it.
    #[must_use]
    pub fn layer(&self) -> LinkLayer {
        LinkLayer::new(Arc::clone(&self.shared))
    }
}

fn zeros(declaration: &'static aboveboard_core::declaration::Declaration) -> Report<'static> {
    let cells = |by: &'static [aboveboard_core::declaration::Text]| match by {
        [] => Cells::One(0),
        by => Cells::By(by.iter().map(|name| (&**name, 0)).collect()),
    };
    let counts = declaration.counts.iter().map(|count| Count { name: &count.name, cells: cells(&count.by) });
    Report { counts: counts.collect(), timings: None }
}
