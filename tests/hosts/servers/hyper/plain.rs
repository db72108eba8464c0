//! A server with hyper alone, as it was before telemetry.

mod notes;

use std::convert::Infallible;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let notes = notes::Notes::default();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening {}", listener.local_addr()?);
    let accept = async {
        while let Ok((stream, _peer)) = listener.accept().await {
            let notes = notes.clone();
            let service = service_fn(move |request| {
                let notes = notes.clone();
                async move { Ok::<_, Infallible>(notes::answer(notes, request).await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    };
    tokio::select! {
        () = accept => {}
        () = notes::asked_to_stop() => {}
    }
    Ok(())
}
