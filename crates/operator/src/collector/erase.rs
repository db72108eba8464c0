//! `aboveboard collector erase`

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep::{self, ErasureTarget};
use aboveboard_types::id::Id;
use aboveboard_wire::ERASE_PATH;
use anyhow::ensure;
use serde_json::{Value, json};

use super::amend::{self, AmendmentRequest};
use super::{CollectorArguments, Target, refused};

/// What `collector erase` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT")]
    product: String,
    #[command(flatten)]
    what: What,
    /// Say what would go, and change nothing
    #[arg(long, conflicts_with_all = ["synthetic", "installation"])]
    dry_run: bool,
}

/// What is erased: one of these.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct What {
    /// Erase every installation that only ever sent batches marked synthetic, as `simulate` makes them
    #[arg(long)]
    synthetic: bool,
    /// Erase every installation that is not yet verified: first received within the last two periods of its component
    #[arg(long)]
    unverified: bool,
    /// Erase every installation that only ever sent this version; what others sent with it counts as 0.0.0-other
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Erase every installation that was first received on this day or later: 2026-11-22
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Delete a command, an action, an event, EVENT.FIELD, a count or a timing from rows and figures
    #[arg(long, value_name = "NAME")]
    item: Option<String>,
    /// The installation's id, as its user sees it in `telemetry preview`
    #[arg(value_parser = installation)]
    installation: Option<Id>,
}

fn installation(text: &str) -> Result<Id, String> {
    Id::parse(text).ok_or_else(|| "an id has 36 characters, in lower case and with hyphens".to_owned())
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let product = &options.product;
    if let Some(request) = amendment(&options.what) {
        return amend::run(&options.collector, product, request, options.dry_run);
    }
    let (target, body) = match options.what.installation {
        Some(id) => {
            (ErasureTarget::Installation(id), json!({ "product": product, "installation": id.to_string() }))
        }
        None => (ErasureTarget::Synthetic, json!({ "product": product, "synthetic": true })),
    };
    let (answer, when) = match options.collector.find()? {
        Target::Running { operator, .. } => {
            let answer = operator.post(ERASE_PATH, &body)?;
            ensure!(
                answer.status == 202,
                "{} refused the erasure, and nothing was changed: {}",
                operator.name(),
                answer.reason()
            );
            (serde_json::from_str(&answer.body).unwrap_or_default(), "it is being done now")
        }
        Target::Stopped(place) => {
            upkeep::erase(&place, product, target).map_err(refused)?;
            (json!({ "erasure": "logged" }), "no collector runs: it is done when one starts")
        }
    };
    output::data(&answer.to_string());
    output::message(&summary(product, target, &answer));
    output::message(&format!(
        "the erasure is on the disk, and {when}; copies made by `collector backup` before it keep what it erases \
         until they are deleted, or restored here"
    ));
    Ok(ExitCode::SUCCESS)
}

/// The change that an erasure asks for; none where it is one of its own kind.
fn amendment(what: &What) -> Option<AmendmentRequest> {
    let request = match what {
        What { unverified: true, .. } => AmendmentRequest::Unverified,
        What { version: Some(version), .. } => AmendmentRequest::Version(version.clone()),
        What { since: Some(day), .. } => AmendmentRequest::Since(day.clone()),
        What { item: Some(name), .. } => AmendmentRequest::Item(name.clone()),
        _ => return None,
    };
    Some(request)
}

/// What is erased, for people.
fn summary(product: &str, target: ErasureTarget, answer: &Value) -> String {
    let ErasureTarget::Installation(id) = target else {
        return format!(
            "all installations of {product} that only ever sent synthetic batches are erased, with their figures; the rest \
             stays"
        );
    };
    let known = match (answer["first"].as_str(), answer["last"].as_str()) {
        (Some(first), Some(last)) => format!("It was seen from {first} to {last}."),
        _ if answer.get("first").is_some() => "Nothing of it is counted here.".to_owned(),
        _ => String::new(),
    };
    let summary = format!(
        "installation {id} of {product}: its rows, its id and its part in the figures are erased, and what still arrives \
         from it within 45 days is not counted. {known}"
    );
    summary.trim_end().to_owned()
}
