//! `aboveboard collector doctor` and `collector healthcheck`: whether the database is sound, and the collector ready.

use std::path::Path;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::config::ONE_SENDER;
use aboveboard_collector::upkeep::{self, Health};
use aboveboard_store::{StoreError, StoreProblem};
use serde_json::{Value, json};

use super::data_directory::data_of;
use super::{CollectorArguments, DataDirectory, Target, refused, unusable};

/// What `collector doctor` takes.
#[derive(clap::Args)]
pub(crate) struct DoctorOptions {
    #[command(flatten)]
    directory: DataDirectory,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn doctor(options: &DoctorOptions) -> anyhow::Result<ExitCode> {
    let config = options.directory.configuration()?;
    let data = data_of(&config)?;
    if config.sees_one_sender() {
        output::message(ONE_SENDER);
    }
    match upkeep::examine(&data) {
        Ok(health) => {
            let problems = upkeep::problems(&data).map_err(refused)?;
            if options.json {
                output::data(&findings(&data, &health, &problems).to_string());
            } else {
                show(&data, &health);
            }
            problems.iter().for_each(|problem| output::message(problem));
            if !problems.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        // Any other reason why it cannot be read says nothing about its health.
        Err(error) if !is_verdict(&error) => return Err(error.into()),
        Err(error) => {
            let problem = format!("{:#}", unusable(error));
            output::message(&problem);
            if options.json {
                output::data(&json!({ "data": data, "sound": false, "problem": problem }).to_string());
            }
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What `collector healthcheck` takes.
#[derive(clap::Args)]
pub(crate) struct HealthcheckOptions {
    #[command(flatten)]
    collector: CollectorArguments,
}

pub(crate) fn healthcheck(options: &HealthcheckOptions) -> anyhow::Result<ExitCode> {
    let Target::Running { operator, .. } = options.collector.find()? else {
        output::message("no collector runs on the data directory");
        return Ok(ExitCode::FAILURE);
    };
    let answer = operator.get_open("/readyz")?;
    output::data(answer.body.trim_end());
    Ok(if answer.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the error is about the database, and not about reading it just now.
fn is_verdict(error: &StoreError) -> bool {
    use StoreProblem::{Damaged, Foreign, Missing, Newer, OtherSchema};
    matches!(error.what, Missing { .. } | Foreign { .. } | Newer { .. } | Damaged { .. } | OtherSchema { .. })
}

fn findings(data: &Path, health: &Health, problems: &[String]) -> Value {
    let products: serde_json::Map<_, _> = health
        .products
        .iter()
        .map(|product| {
            let figures = json!({
                "events": product.events, "installations": product.installations, "rows": product.rows,
                "days": product.days.map(|(first, last)| [date(first), date(last)]),
            });
            (product.product.clone(), figures)
        })
        .collect();
    json!({
        "data": data, "sound": true, "bytes": health.bytes, "schema": health.schema,
        "position": health.position, "products": products, "problems": problems,
    })
}

fn show(data: &Path, health: &Health) {
    output::data(&format!("the database of {} is sound", data.display()));
    output::data(&format!("  {} bytes, schema {}", health.bytes, health.schema));
    output::data(&format!("  the ingest log is applied up to {}", health.position));
    for product in &health.products {
        let days = product
            .days
            .map_or(String::new(), |(first, last)| format!(", {} to {}", date(first), date(last)));
        output::data(&format!(
            "  {}: {} events of {} installations in {} rows{days}",
            product.product, product.events, product.installations, product.rows
        ));
    }
}

/// A day as people write it, of days since 1970.
pub(super) fn date(day: i32) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(day.clamp(-700_000, 2_900_000)));
    date.unwrap_or(epoch).to_string()
}
