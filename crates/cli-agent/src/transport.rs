//! Moves bytes for the delivery machine: one blocking HTTPS request, within fixed bounds.
//!
//! What may be dialled, how long anything may take and how much of a reply is read is settled in
//! [`aboveboard_delivery`]; here it is only carried out. Redirects are not followed, certificates are
//! verified against the bundled roots or those of the system, as [`aboveboard_roots`] says, or where a file of roots is
//! named against these and no others; proxies come from the standard variables, and only where the roots do not come
//! from the environment too and the endpoint speaks TLS: whoever sets variables is not always the person whose data it
//! is.

use std::fmt;
use std::io::ErrorKind;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::environment::Environment;
use aboveboard_delivery::{Failure, Reply, Request, Transport, limits};
use aboveboard_files::named;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderValue, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Proxy};

use crate::roots::{self, Roots};
use crate::settings::Settings;

/// How many addresses of one name are tried; as many as the list of the resolver holds.
const MAX_ADDRESSES: usize = 16;

/// The longest file of roots that is read, in bytes: ten times what a system's bundle of all roots holds.
const MAX_ROOTS_BYTES: usize = 4 << 20;

/// The variables that put other roots in place of the system's.
const SYSTEM_ROOTS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The blocking transport of the CLI agent.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    deadline: Option<Instant>,
}

/// What is left of a deadline for writing down that a request came to nothing: the pause that follows, and the
/// claim that is given back. A process killed at its deadline could do neither.
const TIME_AFTERWARDS: Duration = Duration::from_millis(500);

impl Http {
    /// A transport to one endpoint, and to no other address. `roots` is a file of certificates in PEM that stand in
    /// place of the roots of the web; where it cannot be read, no certificate is good enough. With such a file, and to
    /// an endpoint without TLS, no proxy is used.
    #[must_use]
    pub fn new(endpoint: &Endpoint, roots: Option<&Path>) -> Self {
        let proxy =
            Proxy::try_from_env().filter(|_| endpoint.is_tls() && roots.is_none() && !has_moved_roots());
        let roots = match roots {
            Some(file) => RootCerts::from(own_roots(file).unwrap_or_default()),
            None => roots_of_the_web(),
        };
        let tls = TlsConfig::builder().root_certs(roots).build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(endpoint.is_tls())
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1)
            .timeout_global(Some(limits::REQUEST_TIMEOUT))
            .timeout_resolve(Some(limits::CONNECT_TIMEOUT))
            .timeout_connect(Some(limits::CONNECT_TIMEOUT))
            .user_agent("aboveboard")
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .proxy(proxy)
            .tls_config(tls)
            .build();
        let resolver = GuardedResolver { endpoint: endpoint.clone() };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), deadline: None }
    }

    /// A transport for a product, whose user may name a file of roots for an endpoint that they name too.
    pub(crate) fn of(endpoint: &Endpoint, settings: &Settings<'_>) -> Self {
        let roots = match roots::named(settings, endpoint) {
            Roots::File(file) => Some(file),
            Roots::Unnamed | Roots::Ignored(_) => None,
        };
        Self::new(endpoint, roots.as_deref())
    }

    /// Gives each request no more time than is left until shortly before `deadline`.
    pub(crate) fn before(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The time that the next request has.
    fn limit(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline.map_or(limits::REQUEST_TIMEOUT, |deadline| {
            left(deadline).saturating_sub(TIME_AFTERWARDS).min(limits::REQUEST_TIMEOUT)
        })
    }

    /// Reads a document of the collector, within the same bounds.
    pub(crate) fn get(&self, url: &str) -> Result<Reply, Failure> {
        reply(self.agent.get(url).call())
    }
}

/// The certificates of a file; none if one of them cannot be read, or if there is none.
fn own_roots(file: &Path) -> Option<Vec<Certificate<'static>>> {
    let text = named::content(file, MAX_ROOTS_BYTES).ok()?;
    let items: Result<Vec<PemItem<'_>>, ureq::Error> = parse_pem(&text).collect();
    let certificates = items.ok()?.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate.to_owned()),
        _ => None,
    });
    Some(certificates.collect())
}

/// Whether the environment says where the system's roots are.
fn has_moved_roots() -> bool {
    aboveboard_roots::ARE_OF_THE_SYSTEM
        && SYSTEM_ROOTS.iter().any(|variable| Environment::process().var(variable).is_some())
}

/// The roots that this build trusts where no file is named.
fn roots_of_the_web() -> RootCerts {
    match aboveboard_roots::roots() {
        aboveboard_roots::Roots::Bundled => RootCerts::WebPki,
        aboveboard_roots::Roots::System(certificates) => {
            let certificate = |der: &Vec<u8>| Certificate::from_der(der).to_owned();
            RootCerts::from(certificates.iter().map(certificate).collect::<Vec<_>>())
        }
    }
}

impl Transport for Http {
    fn post(&mut self, request: &Request) -> Result<Reply, Failure> {
        let limit = self.limit();
        if limit.is_zero() {
            return Err(Failure::Timeout);
        }
        let mut post = self.agent.post(&request.url).config().timeout_global(Some(limit)).build();
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        reply(post.send(&request.body[..]))
    }
}

/// Reads a reply within the bounds of the delivery machine.
fn reply(response: Result<Response<Body>, ureq::Error>) -> Result<Reply, Failure> {
    let mut response = response.map_err(|error| failure(&error))?;
    let header = |name| {
        let value: &HeaderValue = response.headers().get(name)?;
        value.to_str().ok().filter(|text| text.len() <= limits::MAX_HEADER_BYTES).map(str::to_owned)
    };
    let content_type = header("content-type");
    let retry_after = header("retry-after");
    let date = header("date");
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(limits::MAX_REPLY_BYTES as u64).read_to_vec();
    let body = body.map_err(|error| failure(&error))?;
    Ok(Reply { status, content_type, retry_after, date, body })
}

/// Only the kind of an error is kept: its text may hold names.
fn failure(error: &ureq::Error) -> Failure {
    use ureq::{Error, Timeout};
    match error {
        Error::HostNotFound | Error::Timeout(Timeout::Resolve) => Failure::Resolve,
        Error::Other(cause) if cause.is::<Forbidden>() => Failure::Forbidden,
        Error::Timeout(Timeout::Connect) | Error::ConnectionFailed | Error::ConnectProxyFailed(_) => {
            Failure::Connect
        }
        Error::Timeout(_) => Failure::Timeout,
        Error::Rustls(_)
        | Error::Tls(_)
        | Error::Pem(_)
        | Error::TlsRequired
        | Error::RequireHttpsOnly(_) => Failure::Tls,
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => Failure::TooLong,
        Error::Io(cause) => match cause.kind() {
            ErrorKind::InvalidData => Failure::Tls,
            ErrorKind::TimedOut => Failure::Timeout,
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::AddrNotAvailable => Failure::Connect,
            _ => Failure::Broken,
        },
        _ => Failure::Broken,
    }
}

/// No address of the host is one that may be dialled.
#[derive(Debug)]
struct Forbidden;

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address of the host may be dialled")
    }
}

impl std::error::Error for Forbidden {}

/// Resolves with a time limit and passes on only what may be dialled for the endpoint.
#[derive(Debug)]
struct GuardedResolver {
    endpoint: Endpoint,
}

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let not_found = || ureq::Error::HostNotFound;
        let scheme = uri.scheme().ok_or_else(not_found)?;
        let authority = uri.authority().ok_or_else(not_found)?;
        let name = DefaultResolver::host_and_port(scheme, authority).ok_or_else(not_found)?;
        // The address of a proxy is the user's own choice and as a rule a private one.
        let is_proxy = config.proxy().is_some_and(|proxy| proxy.uri().authority() == Some(authority));
        let found = look_up(name, timeout)?;
        if found.is_empty() {
            return Err(not_found());
        }
        let mut addresses = self.empty();
        let wanted = found.into_iter().filter(|address| is_proxy || self.endpoint.may_dial(address.ip()));
        for address in wanted.take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        if addresses.is_empty() { Err(ureq::Error::Other(Box::new(Forbidden))) } else { Ok(addresses) }
    }
}

/// The system's resolver has no time limit, so it is asked on a detached thread.
fn look_up(name: String, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().name("telemetry-resolve".into()).spawn(move || {
        let found = name.to_socket_addrs().map(Iterator::collect);
        let _ = sender.send(found);
    })?;
    match receiver.recv_timeout(*timeout.after) {
        // What the resolver says of a name that it does not know differs from system to system.
        Ok(found) => found.map_err(|_| ureq::Error::HostNotFound),
        Err(_) => Err(ureq::Error::Timeout(timeout.reason)),
    }
}
