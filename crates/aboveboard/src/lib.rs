//! Product-usage telemetry that both sides can see: the crate that adopters add
#![forbid(unsafe_code)]
