//! Receives, validates, logs, applies once, stores, rolls up, forgets and shows.
//!
//! The way of a batch: [`server`] (connections and their deadlines) → `ingest` (admit, decode, validate, respond) →
//! `log` (one write and one fdatasync for many requests, then the receipts) → `apply` (log to store, exactly once) →
//! [`store`] → [`rollup`] → [`page`].
#![forbid(unsafe_code)]

pub mod config;
pub mod entry;
pub mod live;
mod log;
pub mod manifests;
