//! The proxy on the way to a collector, as people are told of it.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::proxy::{Way, Why};

use crate::verbs::Context;
use crate::verbs::doctor::Problem;
use crate::way;

/// The proxy that is used, without user and password, and the variable that names it.
pub(crate) fn proxy(context: &Context<'_>, endpoint: &Endpoint) -> Option<(String, &'static str)> {
    match way::to(endpoint, &context.settings) {
        Way::Through(proxy) => Some((proxy.to_string(), proxy.variable)),
        Way::Direct | Way::Unusable(_) => None,
    }
}

/// Why the proxy that is named is not used.
pub(crate) fn unusable_proxy(context: &Context<'_>, endpoint: &Endpoint) -> Option<Problem> {
    let Way::Unusable(unusable) = way::to(endpoint, &context.settings) else { return None };
    let what = format!("{unusable}, so nothing is sent, and never past it");
    let past = format!("name {} in NO_PROXY if it is reached without a proxy", endpoint.host());
    let remedy = match unusable.why {
        Why::Roots => format!("unset one of the two, or {past}"),
        _ => format!("write it as http://HOST:PORT or unset it, or {past}"),
    };
    Some(Problem::new("proxy", what, unusable.variable, remedy))
}
