//! The grammar of telemetry.toml: what a product may collect
#![forbid(unsafe_code)]
