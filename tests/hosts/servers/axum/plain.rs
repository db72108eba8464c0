//! A server with axum, as it was before telemetry.

mod notes;

use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let notes = notes::Notes::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?);
    axum::serve(listener, notes::router(notes)).with_graceful_shutdown(notes::asked_to_stop()).await
}
