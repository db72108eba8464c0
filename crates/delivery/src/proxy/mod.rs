//! By which way a request leaves: straight to the collector, through the proxy that the environment names, or not at all.
//!
//! The environment is read as `curl` reads it, with three additions: upper-case `HTTP_PROXY` counts outside of CGI, blanks
//! around a value do not, and `NO_PROXY` takes ports, brackets and `*.`. **A proxy that cannot be used means that nothing
//! is sent**: who names a proxy has closed the direct way. Both transports ask here, and neither of their libraries reads
//! the environment. `tests/vectors/proxy.json` is the table that all of it keeps to.

mod address;
mod bypass;
mod destination;
mod unusable;
mod way;

pub use self::{
    address::{Credentials, Proxy, Scheme},
    destination::Destination,
    unusable::{UnusableProxy, Why},
    way::Way,
};
