//! Starting the helper, without waiting for anything.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use aboveboard_core::consent::Permit;
use aboveboard_core::paths::Paths;

use super::{ARGUMENT, Due, MARKER, PERIOD};
use crate::agent::Agent;

/// Starts the helper, if the permit allows to send and a delivery is due.
pub(crate) fn start_if_due(agent: &Agent, permit: &Permit, places: &Paths, says_yes: bool) {
    let period = agent.pace();
    if permit.may_send() && Due::of(places.state(), period).take(SystemTime::now()) {
        start(agent, says_yes, period);
    }
}

/// Starts the helper. Its failure to start is nobody's concern: the next command tries again a period later.
///
/// What this process was told by its host or its flag is handed over in the product's own variables, in the
/// helper's environment alone. The helper decides for itself, and any no that it finds beats what it is handed.
fn start(agent: &Agent, says_yes: bool, period: Duration) {
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    // The name that the host was called by: a binary with several names must find itself again.
    if let Some(name) = std::env::args_os().next() {
        command.arg0(name);
    }
    command.arg(ARGUMENT).env(MARKER, &*agent.declaration.product);
    command.env(PERIOD, period.as_secs().to_string());
    command.envs(agent.handed_over.iter().map(|(variable, value)| (variable, value)));
    if says_yes {
        command.env(agent.variable_name("ENABLE_TELEMETRY"), "true");
    }
    if let Some(endpoint) = &agent.endpoint {
        command.env(agent.variable_name("TELEMETRY_ENDPOINT"), endpoint);
    }
    if agent.allow_private {
        command.env(agent.variable_name("TELEMETRY_ALLOW_PRIVATE"), "true");
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // No process group is asked for here: the helper makes a session of its own, which a group leader cannot.
    let _ = command.spawn();
}
