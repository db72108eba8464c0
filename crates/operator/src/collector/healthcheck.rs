//! `aboveboard collector healthcheck`

use std::process::ExitCode;

use super::client::CollectorClient;
use crate::say;

/// What `collector healthcheck` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    door: CollectorClient,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let answer = options.door.get("/readyz")?;
    say::data(answer.body.trim_end());
    Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
