//! The demo product: a catalog server, its CLI and its web console
#![forbid(unsafe_code)]
