//! The listener: an accept loop of its own, since a server on the open internet needs deadlines for every phase of a
//! connection, a bound on their number and a way to stop.

mod activity;
mod connections;
mod dispatch;
mod echo;
mod framing;
mod lengths;
mod limits;
mod listener;
mod peer;
mod protection;
mod reply;
mod stream;

pub(crate) use dispatch::Routes;
pub(crate) use listener::{Server, bind};
pub(crate) use peer::Peer;
