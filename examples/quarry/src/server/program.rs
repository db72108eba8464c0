//! The program `quarry-server`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use tokio::net::TcpListener;

use super::config::{Args, Config};
use super::routes;
use super::stop::asked_to_stop;
use crate::catalog::Catalog;
use crate::console;

/// Runs the server as the program `quarry-server`: 0 after an orderly stop, 1 if it cannot start, 2 for wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    let config = args.into_config()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let catalog = Catalog::open(&config.data)
        .with_context(|| format!("cannot open the catalog in {}", config.data.display()))?;
    let listener = TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let telemetry = start_telemetry(&config, &catalog);
    let app = routes::router(&catalog, &config.admin_secret, telemetry.layer())
        .merge(telemetry.router())
        .merge(console::router());
    announce(&listener)?;
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(asked_to_stop()).await?;
    telemetry.shutdown().await;
    Ok(())
}

fn start_telemetry(config: &Config, catalog: &Catalog) -> aboveboard::server::Handle {
    let catalog = catalog.clone();
    aboveboard::server::Agent::new(&crate::telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .flag(config.telemetry_flag.as_deref())
        .config(config.telemetry_key.as_deref())
        .directory(&config.data)
        .counts(move || {
            let catalog = catalog.clone();
            async move { catalog.counts().await }
        })
        .timings(&crate::telemetry::TIMINGS)
        .start()
}

/// Prints on stdout where the server is, for callers that let the system choose the port.
#[expect(clippy::print_stdout, reason = "the address is this program's output")]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    println!("listening http://{}", listener.local_addr()?);
    Ok(())
}
