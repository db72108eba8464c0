//! manifest!: the typed API made from telemetry.toml
#![forbid(unsafe_code)]
