//! A collector as the whole of a process.

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::error::StartError;
use crate::running::{Collector, Running};

/// Signals that say nothing to a collector, by number: whoever sends one by mistake must not end it. A broken pipe is
/// ignored by the runtime of every Rust program, and the signals of job control stay as they are.
const IGNORED: &[Number] = &[
    Number::USR1,
    Number::USR2,
    Number::ALARM,
    Number::VTALARM,
    Number::PROF,
    // A limit on the size of files: the write fails, and the answer says so.
    Number::XFSZ,
    #[cfg(target_os = "linux")]
    Number::IO,
    #[cfg(target_os = "linux")]
    Number::POWER,
    #[cfg(target_os = "linux")]
    Number::STKFLT,
];

/// Runs a collector in a runtime of its own until the process gets SIGTERM, SIGINT or SIGQUIT. SIGHUP has it read the
/// manifests again; other signals change nothing. `started` is called once it accepts connections.
///
/// # Errors
/// As for [`Collector::start`].
pub fn run(config: Config, started: impl FnOnce(&Running)) -> Result<(), StartError> {
    raise_descriptors();
    // No other user of the machine may read what is kept.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(StartError::Thread)?.block_on(async {
        let mut signals = Signals::handle()?;
        let running = Collector::start(config).await?;
        started(&running);
        while signals.next().await == SignalAction::Reload {
            running.reload();
        }
        running.shutdown().await;
        Ok(())
    })
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SignalAction {
    Stop,
    Reload,
}

/// The signals that are handled. What is only handled, and never waited for, is ignored.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    _ignored: Vec<Signal>,
}

impl Signals {
    fn handle() -> Result<Self, StartError> {
        let handle = |kind| signal(kind).map_err(StartError::Signal);
        Ok(Self {
            terminate: handle(SignalKind::terminate())?,
            interrupt: handle(SignalKind::interrupt())?,
            quit: handle(SignalKind::quit())?,
            hangup: handle(SignalKind::hangup())?,
            _ignored: IGNORED
                .iter()
                .map(|number| handle(SignalKind::from_raw(number.as_raw())))
                .collect::<Result<_, _>>()?,
        })
    }

    async fn next(&mut self) -> SignalAction {
        tokio::select! {
            _ = self.terminate.recv() => SignalAction::Stop,
            _ = self.interrupt.recv() => SignalAction::Stop,
            _ = self.quit.recv() => SignalAction::Stop,
            _ = self.hangup.recv() => SignalAction::Reload,
        }
    }
}

/// Raises the number of open files, and with it of connections, as far as the system allows. A failure leaves it as it is.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
