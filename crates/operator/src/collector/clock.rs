//! `aboveboard collector clock`

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::ensure;
use serde_json::{Value, json};

use super::{CollectorArguments, Target, refused};

/// What can be done about the clock.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Takes the collector's clock as it stands for right, though it went back behind a receipt or leapt ahead
    Accept(AcceptOptions),
}

/// What `collector clock accept` takes.
#[derive(clap::Args)]
pub(crate) struct AcceptOptions {
    #[command(flatten)]
    collector: CollectorArguments,
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    let Verb::Accept(options) = verb;
    let accepted = match options.collector.find()? {
        Target::Running { operator, .. } => {
            let answer = operator.post("/api/clock/accept", &json!({}))?;
            ensure!(answer.status == 200, "{} refused it: {}", operator.name(), answer.reason());
            serde_json::from_str::<Value>(&answer.body)?["accepted"].as_i64().unwrap_or_default()
        }
        Target::Stopped(place) => upkeep::accept_clock(&place).map_err(refused)?,
    };
    let time = jiff::Timestamp::from_second(accepted)?;
    output::data(&json!({ "accepted": time.to_string() }).to_string());
    output::message(&format!("{time} is taken for the time; batches are taken in"));
    Ok(ExitCode::SUCCESS)
}
