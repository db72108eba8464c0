//! Moves bytes for the delivery machine: one HTTPS request, within fixed bounds.
//!
//! What may be dialled, how long anything may take and how much of a reply is read is settled in
//! [`aboveboard_delivery`]; here it is only carried out. Certificates are verified against the bundled
//! roots or those of the system, as [`aboveboard_roots`] says; where the host or its operator names a file of roots,
//! against these and no others. Which [`Way`] a request takes is decided before; where it needs a proxy that cannot be used,
//! no request has any.

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::proxy::{Scheme, Way};
use aboveboard_delivery::{Failure, Reply, Request, limits};
use aboveboard_roots::Roots;
use once_cell::sync::OnceCell;
use reqwest::{Proxy, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use tokio::sync::oneshot;

use crate::resolver::{Forbidden, GuardedResolver, Resolver, Unresolved};

/// The transport to one endpoint.
pub(crate) struct Http {
    /// `None` where nothing may be sent.
    client: Option<reqwest::Client>,
    resolver: Resolver,
}

impl Http {
    /// A transport to one endpoint, and to no other address, by one way. `roots` is a file of certificates in PEM that
    /// stand in place of the roots of the web.
    ///
    /// # Errors
    /// Why there can be none, as the end of a sentence: the certificates to trust.
    pub(crate) fn new(
        endpoint: &Endpoint,
        resolver: Resolver,
        roots: Option<&Path>,
        way: &Way,
    ) -> Result<Arc<Self>, String> {
        let Some(proxy) = proxy(way) else { return Ok(Arc::new(Self { client: None, resolver })) };
        let tls = match roots {
            Some(file) => own_roots(file)?,
            None => tls().ok_or("the certificates of the system cannot be read")?,
        };
        // It follows no redirect and retries nothing: both are decided by the delivery machine.
        let is_short = matches!(way, Way::Through(proxy) if proxy.scheme == Scheme::Socks4);
        let guarded = GuardedResolver { endpoint: endpoint.clone(), resolver: resolver.clone(), is_short };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(endpoint.is_tls())
            .dns_resolver(Arc::new(guarded))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(limits::CONNECT_TIMEOUT)
            .timeout(limits::REQUEST_TIMEOUT)
            // Each request has a runtime of its own, and its connection goes with it.
            .pool_max_idle_per_host(0)
            .user_agent("aboveboard")
            // Without this call, or that of a proxy, the library would read the environment by itself.
            .no_proxy();
        let client = match proxy {
            Some(proxy) => client.proxy(proxy),
            None => client,
        };
        let client = client.build().map_err(|_| "the client cannot be made")?;
        Ok(Arc::new(Self { client: Some(client), resolver }))
    }

    /// Sends the request and reads the reply, on a thread and a runtime of its own: the host's runtime may have neither I/O
    /// nor timers. Whoever stops waiting ends the request.
    pub(crate) async fn post(self: &Arc<Self>, request: Request) -> Result<Reply, Failure> {
        let http = Arc::clone(self);
        let (mut answer, answered) = oneshot::channel();
        let thread = std::thread::Builder::new().name("telemetry-deliver".to_owned());
        let posts = thread.spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            let reply = runtime.block_on(async {
                tokio::select! {
                    reply = http.exchange(request) => Some(reply),
                    () = answer.closed() => None,
                }
            });
            if let Some(reply) = reply {
                let _ = answer.send(reply);
            }
        });
        posts.map_err(|_| Failure::Broken)?;
        answered.await.unwrap_or(Err(Failure::Broken))
    }

    /// Sends the request and reads the reply, in a runtime that can do both.
    async fn exchange(&self, request: Request) -> Result<Reply, Failure> {
        let client = self.client.as_ref().ok_or(Failure::Proxy)?;
        let mut post = client.post(&request.url);
        for (name, value) in request.headers {
            post = post.header(name, value);
        }
        let response = post.body(request.body).send().await.map_err(|error| self.failure(&error))?;
        let header = |name| {
            let value = response.headers().get(name)?.to_str().ok()?;
            (value.len() <= limits::MAX_HEADER_BYTES).then(|| value.to_owned())
        };
        let content_type = header("content-type");
        let retry_after = header("retry-after");
        let date = header("date");
        let status = response.status().as_u16();
        let body = self.body(response).await?;
        Ok(Reply { status, content_type, retry_after, date, body })
    }

    /// Reads the reply, and gives up as soon as it is longer than any receipt.
    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            if body.len() + chunk.len() > limits::MAX_REPLY_BYTES {
                return Err(Failure::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Only the kind of an error is kept: its text may hold names.
    fn failure(&self, error: &reqwest::Error) -> Failure {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(at) = cause {
            if at.is::<Forbidden>() {
                return Failure::Forbidden;
            }
            if at.is::<Unresolved>() {
                return Failure::Resolve;
            }
            if at.is::<rustls::Error>() {
                return Failure::Tls;
            }
            // An I/O error hides what it was made of from `source`.
            let inner = at.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            cause = match inner {
                Some(inner) => Some(inner),
                None => at.source(),
            };
        }
        if error.is_connect() && self.resolver.is_busy() {
            Failure::Resolve
        } else if error.is_connect() {
            Failure::Connect
        } else if error.is_timeout() {
            Failure::Timeout
        } else {
            Failure::Broken
        }
    }
}

/// The proxy of a way as the library takes it, or none for the direct way; `None` where nothing may be sent.
fn proxy(way: &Way) -> Option<Option<Proxy>> {
    match way {
        Way::Direct => Some(None),
        Way::Through(proxy) => Proxy::all(proxy.url()).ok().map(Some),
        Way::Unusable(_) => None,
    }
}

/// Made once in a process: the roots of the web are some 150 certificates to read. Where it fails, as it may while
/// the system's roots cannot be read, the next transport tries again.
static TLS: OnceCell<rustls::ClientConfig> = OnceCell::new();

/// The configuration that trusts the roots of the web.
fn tls() -> Option<rustls::ClientConfig> {
    TLS.get_or_try_init(|| configure().ok_or(())).ok().cloned()
}

/// Trusts the certificates of a file and no others. With a file without one, or with one that does not read, nothing is
/// sent, and never under a lesser check.
fn own_roots(file: &Path) -> Result<rustls::ClientConfig, String> {
    let wrong = |what: &str| format!("the file of roots {} {what}", file.display());
    let unreadable = |error: pem::Error| match error {
        pem::Error::Io(error) => wrong(&format!("cannot be read: {error}")),
        _ => wrong("holds something that is no PEM"),
    };
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        let certificate = certificate.map_err(unreadable)?;
        roots.add(certificate).map_err(|_| wrong("holds a certificate that cannot be used"))?;
    }
    if roots.is_empty() {
        return Err(wrong("holds no certificate"));
    }
    let builder = builder().ok_or("TLS cannot be set up")?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// A configuration that trusts nobody yet.
fn builder() -> Option<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()
}

/// Reads the roots; `None` where the system's cannot be read.
fn configure() -> Option<rustls::ClientConfig> {
    let builder = builder()?;
    let mut store = rustls::RootCertStore::empty();
    match aboveboard_roots::roots() {
        Roots::Bundled => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::System(certificates) => {
            store.add_parsable_certificates(certificates.into_iter().map(CertificateDer::from));
        }
    }
    let builder = (!store.is_empty()).then_some(builder)?;
    Some(builder.with_root_certificates(store).with_no_client_auth())
}
