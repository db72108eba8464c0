//! The server: reports the counts of its metadata, and answers its CLI and its console.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aboveboard::server::{Agent, Handle};
use anyhow::Context as _;
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use clap::Parser as _;

use super::metadata::Metadata;
use super::telemetry;
use super::telemetry::timings::REQUESTS;
use super::telemetry::timings::requests::{Kind, Locality, Operation, Took, Transport};

/// Serves a metadata document.
#[derive(clap::Parser)]
#[command(name = "hasura-server")]
struct Args {
    /// The directory of the server
    #[arg(long)]
    data: PathBuf,
    /// The metadata document, JSON
    #[arg(long)]
    metadata: PathBuf,
    /// Whether telemetry may be sent
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<String>,
}

pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    crate::serve::run(|| build(&args))
}

fn build(args: &Args) -> anyhow::Result<(Handle, Router)> {
    let text = std::fs::read_to_string(&args.metadata).context("cannot read the metadata")?;
    let metadata: Arc<Metadata> = Arc::new(serde_json::from_str(&text).context("cannot parse the metadata")?);
    let telemetry = Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .flag(args.enable_telemetry.as_deref())
        .directory(&args.data)
        .notice(crate::output::error)
        .counts(move || {
            let metadata = Arc::clone(&metadata);
            async move { metadata.counts() }
        })
        .timings(&telemetry::TIMINGS)
        .start();
    let version = get(|| async { concat!(r#"{"version":""#, env!("CARGO_PKG_VERSION"), r#""}"#) });
    let routes = Router::new()
        .route("/v1/version", version)
        .route("/v1/graphql", post(answer))
        .layer(telemetry.layer());
    Ok((telemetry.clone(), routes.merge(telemetry.router())))
}

/// Answers a request. The header `took` says how long a database would have taken, in milliseconds.
async fn answer(headers: HeaderMap, body: String) -> &'static str {
    let took = headers.get("took").and_then(|took| took.to_str().ok()?.parse().ok());
    let io = Duration::from_millis(took.unwrap_or(0));
    let operation = if body.contains("mutation") { Operation::Mutation } else { Operation::Query };
    REQUESTS.record(
        Kind { operation, locality: Locality::Local, transport: Transport::Http },
        Took { total: io + Duration::from_millis(1), io },
    );
    r#"{"data":{}}"#
}
