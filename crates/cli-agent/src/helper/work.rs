//! What the helper does, from the first instruction to the last.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use aboveboard_core::consent::{self, Permit};
use aboveboard_core::own_files::{HELPER_LOCK as LOCK, SPOOL};
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::Spool;
use aboveboard_delivery::{Pace, limits};
use aboveboard_files::{Directory, Errno, File};
use aboveboard_types::typed::ConfigValue;

use super::descriptors;
use super::due::DueFile;
use super::executable;
use super::process;
use super::protocol::{ARGUMENT, DETACH, INTERVAL, MARKER};
use super::unfinished::Unfinished;
use crate::deliver::{self, Delivered};
use crate::{Settings, interrupted};

/// Does the helper's work and ends the process, if this process is the helper of that product; else returns.
pub(crate) fn take_over(settings: &Settings<'_>) {
    if !is_called(settings) {
        return;
    }
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    descriptors::close_inherited();
    process::leave_caller();
    if settings.environment.var(DETACH).is_some() {
        std::process::exit(detach());
    }
    if watch(limits::REQUEST_TIMEOUT) {
        work(settings, deadline);
    }
    std::process::exit(0);
}

/// Whether this process is the helper of this product: both the argument and the variable say so.
fn is_called(settings: &Settings<'_>) -> bool {
    std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT)
        && settings.environment.var(MARKER).is_some_and(|product| product == *settings.declaration.product)
}

/// Starts the helper that stays, as this process was started. The code to end with: the number of the system's error.
fn detach() -> i32 {
    let mut arguments = std::env::args_os();
    let Ok(program) = executable::this() else { return 1 };
    let mut helper = Command::new(program);
    if let Some(name) = arguments.next() {
        process::call_by(&mut helper, name);
    }
    match helper.args(arguments).env_remove(DETACH).spawn() {
        Ok(_) => 0,
        Err(error) => error.raw_os_error().unwrap_or(1),
    }
}

/// Ends this process at the deadline, whatever it hangs in: the system's resolver has no time limit.
fn watch(limit: Duration) -> bool {
    let watcher = thread::Builder::new().name("telemetry-limit".into()).stack_size(32 << 10);
    let end = move || {
        thread::sleep(limit);
        process::kill_this();
    };
    // Without a limit there is no work.
    watcher.spawn(end).is_ok()
}

/// Decides consent afresh and delivers one round. Whatever fails, the next helper tries again.
fn work(settings: &Settings<'_>, deadline: Instant) {
    let Some(paths) = settings.paths() else { return };
    let host = settings.host(None, &ConfigValue::default());
    let decision = consent::decide(&settings.question(&host, Some(&paths)));
    let permit = decision.permit().filter(Permit::may_send);
    let done = permit.map(|permit| turn(settings, &permit, &paths, interval(settings), deadline));
    if !matches!(done, Some(Err(Hindrance::Busy))) {
        Unfinished::forget(&paths);
    }
}

/// Why a turn delivers nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    /// Another process delivers.
    Busy,
    /// Its lock cannot be made or taken, for this reason.
    Lock(Errno),
    /// The state or the spool cannot be read, for this reason.
    Unreadable(Errno),
    /// What is recorded cannot be sealed: the secret of the installation cannot be read.
    Secret,
    /// An erasure was interrupted, and cannot be finished.
    Erasure,
    /// Nothing is recorded.
    Nothing,
}

/// Takes the turn of the one process that delivers for a product.
///
/// # Errors
/// Why nothing is delivered.
pub(crate) fn turn(
    settings: &Settings<'_>,
    permit: &Permit,
    paths: &Paths,
    interval: Duration,
    deadline: Instant,
) -> Result<Delivered, Hindrance> {
    let state = open(paths)?;
    let lock = lock_file(&state).map_err(Hindrance::Lock)?;
    if !lock.try_lock_exclusive().map_err(Hindrance::Lock)? {
        return Err(Hindrance::Busy);
    }
    interrupted::finish(&settings.declaration.product, paths).map_err(|_| Hindrance::Erasure)?;
    let pace = Pace::every(interval.as_secs());
    let outcome = deliver::round(permit, settings, paths, pace, deadline)
        .ok_or_else(|| without_round(settings, permit, paths, &state))?;
    // An outage is over sooner than the next interval.
    if let Some(retry) = outcome.retry {
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(retry);
        DueFile::of(paths.state(), interval).put(date, SystemTime::now());
    }
    Ok(outcome)
}

/// The host's interval, which its code set and this process cannot know otherwise.
fn interval(settings: &Settings<'_>) -> Duration {
    let handed_over = settings.environment.var(INTERVAL);
    let seconds = handed_over.and_then(|text| text.to_str().and_then(|text| text.parse().ok()));
    seconds.map_or_else(|| settings.interval(), Duration::from_secs)
}

/// Whether the turn could be taken at all: the lock of the one helper can be made, wherever it is held.
///
/// # Errors
/// Why it could not.
pub(crate) fn can_take_turn(paths: &Paths) -> Result<(), Hindrance> {
    lock_file(&open(paths)?).map(drop).map_err(Hindrance::Lock)
}

fn open(paths: &Paths) -> Result<Directory, Hindrance> {
    Directory::open(paths.state()).map_err(of_directory)
}

fn of_directory(error: Errno) -> Hindrance {
    if error == Errno::NOENT { Hindrance::Nothing } else { Hindrance::Unreadable(error) }
}

/// Why a permitted round did not begin.
fn without_round(settings: &Settings<'_>, permit: &Permit, paths: &Paths, state: &Directory) -> Hindrance {
    if let Err(error) = state.directory(SPOOL).and_then(|spool| spool.list()) {
        return of_directory(error);
    }
    let spool = Spool::open(permit, settings.declaration, paths);
    if spool.is_some_and(|spool| spool.usage().events > 0) { Hindrance::Secret } else { Hindrance::Nothing }
}

/// The lock of the one helper, not yet taken. It goes with this process, however it ends.
fn lock_file(state: &Directory) -> Result<File, Errno> {
    let file = state.keep(LOCK)?;
    file.checked_to_write()?;
    Ok(file)
}
