//! The signals of a child that stays beside its host, and waiting for input without missing one.
//!
//! Those of a terminal are meant for the host. They are caught, not ignored: what is ignored is inherited by children,
//! what is caught is not.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::{SigSet, Signal};

/// Which signals came.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    ends: Arc<AtomicBool>,
    child: Arc<AtomicBool>,
    host: Arc<AtomicBool>,
}

impl Signals {
    /// Catches the signals from here on.
    pub(crate) fn catch() -> Self {
        let signals = Self::default();
        let catch = |signal: Signal, flag: &Arc<AtomicBool>| {
            // One that cannot be caught does what it always does.
            let _ = signal_hook::flag::register(signal as i32, Arc::clone(flag));
        };
        catch(Signal::SIGTERM, &signals.ends);
        catch(Signal::SIGCHLD, &signals.child);
        for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP] {
            catch(signal, &signals.host);
        }
        signals
    }

    /// Whether this process was asked to end.
    pub(crate) fn is_asked_to_end(&self) -> bool {
        self.ends.load(Relaxed)
    }

    /// Whether a child has changed since this was asked.
    pub(crate) fn has_child_changed(&self) -> bool {
        self.child.swap(false, Relaxed)
    }

    /// Waits for input, a signal that matters or the end of the time. Which inputs have something, be it their end.
    pub(crate) fn wait<const N: usize>(&self, inputs: [BorrowedFd<'_>; N], time: Duration) -> [bool; N] {
        let mut polled = inputs.map(|input| PollFd::new(input, PollFlags::POLLIN));
        match self.poll(&mut polled, time) {
            Ok(_) => polled.map(|input| input.any().unwrap_or(true)),
            Err(Errno::EINTR) => [false; N],
            // What cannot be waited for is read.
            Err(_) => [true; N],
        }
    }

    fn is_any_set(&self) -> bool {
        self.ends.load(Relaxed) || self.child.load(Relaxed)
    }

    /// A signal that comes between the look at the flags and the wait is held back until the wait.
    #[cfg(target_os = "linux")]
    fn poll(&self, inputs: &mut [PollFd<'_>], time: Duration) -> nix::Result<i32> {
        use nix::poll::ppoll;

        let mut held = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGCHLD] {
            held.add(signal);
        }
        let open = SigSet::thread_get_mask()?;
        held.thread_block()?;
        let time = if self.is_any_set() { Duration::ZERO } else { time };
        let polled = ppoll(inputs, Some(time.into()), Some(open));
        open.thread_set_mask()?;
        polled
    }

    /// Where there is no such wait, a signal is noticed a second late at most.
    #[cfg(not(target_os = "linux"))]
    fn poll(&self, inputs: &mut [PollFd<'_>], time: Duration) -> nix::Result<i32> {
        let time = if self.is_any_set() { 0 } else { time.as_millis().min(1_000) as u16 };
        nix::poll::poll(inputs, nix::poll::PollTimeout::from(time))
    }
}

/// Starts a thread that is sent no signals: they wake the loop, wherever it waits.
pub(crate) fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    let open = SigSet::thread_get_mask();
    let _ = SigSet::all().thread_block();
    let started = start();
    let _ = open.and_then(|open| open.thread_set_mask());
    started
}
