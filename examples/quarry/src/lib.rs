//! The demo product: a catalog server, its CLI and its web console.
//!
//! It is built like many products: a server keeps a catalog of tables, views, relationships, permissions,
//! event triggers and remote schemas; a CLI moves metadata and migrations; a console shows and changes the same.
//! Each of the three embeds its agent of aboveboard in a few lines, which are the README's examples.
#![forbid(unsafe_code)]

aboveboard::manifest!("telemetry.toml");

pub mod catalog;
pub mod cli;
mod console;
mod json_file;
pub mod server;

/// The text of the manifest, which a collector needs to accept this product.
pub const MANIFEST: &str = include_str!("../telemetry.toml");
