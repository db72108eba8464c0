//! The Atom feed (RFC 4287) of what changed: one entry for each change that began on one of the last days that are over.

mod answer;
mod atom;
mod beginnings;
mod entry;

pub(super) use answer::feed;
pub(super) use atom::address;
