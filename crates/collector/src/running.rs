//! A collector from start to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use crate::apply::Apply;
use crate::clock::now;
use crate::config::Config;
use crate::data::Data;
use crate::error::StartError;
use crate::ingest::{Ingest, Limiter, MemoryBudget};
use crate::live;
use crate::log::{self, Log};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::page;
use crate::readiness::Readiness;
use crate::routes::{self, Keys, Services};
use crate::server::{self, Routes, Server};
use crate::store::Store as _;
use crate::store::entry::{Arrival, Entry};
use crate::store::read::StoreReader;
use crate::store::sqlite::SqliteReader;

/// How often the directory of manifests is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// A collector to be.
#[derive(Debug)]
pub struct Collector;

/// A collector at work.
#[derive(Debug)]
pub struct Running {
    servers: Vec<Server>,
    addresses: Vec<SocketAddr>,
    log: Log,
    threads: Vec<thread::JoinHandle<()>>,
    watching: JoinHandle<()>,
    manifests: Manifests,
    readiness: Arc<Readiness>,
    data: Data,
}

impl Collector {
    /// Takes the data directory, opens log and store, binds the addresses and begins to serve. Called inside a tokio
    /// runtime; the log and the store have threads of their own.
    ///
    /// # Errors
    /// Where something that is needed cannot be had; then nothing was changed but files that were missing.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let listener = listen(config.listen)?;
        let apart = config.operator_listen.map(listen).transpose()?;
        let operator_address = config.operator_listen.unwrap_or(config.listen);
        let operator = &config.operator;
        let has_token = operator.token_hash.is_some() || !operator.products.is_empty();
        if !has_token && !operator_address.ip().is_loopback() {
            return Err(StartError::NoToken(operator_address));
        }
        let data = Data::take(&config.data)?;
        let manifests = Manifests::load(&data.manifests())?;
        let mut store = data.open_store()?;
        let applied = store.position()?;
        let (log, writer, replies) = Log::open(&data.log(), &config.log, applied)?;
        tokio::spawn(replies.deliver());
        let (metrics, readiness) = (Arc::new(Metrics::default()), Arc::new(Readiness::default()));
        let (live, _) = broadcast::channel(live::BACKLOG);
        let reader: Arc<dyn StoreReader> = Arc::new(SqliteReader::open(&data.database())?);
        let ingest = Arc::new(Ingest {
            manifests: manifests.clone(),
            products: config.products.clone(),
            limits: config.limits.clone(),
            trusted_hops: config.proxy.trusted_hops,
            log: log.clone(),
            limiter: Limiter::new(config.rate.clone()),
            memory_budget: MemoryBudget::new(config.limits.waiting),
            live: live.clone(),
            reader: Arc::clone(&reader),
            metrics: Arc::clone(&metrics),
            clock: now,
        });
        let keys = Keys::new(operator.token_hash, &operator.products, operator_address.ip().is_loopback());
        let services = Services::new(Arc::clone(&ingest), keys, Arc::clone(&readiness));
        // It holds the arrivals weakly, so that their streams end when everything else has let them go.
        let page =
            page::router(page::State { reader, live: live.downgrade(), manifests: manifests.clone(), now });
        let apply = Apply {
            store,
            reader: log.reader(applied),
            log: log.clone(),
            manifests: manifests.clone(),
            limits: config.apply.clone(),
            metrics,
            readiness: Arc::clone(&readiness),
            quarantine: data.quarantine(),
            clock: now,
            stop: config.limits.stop,
        };
        let apply = thread::Builder::new().name("apply".to_owned()).spawn(move || apply.run());
        let apply = apply.map_err(StartError::Thread)?;
        let servers = serve(listener, apart, &services, page)?;
        Ok(Running {
            addresses: servers.iter().map(|server| server.address).collect(),
            servers,
            log,
            threads: vec![writer, apply],
            watching: tokio::spawn(watch(manifests.clone())),
            manifests,
            readiness,
            data,
        })
    }
}

fn listen(address: SocketAddr) -> Result<tokio::net::TcpListener, StartError> {
    server::bind(address).map_err(|source| StartError::Listen { address, source })
}

/// One listener with all doors, or one for agents and one for the operator.
fn serve(
    listener: tokio::net::TcpListener,
    apart: Option<tokio::net::TcpListener>,
    services: &Services,
    page: axum::Router,
) -> Result<Vec<Server>, StartError> {
    let is_apart = apart.is_some();
    let operators = routes::operators(services, page, is_apart);
    let agents = routes::agents(services, is_apart);
    let routers = match apart {
        None => vec![(listener, true, agents.merge(operators))],
        Some(apart) => vec![(listener, true, agents), (apart, false, operators)],
    };
    let start = |(listener, takes_batches, router): (_, bool, axum::Router)| {
        let ingest = Arc::clone(&services.ingest);
        let others = routes::with_refusals(router, services);
        let doors = Routes { ingest: takes_batches.then(|| Arc::clone(&ingest)), others, shared: ingest };
        Server::start(listener, doors).map_err(StartError::Thread)
    };
    routers.into_iter().map(start).collect()
}

async fn watch(manifests: Manifests) {
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match manifests.reload() {
            Ok(true) => tracing::info!(products = manifests.products().len(), "manifests read again"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the manifests changed and cannot be used; the old ones stay")
            }
        }
    }
}

impl Running {
    /// The bound address of the agents' doors, and of all doors unless the operator's are bound apart.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The bound address of the operator's doors.
    #[must_use]
    pub fn operator_address(&self) -> SocketAddr {
        self.addresses[self.addresses.len() - 1]
    }

    /// The manifests it knows.
    #[must_use]
    pub fn manifests(&self) -> &Manifests {
        &self.manifests
    }

    /// Stops: no new connections, requests under way get their answers, the log's last group becomes durable, what is
    /// in the log is applied as far as the time allows. Takes twice the configured time to stop at most, unless the
    /// disk hangs. Gives the data directory free.
    pub async fn shutdown(self) {
        self.readiness.set_stopping();
        self.watching.abort();
        for server in self.servers {
            server.stop().await;
        }
        self.log.stop();
        let threads = self.threads;
        let ended = tokio::task::spawn_blocking(move || {
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = ended.await;
        drop(self.data);
    }
}

/// Runs a collector in a runtime of its own until the process is told to stop (SIGTERM, SIGINT). `started` is called
/// once it accepts connections.
///
/// # Errors
/// As for [`Collector::start`].
pub fn run(config: Config, started: impl FnOnce(&Running)) -> Result<(), StartError> {
    raise_descriptors();
    // What is kept is nobody else's to read.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(StartError::Thread)?.block_on(async {
        let stop = stop_signal()?;
        let running = Collector::start(config).await?;
        started(&running);
        stop.await;
        running.shutdown().await;
        Ok(())
    })
}

fn stop_signal() -> Result<impl Future<Output = ()>, StartError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Signal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Signal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// As many connections as the system allows this process; a failure leaves it at what it has.
fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Puts arrivals into the log of a collector that does not run; they are durable when this returns, and applied when it
/// starts. For synthetic history and for what comes from elsewhere.
///
/// # Errors
/// Where a collector runs on `data`, or the log cannot be written.
pub fn import(data: &Path, arrivals: impl IntoIterator<Item = Arrival>) -> Result<u64, StartError> {
    let limits = Config::defaults()?.log;
    let data = Data::take(data)?;
    let applied = data.open_store()?.position()?;
    let entries = arrivals.into_iter().map(Entry::Batch);
    Ok(log::import(&data.log(), &limits, applied, entries)?)
}
