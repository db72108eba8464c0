//! The catalog server.

mod config;
mod routes;

pub(crate) use self::routes::{SECRET_HEADER, Version};

use std::process::ExitCode;

use anyhow::Context as _;
use axum::Router;
use clap::Parser as _;
use tokio::net::TcpListener;

use self::config::Args;
use crate::catalog::Catalog;
use crate::console;

/// Runs the server as the program `quarry-server`: 0 after an orderly stop, 1 if it cannot start, 2 for wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
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

async fn serve(config: config::Config) -> anyhow::Result<()> {
    let catalog = Catalog::open(&config.data)
        .with_context(|| format!("cannot open the catalog in {}", config.data.display()))?;
    let app = Router::new().merge(routes::router(&catalog, &config.admin_secret)).merge(console::router());
    let listener = TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    announce(&listener)?;
    axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    Ok(())
}

/// Tells on stdout where the server is, for those who start it on a port of the system's choice.
#[expect(clippy::print_stdout, reason = "the address is this program's output")]
fn announce(listener: &TcpListener) -> anyhow::Result<()> {
    println!("listening http://{}", listener.local_addr()?);
    Ok(())
}

/// Ends at Ctrl-C or SIGTERM.
pub(crate) async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
