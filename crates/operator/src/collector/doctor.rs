//! `aboveboard collector doctor`

use std::path::Path;
use std::process::ExitCode;

use aboveboard_collector::store::sqlite::upkeep::Health;
use aboveboard_collector::store::{StoreError, StoreProblem};
use aboveboard_collector::upkeep;
use serde_json::{Value, json};

use super::place::{Place, unusable};
use crate::say;

/// What `collector doctor` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let data = options.place.data()?;
    match upkeep::examine(&data) {
        Ok(health) if options.json => say::data(&findings(&data, &health).to_string()),
        Ok(health) => show(&data, &health),
        // Whatever else keeps it from being read says nothing about its health.
        Err(error) if !is_verdict(&error) => return Err(error.into()),
        Err(error) => {
            let problem = format!("{:#}", unusable(error));
            say::word(&problem);
            if options.json {
                say::data(&json!({ "data": data, "sound": false, "problem": problem }).to_string());
            }
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the error is about the database, and not about reading it just now.
fn is_verdict(error: &StoreError) -> bool {
    use StoreProblem::{Damaged, Foreign, Missing, Newer};
    matches!(error.what, Missing { .. } | Foreign { .. } | Newer { .. } | Damaged { .. })
}

fn findings(data: &Path, health: &Health) -> Value {
    let products: serde_json::Map<_, _> = health
        .products
        .iter()
        .map(|product| {
            let of_it = json!({
                "events": product.events, "installations": product.installations, "rows": product.rows,
                "days": product.days.map(|(first, last)| [date(first), date(last)]),
            });
            (product.product.clone(), of_it)
        })
        .collect();
    json!({
        "data": data, "sound": true, "bytes": health.bytes, "schema": health.schema,
        "position": health.position, "products": products,
    })
}

fn show(data: &Path, health: &Health) {
    say::data(&format!("the database of {} is sound", data.display()));
    say::data(&format!("  {} bytes, schema {}", health.bytes, health.schema));
    say::data(&format!("  the ingest log is applied up to {}", health.position));
    for product in &health.products {
        let days = product
            .days
            .map_or(String::new(), |(first, last)| format!(", {} to {}", date(first), date(last)));
        say::data(&format!(
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
