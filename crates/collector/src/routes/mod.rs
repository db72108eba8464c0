//! Every route but that of batches: erasure, manifests, health, and behind the operator's guard metrics, rows and page.

mod amendments;
mod browser;
mod clock;
mod erase;
mod guard;
mod guesses;
mod health;
mod held;
mod local;
mod login;
mod manifests;
mod paused;
mod possession;
mod router;
mod rows;
mod services;
mod turns;

#[cfg(test)]
pub(crate) use health::OPENAPI;
pub(crate) use login::link;
pub(crate) use router::{agents, on_socket, operators, with_refusals};
pub(crate) use services::{Operators, Services};
