//! `aboveboard collector versions`

use std::process::ExitCode;

use aboveboard_agent::output;
use aboveboard_collector::upkeep;
use anyhow::ensure;
use serde_json::Value;

use super::amend::{self, AmendmentRequest};
use super::{CollectorArguments, Target, refused};

/// What `collector versions` takes.
#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    /// Lists the versions that are shown by their names, and the release lines
    List(ListOptions),
    /// Shows a version by its name, also on the days that were counted already
    Admit(AdmitOptions),
    /// Names a release line, so that its versions are shown by their names
    Line(LineOptions),
}

/// Which product.
#[derive(clap::Args)]
pub(crate) struct ProductArguments {
    #[command(flatten)]
    collector: CollectorArguments,
    /// The product's id, as in its manifest
    #[arg(long, value_name = "PRODUCT")]
    product: String,
}

/// What `versions list` takes.
#[derive(clap::Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    of: ProductArguments,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// What `versions admit` takes.
#[derive(clap::Args)]
pub(crate) struct AdmitOptions {
    #[command(flatten)]
    of: ProductArguments,
    /// The version, as it is shown: 2.1.0 or 2.1.0-rc
    version: String,
    /// The field that it is a value of, instead of the product's own version
    #[arg(long, value_name = "EVENT.FIELD")]
    field: Option<String>,
}

/// What `versions line` takes.
#[derive(clap::Args)]
pub(crate) struct LineOptions {
    #[command(flatten)]
    of: ProductArguments,
    /// The first two numbers of its versions: 2.1
    line: String,
}

pub(crate) fn run(verb: &Verb) -> anyhow::Result<ExitCode> {
    match verb {
        Verb::List(options) => list(options),
        Verb::Admit(AdmitOptions { of, version, field }) => {
            let request = AmendmentRequest::Admit { version: version.clone(), field: field.clone() };
            amend::run(&of.collector, &of.product, request, false)
        }
        Verb::Line(LineOptions { of, line }) => {
            amend::run(&of.collector, &of.product, AmendmentRequest::Line(line.clone()), false)
        }
    }
}

fn list(options: &ListOptions) -> anyhow::Result<ExitCode> {
    let product = &options.of.product;
    let text = match options.of.collector.find()? {
        Target::Running { operator, .. } => {
            let answer = operator.get(&format!("/api/versions.json?product={product}"))?;
            ensure!(answer.status == 200, "{} refused it: {}", operator.name(), answer.reason());
            answer.body
        }
        Target::Stopped(place) => upkeep::versions(&place, product).map_err(refused)?,
    };
    if options.json {
        output::data(&text);
        return Ok(ExitCode::SUCCESS);
    }
    let answer: Value = serde_json::from_str(&text)?;
    for named in answer["versions"].as_array().into_iter().flatten() {
        let word = |key: &str| named[key].as_str().unwrap_or_default();
        let field = match named["field"].as_str() {
            Some(field) => format!(" of {field}"),
            None => String::new(),
        };
        output::data(&format!("{}{field}  since {}, by {}", word("version"), word("since"), word("by")));
    }
    for by in ["manifest", "operator"] {
        for line in answer["lines"][by].as_array().into_iter().flatten().filter_map(Value::as_str) {
            output::data(&format!("line {line}  by the {by}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
