//! Starting the helper, without waiting for its work.

use std::process::{Command, Stdio};
use std::time::SystemTime;

use aboveboard_core::consent::{Permit, Reading, reading, reading_of, still_permitted};
use aboveboard_core::paths::Paths;
use aboveboard_types::typed::ConfigValue;

use super::children;
use super::deliverer::Deliverer;
use super::due::DueFile;
use super::process;
use super::protocol::{ARGUMENT, DETACH, INTERVAL, MARKER};
use super::unfinished::{Cause, Unfinished};
use crate::left;
use crate::settings::Settings;

/// What becomes of this process after a look for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on.
    Stays,
    /// It ends, or says that its command is over.
    Ends,
}

/// Whether flag or configuration consent, neither of which the helper can see.
pub(crate) fn consents(flag: Option<&str>, config: &ConfigValue) -> bool {
    flag.is_some_and(|value| reading(value.as_ref()) == Reading::On) || reading_of(config) == Reading::On
}

/// Whether the permit allows to send, a delivery is due and this process is the one that delivers. It is asked once:
/// another interval begins.
#[cfg(feature = "uploader")]
pub(crate) fn is_turn(settings: &Settings<'_>, permit: &Permit, paths: &Paths) -> bool {
    take_turn(settings, permit, paths, || (), || Some(())).is_some()
}

/// The program that this process has to start now, if the permit allows to send and a delivery is due. Where there is none
/// the turn is left to others that have one.
pub(crate) fn turn_to_start(settings: &Settings<'_>, permit: &Permit, paths: &Paths) -> Option<Deliverer> {
    // What others need to deliver is there, and as this program leaves it: another may have recorded since.
    // The permit of a process that stays may be old.
    let find = || {
        let found = Deliverer::find(settings);
        if !matches!(found, Ok(Deliverer::Itself(_))) {
            left::keep(settings, permit, paths);
        }
        found.ok()
    };
    let by = || {
        let found = still_permitted(paths).then(find).flatten()?;
        if process::are_left_to_others() {
            return Some(found);
        }
        // The helper would be a child of this process, or end with it. The turn is left to who delivers otherwise.
        Unfinished::explain(paths, Cause::FirstProcess);
        None
    };
    take_turn(settings, permit, paths, || drop(find()), by)
}

fn take_turn<T>(
    settings: &Settings<'_>,
    permit: &Permit,
    paths: &Paths,
    begin: impl FnOnce(),
    by: impl FnOnce() -> Option<T>,
) -> Option<T> {
    if !permit.may_send() {
        return None;
    }
    // An opt-out may have come while the command ran.
    let may_stay = || {
        let stays = still_permitted(paths);
        if stays {
            begin();
        }
        stays
    };
    let due = DueFile::of(paths.state(), settings.interval());
    let due = if settings.waits_at_first() { due } else { due.at_once() };
    due.take(SystemTime::now(), may_stay, by)
}

/// Starts the helper. `consents` is what [`consents`] says. A helper that cannot be started is no error of the host's: it tries
/// again one interval later.
///
/// What this process knows from its host or its flag is handed over in the product's own variables, in the helper's
/// environment alone. The helper decides for itself, and any opt-out that it finds beats what it is handed.
pub(crate) fn start(settings: &Settings<'_>, paths: &Paths, deliverer: &Deliverer, consents: bool) {
    Unfinished::add(paths);
    let mut command = call(deliverer);
    command.arg(ARGUMENT).env(MARKER, &*settings.declaration.product);
    command.env(INTERVAL, settings.interval().as_secs().to_string());
    if !matches!(deliverer, Deliverer::Itself(_)) {
        command.envs([left::variable(paths)]);
    }
    hand_over(&mut command, settings, consents);
    command.env(DETACH, "true");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // No process group is asked for here: the helper makes a session of its own, which a group leader cannot.
    let cause = match command.spawn() {
        Ok(child) => children::watch(child).map(Cause::Code),
        Err(error) => Some(Cause::System(u16::try_from(error.raw_os_error().unwrap_or(0)).unwrap_or(0))),
    };
    if let Some(cause) = cause {
        Unfinished::explain(paths, cause);
    }
}

/// Hands over what the host said and what its flag or configuration allow, in the product's own variables.
pub(crate) fn hand_over(command: &mut Command, settings: &Settings<'_>, consents: bool) {
    command.envs(settings.handed_over.iter().map(|(variable, value)| (variable, value)));
    if consents {
        command.env(settings.variable_name("ENABLE_TELEMETRY"), "true");
    }
    if let Some(endpoint) = &settings.endpoint {
        command.env(settings.variable_name("TELEMETRY_ENDPOINT"), endpoint);
    }
    if settings.allow_private {
        command.env(settings.variable_name("TELEMETRY_ALLOW_PRIVATE"), "true");
    }
}

/// The program that delivers.
fn call(deliverer: &Deliverer) -> Command {
    let mut command = Command::new(deliverer.program());
    if let (Deliverer::Itself(_), Some(name)) = (deliverer, std::env::args_os().next()) {
        process::call_by(&mut command, name);
    }
    command
}
