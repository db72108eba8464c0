//! Starting the helper, without waiting for anything.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use aboveboard_core::consent::{Permit, Reading, reading, reading_of, still_permitted};
use aboveboard_core::paths::Paths;
use aboveboard_types::typed::ConfigValue;

use super::due::DueFile;
use super::protocol::{ARGUMENT, INTERVAL, MARKER};
use crate::settings::Settings;

/// Whether flag or configuration consent, neither of which the helper can see.
pub(crate) fn consents(flag: Option<&str>, config: &ConfigValue) -> bool {
    flag.is_some_and(|value| reading(value.as_ref()) == Reading::On) || reading_of(config) == Reading::On
}

/// Starts the helper, if the permit allows to send and a delivery is due. `consents` is what [`consents`] says.
pub(crate) fn start_if_due(settings: &Settings<'_>, permit: &Permit, paths: &Paths, consents: bool) {
    if is_turn(settings, permit, paths) {
        start(settings, consents);
    }
}

/// Whether the permit allows to send, a delivery is due and this process is the one to start the helper. It is asked
/// once: another interval begins. Without the feature `uploader` the turn is left to programs that have it.
pub(crate) fn is_turn(settings: &Settings<'_>, permit: &Permit, paths: &Paths) -> bool {
    // An opt-out may have come while the command ran.
    let may_stay = || still_permitted(paths);
    cfg!(feature = "uploader")
        && permit.may_send()
        && DueFile::of(paths.state(), settings.interval()).take(SystemTime::now(), may_stay)
}

/// Starts the helper. A helper that cannot be started is no error of the host's: a command tries again one interval
/// later.
///
/// What this process knows from its host or its flag is handed over in the product's own variables, in the helper's
/// environment alone. The helper decides for itself, and any opt-out that it finds beats what it is handed.
pub(crate) fn start(settings: &Settings<'_>, consents: bool) -> Option<Child> {
    let program = std::env::current_exe().ok()?;
    let mut command = Command::new(program);
    // The name that the host was called by: a binary with several names must find itself again.
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    command.arg(ARGUMENT).env(MARKER, &*settings.declaration.product);
    command.env(INTERVAL, settings.interval().as_secs().to_string());
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
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // No process group is asked for here: the helper makes a session of its own, which a group leader cannot.
    command.spawn().ok()
}
