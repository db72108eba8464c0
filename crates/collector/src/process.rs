//! A collector as the whole of a process.

use std::future::Future;

use crate::config::Config;
use crate::error::StartError;
use crate::running::{Collector, Running};

/// Runs a collector in a runtime of its own until the process gets SIGTERM or SIGINT. `started` is called
/// once it accepts connections.
///
/// # Errors
/// As for [`Collector::start`].
pub fn run(config: Config, started: impl FnOnce(&Running)) -> Result<(), StartError> {
    raise_descriptors();
    // No other user of the machine may read what is kept.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(StartError::Thread)?.block_on(async {
        let stop = stop_signal()?;
        let running = Collector::start(config).await?;
        started(&running);
        stop.await;
        running.shutdown().await;
        Ok(())
    })
}

fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Raises the number of open files, and with it of connections, as far as the system allows. A failure leaves it as it is.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
