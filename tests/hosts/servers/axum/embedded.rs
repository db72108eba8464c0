//! A server with axum.

mod notes;

use tokio::net::TcpListener;

aboveboard::manifest!("axum/telemetry.toml");

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let notes = notes::Notes::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let telemetry = start_telemetry(notes.clone());
    println!("listening {}", listener.local_addr()?);
    let app = notes::router(notes).layer(telemetry.layer()).merge(telemetry.router());
    axum::serve(listener, app).with_graceful_shutdown(notes::asked_to_stop()).await?;
    telemetry.shutdown().await;
    Ok(())
}

fn start_telemetry(notes: notes::Notes) -> aboveboard::server::Handle {
    let count = move || notes.lock().map(|notes| notes.len() as u64).unwrap_or_default();
    aboveboard::server::Agent::new(&telemetry::PRODUCT, env!("CARGO_PKG_VERSION"))
        .directory("data")
        .counts(move || {
            let notes = count();
            async move { telemetry::Counts { notes } }
        })
        .notice(|text| eprintln!("{text}"))
        .start()
}
