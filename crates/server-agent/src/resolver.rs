//! Name resolution that nothing waits for.
//!
//! The system's resolver has no time limit, and a runtime waits for its own blocking threads when it ends: a host with
//! a silent resolver would hang at its exit. So each name is looked up on a detached thread of its own, of which there is
//! never more than one.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{fmt, io};

use aboveboard_core::endpoint::Endpoint;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

use crate::limits::MAX_ADDRESSES;

/// How a name becomes addresses; blocking. The one implementation outside tests asks the system.
pub(crate) trait LookUp: Send + Sync + 'static {
    /// The addresses of a name; may block for as long as it likes.
    fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
pub(crate) struct System;

impl LookUp for System {
    fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// A resolver with at most one thread, which outlives the clients that it is given to.
#[derive(Clone)]
pub(crate) struct Resolver {
    look_up: Arc<dyn LookUp>,
    busy: Arc<AtomicBool>,
}

impl Resolver {
    pub(crate) fn new(look_up: impl LookUp) -> Self {
        Self { look_up: Arc::new(look_up), busy: Arc::default() }
    }

    /// Whether a name is being looked up at this moment.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }

    /// Starts the thread, unless an earlier one is still waiting for its resolver.
    fn ask(&self, host: String) -> io::Result<oneshot::Receiver<io::Result<Vec<IpAddr>>>> {
        if self.busy.swap(true, Ordering::AcqRel) {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        let (sender, receiver) = oneshot::channel();
        let look_up = Arc::clone(&self.look_up);
        let busy = BusyGuard(Arc::clone(&self.busy));
        std::thread::Builder::new().name("telemetry-resolve".to_owned()).spawn(move || {
            let addresses = look_up.addresses(&host);
            drop(busy);
            // The request may have given up.
            let _ = sender.send(addresses);
        })?;
        Ok(receiver)
    }
}

/// Resolves to the addresses that may be dialled for the endpoint, and to no other.
pub(crate) struct GuardedResolver {
    pub(crate) endpoint: Endpoint,
    pub(crate) resolver: Resolver,
    /// Whether only addresses of version 4 can be used: a proxy is told them by SOCKS4.
    pub(crate) is_short: bool,
}

impl GuardedResolver {
    /// The address of a proxy is the operator's own choice, and as a rule a private one; the endpoint's own
    /// addresses are judged.
    fn may_dial(endpoint: &Endpoint, host: &str, address: IpAddr) -> bool {
        !host.eq_ignore_ascii_case(endpoint.host()) || endpoint.may_dial(address)
    }
}

/// Marks the resolver as free when the thread ends, however it ends.
struct BusyGuard(Arc<AtomicBool>);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let endpoint = self.endpoint.clone();
        let resolver = self.resolver.clone();
        let host = name.as_str().to_owned();
        let is_short = self.is_short && host.eq_ignore_ascii_case(endpoint.host());
        Box::pin(async move {
            let asked = resolver.ask(host.clone()).map_err(|_| Unresolved)?;
            let answered = asked.await.map_err(|_| Unresolved)?;
            let resolved = answered.ok().filter(|resolved| !resolved.is_empty()).ok_or(Unresolved)?;
            let may_dial = |address: &IpAddr| {
                Self::may_dial(&endpoint, &host, *address) && (address.is_ipv4() || !is_short)
            };
            let mut allowed: Vec<_> = resolved.into_iter().filter(may_dial).collect();
            if allowed.is_empty() {
                return Err(Forbidden.into());
            }
            allowed.truncate(MAX_ADDRESSES);
            let addresses = allowed.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// The name has no address, or none is known.
#[derive(Debug)]
pub(crate) struct Unresolved;

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has no address")
    }
}

impl std::error::Error for Unresolved {}

/// No address of the host may be dialled.
#[derive(Debug)]
pub(crate) struct Forbidden;

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no address of the host may be dialled")
    }
}

impl std::error::Error for Forbidden {}
