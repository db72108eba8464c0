//! What aboveboard does on a user's machine without a network: consent, identity, the recorder, the spool and its
//! sealing, and what a user can look at.
//!
//! This crate opens no socket, starts no thread, holds no runtime and needs no serde. Beside the standard library and the
//! crates `aboveboard-types` and `aboveboard-files` it uses rustix or windows-sys for system calls and a small HMAC-SHA-256.
#![cfg_attr(unix, forbid(unsafe_code))]

mod admission;
mod coding_agent;
pub mod consent;
mod daily;
pub mod endpoint;
pub mod environment;
pub mod error;
pub mod exposure;
pub mod identity;
pub mod inspect;
mod machine;
pub mod operator_token;
pub mod own_files;
pub mod paths;
pub mod process;
pub mod product_file;
pub mod recorder;
mod repeats;
mod rights;
pub mod spool;
#[cfg(test)]
mod tests;
