//! Built like the Devfile Registry: a hosted service that counts its requests by the kind of client, and a tool
//! whose library records for itself only if its user's answer allows it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use aboveboard::Bounded;
use aboveboard::declaration::Component;
use aboveboard::server::{Agent, Handle};
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use clap::Parser as _;

use telemetry::counts::IndexRequests;
use telemetry::events::{LibraryCalled, StackFetched, library_called, stack_fetched};

aboveboard::manifest!("../../config/profiles/devfile-registry.toml");

/// The header by which a client says what it is.
const CLIENT: &str = "client";

/// Requests since the last report, by kind of client.
#[derive(Default)]
struct Requests(Mutex<IndexRequests>);

impl Requests {
    fn count(&self, headers: &HeaderMap) {
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = match client_of(headers) {
            Some("odo") => &mut requests.odo,
            Some("openshift-console") => &mut requests.openshift_console,
            Some("vscode") => &mut requests.vscode,
            Some("intellij") => &mut requests.intellij,
            Some("eclipse") => &mut requests.eclipse,
            Some("devworkspace") => &mut requests.devworkspace,
            Some("registry-viewer") => &mut requests.registry_viewer,
            Some("registry-library") => &mut requests.registry_library,
            _ => &mut requests.unnamed,
        };
        *number += 1;
    }

    fn take(&self) -> IndexRequests {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn client_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(CLIENT)?.to_str().ok()
}

/// Serves stacks.
#[derive(clap::Parser)]
#[command(name = "devfile-registry")]
struct Args {
    /// The directory of the service
    #[arg(long)]
    data: PathBuf,
    /// The operator's consent: without it nothing is counted
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<String>,
}

/// The service.
pub(crate) fn registry() -> ExitCode {
    let args = Args::parse();
    crate::serve::run(|| Ok(build(&args)))
}

fn build(args: &Args) -> (Handle, Router) {
    let index = Arc::new(Requests::default());
    let counted = Arc::clone(&index);
    let telemetry = Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .flag(args.enable_telemetry.as_deref())
        .directory(&args.data)
        .notice(crate::output::error)
        .counts(move || {
            let index = counted.take();
            async move { counts(index) }
        })
        .start();
    let recording = telemetry.clone();
    let routes = Router::new()
        .route(
            "/index",
            get(move |headers: HeaderMap| async move {
                index.count(&headers);
                "[]"
            }),
        )
        .route(
            "/devfiles/go",
            get(move |headers: HeaderMap| async move {
                recording.record(StackFetched {
                    client: client_of(&headers).map(stack_fetched::Client::from_external),
                    language: Some(stack_fetched::Language::Go),
                    status: Some(Bounded::constant::<200>()),
                    ..StackFetched::default()
                });
                "schemaVersion: 2.3.0"
            }),
        );
    (telemetry.clone(), routes.merge(telemetry.router()))
}

fn counts(index_requests: IndexRequests) -> telemetry::Counts {
    telemetry::Counts { index_requests, stacks: 1, ..telemetry::Counts::default() }
}

/// A tool that calls the registry through the library.
#[derive(clap::Parser)]
#[command(name = "odo")]
struct Odo {
    /// The registry's address
    #[arg(long)]
    registry: String,
}

/// The tool: the service counts its call in any case; what the library saw of it is recorded only with the answer that
/// the tool's user gave to the family.
pub(crate) fn client() -> ExitCode {
    let telemetry = aboveboard::cli::start(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"));
    let odo = Odo::parse();
    let answer = ureq::get(format!("{}/index", odo.registry)).header(CLIENT, "odo").call();
    let called = LibraryCalled {
        call: Some(library_called::Call::List),
        client: Some(library_called::Client::Odo),
        failed: Some(answer.is_err()),
        ..LibraryCalled::default()
    };
    let _ = telemetry.record(Component::App, called, None);
    if answer.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
