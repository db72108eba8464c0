//! `bridge`: the bridge of a web console, for a server or a program in any language that serves it.
//!
//! ```text
//! page ── host ── Unix socket: socket ─ visit ─ request ─ console ── recorder
//!           └──── its standard input ends, and so does this
//! ```
//!
//! The host passes on the requests of one path as they came, with the secret of this start. Where telemetry is off there is
//! no socket, and the host answers by itself.

mod console;
mod lines;
mod request;
mod socket;
mod verb;
mod visit;

pub(crate) use self::verb::{Options, run};
