//! What both servers do: listen, print the address, and stop when asked to.

use std::net::SocketAddr;
use std::process::ExitCode;

use aboveboard::server::Handle;
use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Runs a server on a free port of the loopback interface until SIGTERM: `build` starts its telemetry and builds its
/// routes.
pub(crate) fn run(build: impl FnOnce() -> anyhow::Result<(Handle, Router)>) -> ExitCode {
    match serve(build) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::output::error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn serve(build: impl FnOnce() -> anyhow::Result<(Handle, Router)>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (telemetry, routes) = build()?;
        announce(listener.local_addr()?);
        let mut terminate = signal(SignalKind::terminate())?;
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(async move { terminate.recv().await.map_or((), |()| ()) })
            .await?;
        telemetry.shutdown().await;
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "the address is the program's output")]
fn announce(address: SocketAddr) {
    println!("listening http://{address}");
}
