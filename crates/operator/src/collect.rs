//! `aboveboard collect`: the collector as a process.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::Config;
use anyhow::Context as _;

/// What `collect` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The configuration; every key is optional [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    // https://no-color.org: set and not empty.
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colours = std::io::stderr().is_terminal() && !plain;
    // Reporting on stderr that stderr cannot be written would panic.
    let log = tracing_subscriber::fmt().log_internal_errors(false);
    log.with_writer(std::io::stderr).with_ansi(colours).init();
    let config = Config::load(options.config.as_deref()).context("the configuration cannot be used")?;
    aboveboard_collector::run(config, |running| {
        if let Some(link) = running.first_link() {
            output::message(&format!(
                "open this link within ten minutes to read the page; it is good once: {link}"
            ));
            output::message("`aboveboard collector token link` makes another, `collector token new` a token");
        }
        output::data(&format!("listening http://{}", running.address()));
        if running.operator_address() != running.address() {
            output::data(&format!("operator http://{}", running.operator_address()));
        }
    })?;
    Ok(ExitCode::SUCCESS)
}
