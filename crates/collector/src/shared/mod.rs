//! What all collectors of a cluster know alike, beside what the store holds: manifests, tokens, paused items.
//!
//! Each change is a document of the cluster's journal. Every collector looks for new ones and keeps them in its own data
//! directory, so that it takes in and refuses the same while the cluster is away. A collector with SQLite has nobody to tell.

mod documents;
mod existing;
mod follow;
mod known;

#[cfg(test)]
mod tests;

pub(crate) use existing::existing;
pub(crate) use follow::follow;
pub(crate) use known::Shared;
