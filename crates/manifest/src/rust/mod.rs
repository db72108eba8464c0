//! The typed Rust API that `manifest!` expands to.
//!
//! Texts of the manifest enter the generated code as escaped literals only; names are identifiers by grammar.

mod closed_list;
mod data;
mod event;
mod module;
mod source;
mod timing;
