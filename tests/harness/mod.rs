//! Collector, fault proxy and program runner for the tests.
#![forbid(unsafe_code)]
