//! The helper: a program in a session of its own that delivers what is due and is gone.
//!
//! A command never talks to the network. When a delivery is due, at most once per interval, its end starts
//! `<program> telemetry-deliver` and does not wait for its work. The helper is no child of the host, holds none of its
//! descriptors, has no terminal, works in `/`, is the only one of its product (by a lock that dies with it), decides
//! consent afresh, and ends within ten seconds, if need be by killing itself.
//!
//! The program is the host itself only where the host's own `main` has called [`start`](crate::start). A library starts
//! nothing of the program that has loaded it: see [`Deliverer`].

mod children;
#[cfg_attr(unix, path = "companion/unix.rs")]
mod companion;
mod deliverer;
#[cfg_attr(unix, path = "descriptors/unix.rs")]
mod descriptors;
mod due;
mod executable;
#[cfg_attr(unix, path = "process/unix.rs")]
mod process;
mod protocol;
mod start;
mod unfinished;
mod watch;
#[cfg(feature = "uploader")]
mod work;

pub use self::descriptors::close_inherited;
pub(crate) use self::{
    children::reap,
    companion::PLACES as COMPANIONS,
    deliverer::{Deliverer, Nobody},
    due::DueFile,
    executable::{Unstartable, is_on_main_thread},
    start::{Next, consents, start, turn_to_start},
    unfinished::{Cause, Unfinished},
    watch::Watch,
};
#[cfg(not(feature = "uploader"))]
pub(crate) use self::{companion::find as companion, start::hand_over};
#[cfg(feature = "uploader")]
pub(crate) use self::{
    start::is_turn,
    work::{Hindrance, can_take_turn, take_over, turn},
};
