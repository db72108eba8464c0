//! Every route but that of batches: erasure, manifests, health, metrics, and behind the operator's guard rows and page.

mod browser;
mod erase;
mod guard;
mod health;
mod keys;
mod manifests;
mod router;
mod rows;
mod services;

#[cfg(test)]
pub(crate) use health::OPENAPI;
pub(crate) use keys::Keys;
pub(crate) use router::{agents, operators, with_refusals};
pub(crate) use services::Services;
