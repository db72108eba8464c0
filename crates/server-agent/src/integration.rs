//! What a host says that only this agent understands; the rest is in [`aboveboard_delivery::server::Settings`].

use std::path::PathBuf;

use aboveboard_core::environment::Environment;
use aboveboard_core::operator_token;
use aboveboard_core::paths::Paths;
use aboveboard_types::bearer::{bearer, is_same};
use aboveboard_types::declaration::Declaration;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::{Counter, Resolver, SharedState, System};

/// The host's closures and stores, and what opens its routes.
pub(crate) struct Integration {
    pub(crate) state_store: Option<SharedState>,
    pub(crate) counter: Option<Counter>,
    /// The file of the certificates to trust, where they are not the roots of the web.
    pub(crate) roots: Option<PathBuf>,
    pub(crate) origins: Vec<String>,
    /// What opens status and preview, where the host or the operator gave it.
    pub(crate) token: Option<String>,
    pub(crate) resolver: Resolver,
}

impl Integration {
    /// Of a host that has said nothing.
    pub(crate) fn new() -> Self {
        Self {
            state_store: None,
            counter: None,
            roots: None,
            origins: Vec::new(),
            token: None,
            resolver: Resolver::new(System),
        }
    }

    /// Puts what the operator says in variables before what the host was built with.
    pub(crate) fn resolve(&mut self, declaration: &Declaration, environment: &Environment) {
        let prefix = declaration.variable_prefix();
        if let Some(roots) = environment.path(&format!("{prefix}TELEMETRY_ROOTS")) {
            self.roots = Some(roots);
        }
        if let Some(token) = environment.var(&format!("{prefix}TELEMETRY_TOKEN")) {
            self.token = Some(token.to_string_lossy().into_owned());
        }
        self.token = self.token.take().filter(|token| !token.is_empty());
    }

    /// Whether a request states what opens status and preview.
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "only the router has requests"))]
    pub(crate) fn knows_token_of(&self, headers: &HeaderMap, paths: Option<&Paths>) -> bool {
        let mut stated = headers.get_all(AUTHORIZATION).iter();
        // Of two, a proxy in front may have checked the other one.
        let Some((value, None)) = stated.next().map(|value| (value, stated.next())) else { return false };
        let Some(token) = bearer(value.as_bytes()) else { return false };
        let own = self.token.clone().or_else(|| operator_token::read(paths?));
        own.is_some_and(|own| is_same(token, own.as_bytes()))
    }
}
