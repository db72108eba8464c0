//! `ask`: the question on the terminal of the program that calls it, after a command of that program has ended.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::Signal;

use crate::host::{HostArguments, Product};

/// What `ask` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The command that has ended, as the manifest declares it
    #[arg(long, value_name = "PATH", default_value = "")]
    command: String,
    /// It failed: nobody is asked
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    host: HostArguments,
}

/// Asks, or shows the notice, where a person typed the program that called this one. The exit code is 0 whatever was
/// answered, and where nobody was asked: it is no concern of the caller.
///
/// # Errors
/// If the manifest cannot be read: a mistake of the caller that should be seen when it is made.
pub(crate) fn run(options: &Options, product: &Product) -> anyhow::Result<ExitCode> {
    let agent = options.host.agent(product)?;
    let ends = Arc::<AtomicBool>::default();
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        // One that cannot be caught does what it always does.
        let _ = signal_hook::flag::register(signal as i32, Arc::clone(&ends));
    }
    agent.ask(&options.command, options.host.flag(), options.failed, ends, || {
        #[cfg(target_os = "linux")]
        crate::relay::end_of_caller(product);
    });
    Ok(ExitCode::SUCCESS)
}
