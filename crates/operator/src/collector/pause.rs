//! `aboveboard collector pause`, `resume` and `paused`

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::ensure;
use serde_json::{Value, json};

use super::{CollectorArguments, Target, refused};

/// The routes of paused items.
const PATH: &str = "/api/paused";

/// What `collector pause` and `collector resume` take.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT")]
    product: String,
    /// command:NAME, action:NAME, route:PATTERN, event:NAME, field:EVENT.FIELD, count:NAME or timing:NAME; or a name
    /// alone, where one item has it
    item: String,
}

/// What `collector paused` takes.
#[derive(clap::Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    collector: CollectorArguments,
}

pub(crate) fn pause(options: &Options) -> anyhow::Result<ExitCode> {
    let item = set(options, true)?;
    output::message(&format!(
        "{item} of {} is paused: from now on nothing of it is logged or stored; what is stored stays",
        options.product
    ));
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn resume(options: &Options) -> anyhow::Result<ExitCode> {
    let item = set(options, false)?;
    output::message(&format!("{item} of {} is taken in again; what was left out is gone", options.product));
    Ok(ExitCode::SUCCESS)
}

fn set(options: &Options, paused: bool) -> anyhow::Result<String> {
    let Options { collector, product, item } = options;
    let item = match collector.find()? {
        Target::Running { operator, .. } => {
            let answer =
                operator.post(PATH, &json!({ "product": product, "item": item, "paused": paused }))?;
            ensure!(answer.status == 200, "{} refused it: {}", operator.name(), answer.reason());
            let answer: Value = serde_json::from_str(&answer.body)?;
            answer["item"].as_str().unwrap_or(item).to_owned()
        }
        Target::Stopped(place) => upkeep::pause(&place, product, item, paused).map_err(refused)?.to_string(),
    };
    output::data(&json!({ "product": product, "item": item, "paused": paused }).to_string());
    Ok(item)
}

pub(crate) fn list(options: &ListOptions) -> anyhow::Result<ExitCode> {
    let paused = match options.collector.find()? {
        Target::Running { operator, .. } => {
            let answer = operator.get(PATH)?;
            ensure!(answer.status == 200, "{} refused it: {}", operator.name(), answer.reason());
            serde_json::from_str::<Value>(&answer.body)?["paused"].take()
        }
        Target::Stopped(place) => {
            let paused = upkeep::paused(&place).map_err(refused)?;
            let listed = paused.iter().map(
                |paused| json!({ "product": paused.product, "item": paused.item.to_string(), "since": paused.since }),
            );
            listed.collect()
        }
    };
    for paused in paused.as_array().into_iter().flatten() {
        output::data(&paused.to_string());
    }
    Ok(ExitCode::SUCCESS)
}
