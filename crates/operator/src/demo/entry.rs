//! What this binary is when the demo starts it: one of the product's programs, tied to the demo.

use std::path::Path;
use std::process::ExitCode;

/// The demo product's program, if this process was started under its name: the binary is all three.
pub(crate) fn program() -> Option<fn() -> ExitCode> {
    let name = std::env::args_os().next()?;
    match Path::new(&name).file_name()?.to_str()? {
        "quarry" => Some(aboveboard_demo::cli::main),
        "quarry-server" => Some(aboveboard_demo::server::main),
        _ => None,
    }
}

/// Set to the demo's process id for those programs of the demo that end with it even if it is killed.
pub(super) const LEASH: &str = "ABOVEBOARD_DEMO";

/// Ties this process to the demo that started it, if one did. False if that demo is gone already.
#[must_use]
pub(crate) fn leash() -> bool {
    #[cfg(target_os = "linux")]
    if let Some(demo) = std::env::var_os(LEASH) {
        // Where the system refuses, a demo that is killed leaves its programs behind.
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM));
        // A demo that died before that call sends no signal any more; another process is the parent then.
        return demo.to_str() == Some(&*std::os::unix::process::parent_id().to_string());
    }
    true
}
