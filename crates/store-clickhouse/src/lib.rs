//! The store of several collectors in one ClickHouse cluster.
#![forbid(unsafe_code)]
