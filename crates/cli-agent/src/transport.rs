//! Moves bytes for the delivery machine: one blocking HTTPS request, within fixed bounds.
//!
//! What may be dialled, how long anything may take and how much of a reply is read is settled in
//! [`aboveboard_delivery`]; here it is only carried out. Redirects are not followed, certificates are
//! verified against the bundled roots or those of the system, as [`aboveboard_roots`] says, or where a file of roots is
//! named against these and no others. Which [`Way`] a request takes is decided before; where it needs a proxy that cannot be
//! used, no request has any.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::environment::Environment;
use aboveboard_delivery::proxy::{Credentials, Destination, Scheme, Way};
use aboveboard_delivery::{Failure, Reply, Request, Transport, limits};
use aboveboard_files::named;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderValue, Response, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Proxy, ProxyProtocol};

use crate::roots::{self, Roots};
use crate::settings::Settings;
use crate::way;

/// How many addresses of one name are tried; as many as the list of the resolver holds.
const MAX_ADDRESSES: usize = 16;

/// The longest file of roots that is read, in bytes: ten times what a system's bundle of all roots holds.
const MAX_ROOTS_BYTES: usize = 4 << 20;

/// The blocking transport of the CLI agent.
#[derive(Debug)]
pub struct Http {
    /// `None` where nothing may be sent.
    agent: Option<Agent>,
    deadline: Option<Instant>,
}

/// What is left of a deadline for writing down that a request came to nothing: the pause that follows, and the
/// claim that is given back. A process killed at its deadline could do neither.
const TIME_AFTERWARDS: Duration = Duration::from_millis(500);

impl Http {
    /// A transport to one endpoint, and to no other address, by one way. `roots` is a file of certificates in PEM that
    /// stand in place of the roots of the web; where it cannot be read, no certificate is good enough.
    #[must_use]
    pub fn new(endpoint: &Endpoint, roots: Option<&Path>, way: &Way) -> Self {
        let agent = proxy(way).map(|proxy| agent(endpoint, roots, proxy));
        Self { agent, deadline: None }
    }

    /// A transport for a product, whose user may name a file of roots for an endpoint that they name too.
    pub(crate) fn of(endpoint: &Endpoint, settings: &Settings<'_>) -> Self {
        let roots = match roots::named(settings, endpoint) {
            Roots::File(file) => Some(file),
            Roots::Unnamed | Roots::Ignored(_) => None,
        };
        Self::new(endpoint, roots.as_deref(), &way::to(endpoint, settings))
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

    /// Reads a file of at most so many bytes, in the time until the deadline. A redirect is not followed.
    pub(crate) fn file(&self, url: &str, max: usize) -> Result<(u16, Vec<u8>), Failure> {
        let agent = self.agent.as_ref().ok_or(Failure::Proxy)?;
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let response =
            agent.get(url).config().timeout_global(left.or(Some(limits::REQUEST_TIMEOUT))).build().call();
        let mut response = response.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        // One more than is allowed, so that what is longer is told from what is not.
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        let body = response.body_mut().with_config().limit(limit).read_to_vec();
        Ok((status, body.map_err(|error| failure(&error))?))
    }

    /// Reads a document of the collector, within the same bounds.
    pub(crate) fn get(&self, url: &str) -> Result<Reply, Failure> {
        reply(self.agent.as_ref().ok_or(Failure::Proxy)?.get(url).call())
    }
}

fn agent(endpoint: &Endpoint, roots: Option<&Path>, proxy: Option<Proxy>) -> Agent {
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
    Agent::with_parts(config, DefaultConnector::default(), resolver)
}

/// The proxy of a way as the library takes it, or none for the direct way; `None` where nothing may be sent.
fn proxy(way: &Way) -> Option<Option<Proxy>> {
    let proxy = match way {
        Way::Direct => return Some(None),
        Way::Unusable(_) => return None,
        Way::Through(proxy) => proxy,
    };
    let protocol = match proxy.scheme {
        Scheme::Http => ProxyProtocol::Http,
        Scheme::Https => ProxyProtocol::Https,
        Scheme::Socks4 => ProxyProtocol::Socks4,
        Scheme::Socks4a => ProxyProtocol::Socks4A,
        Scheme::Socks5 => ProxyProtocol::Socks5,
        Scheme::Socks5h => ProxyProtocol::Socks5h,
        _ => return None,
    };
    let builder = Proxy::builder(protocol).host(&proxy.host).port(proxy.port);
    let builder = match &proxy.credentials {
        Some(Credentials { user, password }) => builder.username(user).password(password),
        None => builder,
    };
    builder.build().ok().map(Some)
}

/// The proxy to an address that a person named, if there is one. What runs on this machine is reached without; and where
/// nothing is encrypted, a proxy gets no secret to read.
///
/// # Errors
/// Why the address is not to be asked, as the end of a sentence.
pub fn proxy_to(address: &str, has_secret: bool, environment: &Environment) -> Result<Option<Proxy>, String> {
    let Ok(uri) = address.parse::<Uri>() else { return Ok(None) };
    let tls = uri.scheme_str() == Some("https");
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    if host == "localhost" || host.parse().is_ok_and(is_loopback) {
        return Ok(None);
    }
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let way = Way::to(Destination { tls, host, port }, environment);
    match &way {
        Way::Unusable(unusable) => Err(unusable.to_string()),
        Way::Through(named) if has_secret && !tls => {
            Err(format!("the proxy in {} would read the token; use https", named.variable))
        }
        way => proxy(way).ok_or_else(|| "the proxy that the environment names cannot be used".to_owned()),
    }
}

/// The certificates of a file.
///
/// # Errors
/// Why they cannot be used, as the end of a sentence: it cannot be read, or one of them cannot, or there is none.
pub(crate) fn own_roots(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let text = named::content(file, MAX_ROOTS_BYTES).map_err(|error| {
        let error = std::io::Error::from(error);
        format!("the file of roots cannot be read: {error}")
    })?;
    let items: Result<Vec<PemItem<'_>>, ureq::Error> = parse_pem(&text).collect();
    let items = items.map_err(|_| "the file of roots holds something that is no PEM".to_owned())?;
    let certificates = items.into_iter().filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate.to_owned()),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() {
        return Err("the file of roots holds no certificate".to_owned());
    }
    Ok(certificates)
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
        let agent = self.agent.as_ref().ok_or(Failure::Proxy)?;
        let limit = self.limit();
        if limit.is_zero() {
            return Err(Failure::Timeout);
        }
        let mut post = agent.post(&request.url).config().timeout_global(Some(limit)).build();
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
        // A proxy that is told addresses by SOCKS4 takes none of version 6.
        let is_short =
            !is_proxy && config.proxy().is_some_and(|proxy| proxy.protocol() == ProxyProtocol::Socks4);
        let may_dial =
            |address: &SocketAddr| self.endpoint.may_dial(address.ip()) && (address.is_ipv4() || !is_short);
        let mut addresses = self.empty();
        let wanted = found.into_iter().filter(|address| is_proxy || may_dial(address));
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
