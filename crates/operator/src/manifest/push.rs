//! `aboveboard manifest push`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::say;

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What `manifest push` takes.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The manifest
    file: PathBuf,
    /// The collector's operator address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8480")]
    collector: String,
    /// A file that holds the operator token [default: the variable ABOVEBOARD_OPERATOR_TOKEN, else none]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let Some(manifest) = super::load(&options.file)? else { return Ok(ExitCode::FAILURE) };
    let product = &manifest.product;
    let address = format!("{}/v1/manifest/{}", options.collector.trim_end_matches('/'), product.id);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.put(&address).content_type("application/toml");
    if let Some(token) = token(options)? {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut reply = request.send(manifest.text()).with_context(|| format!("cannot reach {address}"))?;
    let status = reply.status();
    let body = reply.body_mut().read_to_string().unwrap_or_default();
    if status.is_success() {
        say::word(&format!("{address} now knows {} revision {}", product.id, product.revision));
        return Ok(ExitCode::SUCCESS);
    }
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
    let title = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason was given");
    say::word(&format!("{address} refused it ({status}): {title}"));
    Ok(ExitCode::FAILURE)
}

fn token(options: &Options) -> anyhow::Result<Option<String>> {
    let text = match &options.token_file {
        Some(file) => Some(super::read(file)?),
        None => std::env::var("ABOVEBOARD_OPERATOR_TOKEN").ok(),
    };
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}
