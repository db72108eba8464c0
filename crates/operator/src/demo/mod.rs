//! `aboveboard demo`: the whole way on one machine, with every program for real.
//!
//! A collector, the demo product's server and its CLI run as processes of this same binary, below a directory of
//! the demo's own; consent is given there by the product's own command, and the endpoint is set explicitly.

mod browser;
mod entry;
mod live;
mod process;
mod product;
mod sandbox;
mod script;
mod stop;
mod summary;
mod verb;
mod visit;

use product::RunningProduct;
use sandbox::Sandbox;
use stop::StopSignal;

pub(crate) use entry::{leash, program};
pub(crate) use verb::{Options, run};
