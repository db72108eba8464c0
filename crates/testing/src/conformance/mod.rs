//! What every transport must do, run against a server on loopback that misbehaves.
//!
//! A test of a transport is one line: [`run`] with a way to make the transport for an endpoint. It takes as long as
//! the time limit of one request, about eleven seconds, since silence has to be waited for.

mod server;
mod suite;

pub use self::suite::{MakeTransport, run};
