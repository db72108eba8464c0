//! `aboveboard collector doctor` and `collector healthcheck`: whether the database is sound, and the collector ready.

use std::path::Path;
use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::StartError;
use aboveboard_collector::config::ONE_SENDER;
use aboveboard_collector::upkeep::{self, ClusterHealth, Examined, Health, ServerHealth};
use aboveboard_store::StoreProblem;
use serde_json::{Value, json};

use super::{CollectorArguments, DataDirectory, Target, place_of, refused};

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
    let place = place_of(&config)?;
    if config.sees_one_sender() {
        output::message(ONE_SENDER);
    }
    match upkeep::examine(&place) {
        Ok(examined) => {
            let mut problems = upkeep::problems(&place).map_err(refused)?;
            if let Examined::Cluster(health) = &examined {
                problems.extend(health.servers.iter().filter_map(unused));
            }
            match &examined {
                Examined::Database(health) if options.json => {
                    output::data(&findings(place.directory(), health, &problems).to_string());
                }
                Examined::Database(health) => show(place.directory(), health),
                Examined::Cluster(health) if options.json => {
                    output::data(&of_cluster(place.directory(), health, &problems).to_string());
                }
                Examined::Cluster(health) => show_cluster(place.directory(), health),
                _ => {}
            }
            problems.iter().for_each(|problem| output::message(problem));
            if !problems.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        // Any other reason why it cannot be read says nothing about its health.
        Err(error) if !is_verdict(&error) => return Err(refused(error)),
        Err(error) => {
            let problem = format!("{:#}", refused(error));
            output::message(&problem);
            if options.json {
                output::data(
                    &json!({ "data": place.directory(), "sound": false, "problem": problem }).to_string(),
                );
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
fn is_verdict(error: &StartError) -> bool {
    use StoreProblem::{Damaged, Foreign, Missing, Newer, OtherSchema};
    let StartError::Store(error) = error else { return false };
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

/// What is said of a server that is not used.
fn unused(server: &ServerHealth) -> Option<String> {
    let problem = server.problem.as_ref()?;
    Some(format!("the server {} of shard {} is not used: {problem}", server.name, server.shard))
}

fn of_cluster(data: &Path, health: &ClusterHealth, problems: &[String]) -> Value {
    let servers: Vec<_> = health
        .servers
        .iter()
        .map(|server| json!({ "shard": server.shard, "server": server.name, "problem": server.problem }))
        .collect();
    let products: serde_json::Map<_, _> = health
        .products
        .iter()
        .map(|(product, events)| (product.clone(), json!({ "events": events })))
        .collect();
    json!({
        "data": data, "sound": true, "node": health.node, "servers": servers, "products": products, "problems": problems,
    })
}

fn show_cluster(data: &Path, health: &ClusterHealth) {
    output::data(&format!(
        "the cluster of {} answers; this is its collector {}",
        data.display(),
        health.node
    ));
    for server in health.servers.iter().filter(|server| server.problem.is_none()) {
        output::data(&format!("  shard {}: {} is used", server.shard, server.name));
    }
    for (product, events) in &health.products {
        output::data(&format!("  {product}: {events} events"));
    }
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
