//! What `collector erase` and `collector versions` ask for beside the erasure of one installation.

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::{anyhow, ensure};
use serde_json::{Value, json};

use super::{CollectorArguments, Target, refused};

const PATH: &str = "/api/amendments";

/// A change as it is asked for.
pub(super) enum AmendmentRequest {
    Unverified,
    Version(String),
    Since(String),
    Item(String),
    Admit { version: String, field: Option<String> },
    Line(String),
}

impl AmendmentRequest {
    /// The body of the request, without the product.
    fn body(&self) -> Value {
        match self {
            Self::Unverified => json!({ "unverified": true }),
            Self::Version(version) => json!({ "version": version }),
            Self::Since(day) => json!({ "since": day }),
            Self::Item(name) => json!({ "item": name }),
            Self::Admit { version, field: None } => json!({ "admit": version }),
            Self::Admit { version, field: Some(field) } => json!({ "admit": version, "field": field }),
            Self::Line(line) => json!({ "line": line }),
        }
    }

    /// What it does, for people; `count` says to how much.
    fn summary(&self, product: &str, answer: &Value) -> String {
        let number = |key: &str| answer[key].as_u64().unwrap_or(0);
        let installations = match number("installations") {
            1 => "1 installation".to_owned(),
            n => format!("{n} installations"),
        };
        let events = number("events");
        match self {
            Self::Unverified => {
                format!(
                    "{installations} of {product} not yet verified, with their figures; who comes again is new"
                )
            }
            Self::Version(version) => format!(
                "{installations} of {product} that only ever sent {version}, with their figures; what others sent with \
                 it counts as 0.0.0-other"
            ),
            Self::Since(day) => {
                format!("{installations} of {product} first received on {day} or later, with their figures")
            }
            Self::Item(name) => format!(
                "{name} of {product}, in rows and figures: {events} events of its own, and its part in others; whose \
                 they were stays"
            ),
            Self::Admit { version, field } => {
                let of = field.as_deref().unwrap_or(product);
                format!("{version} of {of} is shown by its name, also on the days that were counted already")
            }
            Self::Line(line) => {
                format!("versions of {product} on the line {line} are shown by their names from now on")
            }
        }
    }
}

/// Asks for a change, or what it would take out.
pub(super) fn run(
    collector: &CollectorArguments,
    product: &str,
    request: AmendmentRequest,
    is_dry: bool,
) -> anyhow::Result<ExitCode> {
    let mut body = request.body();
    body["product"] = json!(product);
    body["dry_run"] = json!(is_dry);
    let (answer, when) = match collector.find()? {
        Target::Running { operator, .. } => {
            let answer = operator.post(PATH, &body)?;
            ensure!(
                matches!(answer.status, 200 | 202),
                "{} refused it, and nothing was changed: {}",
                operator.name(),
                answer.reason()
            );
            let when = "it is being done now, in parts; aboveboard_removal_days_left at /metrics says how much is left";
            (serde_json::from_str(&answer.body).unwrap_or_default(), when)
        }
        Target::Stopped(place) => {
            let change = upkeep::change_of(&body.to_string()).map_err(|why| anyhow!(why))?;
            let affected = upkeep::affected(&place, product, &change).map_err(refused)?;
            let mut answer = json!({ "installations": affected.installations, "events": affected.events });
            if !is_dry {
                upkeep::amend(&place, product, change).map_err(refused)?;
                answer["amendment"] = json!("logged");
            }
            (answer, "no collector runs: it is done when one starts")
        }
    };
    output::data(&answer.to_string());
    let summary = request.summary(product, &answer);
    if is_dry {
        output::message(&format!("would change: {summary}; nothing was changed"));
        return Ok(ExitCode::SUCCESS);
    }
    output::message(&summary);
    output::message(&format!(
        "the change is on the disk, and {when}; copies made by `collector backup` before it are as they were until \
         they are deleted, or restored here"
    ));
    Ok(ExitCode::SUCCESS)
}
