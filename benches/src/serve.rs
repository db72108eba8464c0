//! The two servers.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aboveboard_collector::Config;
use aboveboard_collector::config::{Digest, StoreKind};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Outcome;

/// The manifest of the product that sends.
pub const MANIFEST: &str = include_str!("../../examples/quarry/telemetry.toml");

/// The floor: reads the body and answers. One thread, as the collector has one for HTTP.
///
/// # Errors
/// Where no address can be had.
pub fn bare() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        }
    })
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let read = request.into_body().collect().await.map_or(0, |body| body.to_bytes().len());
    let body = format!("{{\"batch\":\"00000000-0000-8000-8000-000000000000\",\"accepted\":{read}}}");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// SHA-256 of the operator's token that the measurements state, `token-of-the-operator`.
const TOKEN_HASH: &str = "1b82c790392ba8b62ca9cf174191c0ed1182536944c48e7878007dda6e0b80fc";

/// The collector as it is shipped, but for the rates, and the bytes of a prefix in an hour and of a product in a day: here
/// they come in seconds.
///
/// # Errors
/// Where it cannot start.
pub fn collector(data: &Path) -> Outcome<()> {
    serve(config(data)?)
}

/// The same as one of a cluster, whose servers are given by shard, with `;` between shards and `,` between replicas. The key of
/// the cluster is in [`key_of`] the data directory.
///
/// # Errors
/// Where it cannot start.
pub fn collector_of_cluster(data: &Path, servers: &str) -> Outcome<()> {
    let mut config = config(data)?;
    config.store.kind = StoreKind::ClickHouse;
    config.store.shards =
        servers.split(';').map(|shard| shard.split(',').map(str::to_owned).collect()).collect();
    config.store.key_file = Some(key_of(data));
    serve(config)
}

/// The file of the key of the cluster that a collector with this data directory is of.
#[must_use]
pub fn key_of(data: &Path) -> PathBuf {
    data.with_extension("key")
}

/// How long an answer may take.
const MAX_ANSWER_TIME: Duration = Duration::from_secs(600);

fn config(data: &Path) -> Outcome<Config> {
    let manifests = data.join("manifests");
    std::fs::create_dir_all(&manifests)?;
    std::fs::write(manifests.join("quarry.toml"), MANIFEST)?;
    let mut config = Config::defaults()?;
    config.listen = "127.0.0.1:0".parse()?;
    config.data = data.to_owned();
    config.operator.token_hash = Digest::parse(TOKEN_HASH);
    config.rate.prefix_per_second = 10_000_000;
    config.rate.prefix_burst = 10_000_000;
    config.rate.total_per_second = 10_000_000;
    config.rate.total_burst = 10_000_000;
    config.quota.prefix_per_hour = u64::MAX;
    config.quota.product_per_day = u64::MAX;
    // An answer may take long on a machine that does other work.
    config.limits.request = MAX_ANSWER_TIME;
    config.limits.idle = MAX_ANSWER_TIME;
    config.limits.reply = MAX_ANSWER_TIME;
    Ok(config)
}

fn serve(config: Config) -> Outcome<()> {
    aboveboard_collector::run(config, |running| println!("{}", running.address()))?;
    Ok(())
}
