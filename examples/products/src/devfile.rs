//! In the shape of the Devfile Registry: a hosted service that counts its requests by the kind of client, and a tool
//! whose library records for itself only where its user's answer allows it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use aboveboard::Bounded;
use aboveboard::declaration::Component;
use aboveboard::server::{Agent, Handle};
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use clap::Parser as _;

use telemetry::events::{LibraryCalled, StackFetched, library_called, stack_fetched};

aboveboard::manifest!("../../config/profiles/devfile-registry.toml");

/// The header by which a client says what it is.
const CLIENT: &str = "client";

/// Requests since the last report, by kind of client in the order of the manifest; the last is for who says nothing
/// that is listed.
#[derive(Default)]
struct Requests([AtomicU64; 9]);

const KINDS: [&str; 8] = [
    "odo",
    "openshift-console",
    "vscode",
    "intellij",
    "eclipse",
    "devworkspace",
    "registry-viewer",
    "registry-library",
];

impl Requests {
    fn count(&self, headers: &HeaderMap) {
        let named = headers.get(CLIENT).and_then(|name| name.to_str().ok());
        let kind = KINDS.iter().position(|kind| Some(*kind) == named).unwrap_or(KINDS.len());
        self.0[kind].fetch_add(1, Relaxed);
    }

    fn take(&self) -> [u64; 9] {
        std::array::from_fn(|kind| self.0[kind].swap(0, Relaxed))
    }
}

/// Serves stacks.
#[derive(clap::Parser)]
#[command(name = "devfile-registry")]
struct Args {
    /// Where the service keeps what is its own
    #[arg(long)]
    data: PathBuf,
    /// The operator's key: without a yes here nothing is counted
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enable_telemetry: Option<String>,
}

/// The service.
pub(crate) fn registry() -> ExitCode {
    let args = Args::parse();
    crate::serve::run(|| Ok(make(&args)))
}

fn make(args: &Args) -> (Handle, Router) {
    let index = Arc::new(Requests::default());
    let counted = Arc::clone(&index);
    let telemetry = Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .flag(args.enable_telemetry.as_deref())
        .directory(&args.data)
        .notice(crate::complain)
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
                let client = headers.get(CLIENT).and_then(|name| name.to_str().ok());
                recording.record(StackFetched {
                    client: client.map(stack_fetched::Client::from_external),
                    language: Some(stack_fetched::Language::Go),
                    status: Some(Bounded::constant::<200>()),
                    ..StackFetched::default()
                });
                "schemaVersion: 2.3.0"
            }),
        );
    (telemetry.clone(), routes.merge(telemetry.router()))
}

fn counts(index: [u64; 9]) -> telemetry::Counts {
    use telemetry::counts::{IndexRequests, SampleDownloads, StackDownloads};
    let [
        odo,
        openshift_console,
        vscode,
        intellij,
        eclipse,
        devworkspace,
        registry_viewer,
        registry_library,
        unnamed,
    ] = index;
    telemetry::Counts {
        index_requests: IndexRequests {
            odo,
            openshift_console,
            vscode,
            intellij,
            eclipse,
            devworkspace,
            registry_viewer,
            registry_library,
            unnamed,
        },
        stack_downloads: StackDownloads::default(),
        sample_downloads: SampleDownloads::default(),
        stacks: 1,
    }
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
    telemetry.record(Component::App, called, None);
    if answer.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
