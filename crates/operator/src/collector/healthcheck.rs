//! `aboveboard collector healthcheck`

use std::process::ExitCode;

use super::client::CollectorClient;
use crate::output;

/// What `collector healthcheck` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorClient,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let answer = options.collector.get("/readyz")?;
    output::data(answer.body.trim_end());
    Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
