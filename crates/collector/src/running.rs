//! A collector from start to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use aboveboard_store::Store;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::apply::Applier;
use crate::audit::AuditLog;
use crate::clock::{ClockGuard, now};
use crate::config::{Config, ONE_SENDER};
use crate::data::DataDirectory;
use crate::database::{Cluster, Opened};
use crate::error::StartError;
use crate::ingest::{Ingest, Limiter, MemoryBudget, ReceivedBytes, Workers};
use crate::live::Arrivals;
use crate::log::Log;
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::nodes;
use crate::outages::Outages;
use crate::page;
use crate::place::DataPlace;
use crate::readiness::Readiness;
use crate::refusals::Refusals;
use crate::routes::{self, Operators, Services};
use crate::server::{self, Routes, Server};
use crate::shared::{self, Shared};
use crate::socket::{self, SocketFile};
use crate::tokens::TokenBook;

/// How often the directory of manifests is checked for changes.
const RELOAD_INTERVAL: Duration = Duration::from_secs(2);

/// How often it is looked how the cluster stands.
const WATCH_INTERVAL: Duration = Duration::from_secs(5);

/// How often the sums of received bytes are kept: a kill forgets no more.
const SAVE_INTERVAL: Duration = Duration::from_secs(60);

/// The keys of the configuration that name addresses, for messages.
const LISTEN: &str = "listen";
const OPERATOR_LISTEN: &str = "operator-listen";

/// Starts collectors.
#[derive(Debug)]
pub struct Collector;

/// A running collector.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    operator_address: SocketAddr,
    servers: Vec<Server>,
    socket: SocketFile,
    tokens: Arc<TokenBook>,
    log: Log,
    threads: Vec<thread::JoinHandle<()>>,
    reloading: JoinHandle<()>,
    following: JoinHandle<()>,
    watching: JoinHandle<()>,
    manifests: Manifests,
    saving: JoinHandle<()>,
    outages: Arc<Outages>,
    ingest: Arc<Ingest>,
    readiness: Arc<Readiness>,
    data: DataDirectory,
}

impl Collector {
    /// Takes the data directory, opens log and store, binds the addresses and begins to serve. Must be called inside a
    /// tokio runtime; the log and the store have threads of their own.
    ///
    /// # Errors
    /// Where an address, the data directory or what is in it cannot be used. Nothing was changed then but files that
    /// were missing.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let warning = config.sees_one_sender().then_some(ONE_SENDER);
        let listener = listen(LISTEN, config.listen)?;
        let operator_listener =
            config.operator_listen.map(|address| listen(OPERATOR_LISTEN, address)).transpose()?;
        let address = bound(LISTEN, config.listen, &listener)?;
        let operator_address = match (&operator_listener, config.operator_listen) {
            (Some(listener), Some(stated)) => bound(OPERATOR_LISTEN, stated, listener)?,
            _ => address,
        };
        let place = DataPlace::from(&config);
        let data = DataDirectory::take(&place)?;
        let on_socket = |source| StartError::Socket { path: config.data.clone(), source };
        let (local, socket) = socket::bind(&config.data).map_err(on_socket)?;
        local.set_nonblocking(true).map_err(on_socket)?;
        let local = UnixListener::from_std(local).map_err(on_socket)?;
        let tokens = Arc::new(TokenBook::open(&config.operator, &config.data)?);
        let audit = AuditLog::of(&config.data)
            .map_err(|source| StartError::Data { path: config.data.clone(), source })?;
        let manifests = Manifests::load(&data.manifests())?;
        let paused = Arc::new(data.paused()?);
        let Opened { mut store, reader, cluster } = data.open()?;
        let shared = Arc::new(Shared::new(cluster.as_ref().map(Cluster::shared_backend)));
        if_reached(cluster.as_ref(), closed_are_known(&config, &manifests, &mut *store))?;
        if let Some(cluster) = &cluster
            && let Some(problem) =
                if_reached(Some(cluster), nodes::own_retirement(cluster.backend()))?.flatten()
        {
            return Err(StartError::Cluster(problem));
        }
        let applied = store.position()?;
        let newest = if_reached(cluster.as_ref(), store.newest_receipt())?.flatten();
        let clock = Arc::new(ClockGuard::new(now, data.folder(), newest));
        let (log, writer, replies) = Log::open(&data.log()?, &config.log, applied)?;
        tokio::spawn(replies.deliver());
        let metrics = Arc::new(Metrics::default());
        metrics.set_position(applied.0);
        let readiness = Arc::new(Readiness::new(place.is_in_cluster()));
        let live = Arrivals::new();
        // The page holds the arrivals weakly, so that their streams end when everything else has let them go.
        let refusals = Arc::new(Refusals::default());
        let outages = Outages::open(data.folder(), clock.unchecked());
        let on_data = |source| StartError::Data { path: config.data.clone(), source };
        let outages = Arc::new(outages.map_err(on_data)?);
        let page = page::router(page::PageState {
            questions: Arc::new(Semaphore::new(page::MAX_QUESTIONS)),
            waiting: Arc::new(Semaphore::new(page::MAX_WAITING)),
            reader: Arc::clone(&reader),
            live: live.sender(),
            manifests: manifests.clone(),
            warning,
            is_one_of_several: place.is_in_cluster(),
            now,
            clock: Arc::clone(&clock),
            paused: Arc::clone(&paused),
            refusals: Arc::clone(&refusals),
            outages: Arc::clone(&outages),
            closed: config.products.closed.clone().into(),
            gauges: Arc::default(),
        });
        let received_bytes =
            ReceivedBytes::open(data.folder().clone(), config.quota.product_per_day).map_err(on_data)?;
        let ingest = Ingest {
            manifests: manifests.clone(),
            products: config.products,
            paused: Arc::clone(&paused),
            trusted_hops: config.proxy.trusted_hops,
            log: log.clone(),
            limiter: Arc::new(Limiter::new(&config.rate, config.quota.prefix_per_hour)),
            received_bytes,
            workers: Workers::start().map_err(StartError::Thread)?,
            memory_budget: MemoryBudget::new(config.limits.waiting),
            live,
            reader,
            metrics: Arc::clone(&metrics),
            clock: Arc::clone(&clock),
            refusals,
            limits: config.limits.clone(),
        };
        let ingest = Arc::new(ingest);
        if let Some(warning) = warning {
            tracing::warn!("{warning}");
        }
        let operators = Operators {
            shared: Arc::clone(&shared),
            cluster: cluster.clone(),
            publisher: config.publish.node,
            tokens: Arc::clone(&tokens),
            audit,
            address: operator_address,
            metrics_open: config.operator.metrics_open,
        };
        let services = Services::new(Arc::clone(&ingest), Arc::clone(&readiness), operators);
        let apply = Applier {
            store,
            reader: log.reader(applied),
            log: log.clone(),
            manifests: manifests.clone(),
            limits: config.apply,
            metrics: Arc::clone(&metrics),
            readiness: Arc::clone(&readiness),
            data: data.folder().clone(),
            clock,
            stop: config.limits.stop,
        };
        let apply = thread::Builder::new().name("apply".to_owned()).spawn(move || apply.run());
        let apply = apply.map_err(StartError::Thread)?;
        let watching = watch(cluster, metrics);
        let following = shared::follow(shared, manifests.clone(), Arc::clone(&tokens), paused);
        let servers = serve(listener, operator_listener, local, &services, &page);
        Ok(Running {
            address,
            operator_address,
            servers,
            socket,
            tokens,
            log,
            threads: vec![writer, apply],
            reloading: tokio::spawn(reload(manifests.clone())),
            following: tokio::spawn(following),
            watching: tokio::spawn(watching),
            manifests,
            outages: Arc::clone(&outages),
            saving: tokio::spawn(save(Arc::clone(&ingest), Arc::clone(&outages))),
            ingest,
            readiness,
            data,
        })
    }
}

/// What a store said; none where a cluster is away: its collector starts without it, and says that it is not ready.
fn if_reached<T, E: Into<StartError>>(
    cluster: Option<&Cluster>,
    said: Result<T, E>,
) -> Result<Option<T>, StartError> {
    match said.map_err(Into::into) {
        Ok(said) => Ok(Some(said)),
        Err(StartError::Store(error)) if cluster.is_some() && error.is_transient() => {
            tracing::warn!(%error, "the cluster is not reached; batches are taken into the log until it is");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Fails where a product is closed that nobody knows: a name with a mistake would close nothing.
fn closed_are_known(config: &Config, manifests: &Manifests, store: &mut dyn Store) -> Result<(), StartError> {
    let mut unknown = Vec::new();
    for product in &config.products.closed {
        let is_rejected = || manifests.rejected().iter().any(|one| one.product.as_ref() == Some(product));
        if manifests.newest(product).is_none() && !is_rejected() && !store.knows(product)? {
            unknown.push(product.clone());
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(StartError::UnknownClosed(unknown)) }
}

fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    server::bind(address).map_err(|source| StartError::Listen { key, address, source })
}

/// The address that a listener has, which names the port where the configuration leaves it to the system.
fn bound(key: &'static str, address: SocketAddr, listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { key, address, source })
}

/// Serves all routes on one listener, or those for agents and those for the operator on one each; and all of them on the
/// socket in the data directory.
fn serve(
    listener: TcpListener,
    operator_listener: Option<TcpListener>,
    local: UnixListener,
    services: &Services,
    page: &axum::Router,
) -> Vec<Server> {
    let routes = |takes_batches: bool, router: axum::Router| {
        let shared = Arc::clone(&services.ingest);
        let others = routes::with_refusals(router, services);
        Routes { ingest: takes_batches.then(|| Arc::clone(&shared)), others, shared }
    };
    let mut servers = vec![Server::start(local, routes(true, routes::on_socket(services, page.clone())))];
    match operator_listener {
        None => {
            let operators = routes::operators(services, page.clone(), false);
            servers.push(Server::start(
                listener,
                routes(true, routes::agents(services, false).merge(operators)),
            ));
        }
        Some(apart) => {
            servers.push(Server::start(listener, routes(true, routes::agents(services, true))));
            let operators = routes::operators(services, page.clone(), true);
            servers.push(Server::start(apart, routes(false, operators)));
        }
    }
    servers
}

/// Reads the manifests again whenever their directory changes.
async fn reload(manifests: Manifests) {
    let mut tick = tokio::time::interval(RELOAD_INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        match manifests.reload() {
            Ok(true) => tracing::info!(products = manifests.products().len(), "manifests reloaded"),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the manifests cannot be read; the known ones stay in force")
            }
        }
    }
}

/// Looks how the cluster stands, for the metrics, which must not wait for it.
async fn watch(cluster: Option<Cluster>, metrics: Arc<Metrics>) {
    let Some(cluster) = cluster else { return };
    let mut tick = tokio::time::interval(WATCH_INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let cluster = cluster.clone();
        if let Ok(figures) = tokio::task::spawn_blocking(move || cluster.figures()).await {
            metrics.set_cluster(figures);
        }
    }
}

/// Keeps the sums of received bytes, so that a restart does not begin the day anew, and forgets the prefixes of a past hour.
async fn save(ingest: Arc<Ingest>, outages: Arc<Outages>) {
    let mut tick = tokio::time::interval(SAVE_INTERVAL);
    loop {
        tick.tick().await;
        ingest.limiter.forget_what_is_old(Instant::now());
        ingest.refusals.forget(ingest.limiter.secret_number());
        let ingest = Arc::clone(&ingest);
        let outages = Arc::clone(&outages);
        let saved = tokio::task::spawn_blocking(move || {
            save_received(&ingest);
            save_outages(&ingest, &outages);
        });
        let _ = saved.await;
    }
}

fn save_received(ingest: &Ingest) {
    if let Err(error) = ingest.received_bytes.save() {
        tracing::warn!(%error, "the sums of received bytes cannot be kept; after a restart the day begins anew");
    }
}

/// A clock that is not believed says nothing about when the collector ran.
fn save_outages(ingest: &Ingest, outages: &Outages) {
    if let Ok(now) = ingest.now()
        && let Err(error) = outages.save(now)
    {
        tracing::warn!(%error, "that this collector runs cannot be noted; a silence after a restart may be taken for the agents'");
    }
}

impl Running {
    /// The bound address of the routes for agents, and of all routes unless the operator's are bound apart.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bound address of the operator's routes.
    #[must_use]
    pub const fn operator_address(&self) -> SocketAddr {
        self.operator_address
    }

    /// A link for a browser's first visit, good once and for ten minutes, where nothing opens the page to anybody yet.
    #[must_use]
    pub fn first_link(&self) -> Option<String> {
        if self.tokens.opens_all(now()) {
            return None;
        }
        let mut address = self.operator_address;
        if address.ip().is_unspecified() {
            let loopback: IpAddr =
                if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            address.set_ip(loopback);
        }
        let code = self.tokens.new_link().ok()?;
        Some(routes::link(&format!("http://{address}"), &code))
    }

    /// Reads the manifests again. The configuration is read at the start alone: addresses, the data directory and limits
    /// are not changed under connections that go by them.
    pub fn reload(&self) {
        match self.manifests.reload_all() {
            Ok(()) => tracing::info!(
                products = self.manifests.products().len(),
                rejected = self.manifests.rejected().len(),
                "manifests read again; a changed configuration needs a restart"
            ),
            Err(error) => {
                tracing::error!(%error, "the manifests cannot be read; the known ones stay in force")
            }
        }
    }

    /// Stops: accepts no new connections, answers the requests under way, makes the last group of the log durable, and
    /// applies what is in the log as far as the time allows. Each address takes at most the configured time to stop, and
    /// so does applying, unless the disk hangs. Then releases the data directory.
    pub async fn shutdown(self) {
        self.readiness.set_stopping();
        self.reloading.abort();
        self.following.abort();
        self.watching.abort();
        self.saving.abort();
        for server in self.servers {
            server.stop().await;
        }
        self.log.stop();
        let threads = self.threads;
        let ingest = self.ingest;
        let outages = self.outages;
        let ended = tokio::task::spawn_blocking(move || {
            save_received(&ingest);
            save_outages(&ingest, &outages);
            drop(ingest);
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = ended.await;
        // While the directory is locked: another collector's socket must not go.
        drop(self.socket);
        drop(self.data);
    }
}
