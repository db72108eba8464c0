//! `aboveboard collector erase`

use std::process::ExitCode;

use aboveboard_core::id::Id;
use aboveboard_core::wire::ERASE_PATH;
use anyhow::ensure;
use serde_json::json;

use super::door::Door;
use crate::say;

/// What `collector erase` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    door: Door,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT")]
    product: String,
    /// The installation's id, as its user sees it in `telemetry preview`
    #[arg(value_parser = installation)]
    installation: Id,
}

fn installation(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| "an id has 36 characters, in lower case and with hyphens".to_owned())
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let body = json!({ "product": options.product, "installation": options.installation.to_string() });
    let answer = options.door.post(ERASE_PATH, &body)?;
    ensure!(answer.status == 202, "the collector refused with {}: {}", answer.status, answer.body);
    say::data(&answer.body);
    Ok(ExitCode::SUCCESS)
}
