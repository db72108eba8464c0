//! A collector that is killed between any two calls that change something, whatever it does: closing, taking out what was removed, retention.

mod backend;
mod between;
