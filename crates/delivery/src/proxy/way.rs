//! From environment and destination to a way.

use std::ffi::OsString;

use aboveboard_core::environment::Environment;

use super::address::Proxy;
use super::bypass;
use super::destination::Destination;
use super::unusable::{UnusableProxy, Why};

/// The longest value of a variable that names a proxy, in bytes. Longer ones arrive here cut.
const MAX_VALUE_BYTES: usize = 4000;

/// What CGI sets. There the client of a web server chooses `HTTP_PROXY`, by a header `Proxy`.
const CGI: &str = "REQUEST_METHOD";

/// The way of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight to the collector: the environment names no proxy for it.
    Direct,
    /// Through a proxy.
    Through(Proxy),
    /// A proxy is named and cannot be used, so nothing is sent.
    Unusable(UnusableProxy),
}

impl Way {
    /// The way to a destination.
    #[must_use]
    pub fn to<'d>(destination: impl Into<Destination<'d>>, environment: &Environment) -> Self {
        let destination = destination.into();
        let Some((variable, value)) = named(destination, environment) else { return Self::Direct };
        let list = first(["no_proxy", "NO_PROXY"], |name| environment.long_var(name));
        if list.is_some_and(|(_, list)| bypass::is_named(&list.to_string_lossy(), destination)) {
            return Self::Direct;
        }
        let text = value.to_str().filter(|text| text.len() <= MAX_VALUE_BYTES).ok_or(Why::Value);
        match text.and_then(|text| Proxy::parse(variable, text)) {
            Ok(proxy) => Self::Through(proxy),
            Err(why) => Self::Unusable(UnusableProxy { variable, why }),
        }
    }

    /// The same way, but where it leads through a proxy none, for this reason.
    #[must_use]
    pub fn without_proxy(self, why: Why) -> Self {
        match self {
            Self::Through(Proxy { variable, .. }) => Self::Unusable(UnusableProxy { variable, why }),
            way => way,
        }
    }
}

/// The variable that names a proxy for the destination, with its value.
fn named(destination: Destination<'_>, environment: &Environment) -> Option<(&'static str, OsString)> {
    let names = match destination.tls {
        true => ["https_proxy", "HTTPS_PROXY"],
        false => ["http_proxy", "HTTP_PROXY"],
    };
    let is_chosen_by_a_client = |name: &str| name == "HTTP_PROXY" && environment.var(CGI).is_some();
    let value = |name: &str| environment.var(name).filter(|_| !is_chosen_by_a_client(name));
    first(names, value).or_else(|| first(["all_proxy", "ALL_PROXY"], value))
}

/// The first of these variables that is set to anything.
fn first(
    names: [&'static str; 2],
    value: impl Fn(&str) -> Option<OsString>,
) -> Option<(&'static str, OsString)> {
    let is_blank = |value: &OsString| value.to_str().is_some_and(|text| text.trim().is_empty());
    names.into_iter().find_map(|name| Some((name, value(name).filter(|value| !is_blank(value))?)))
}
