//! Measurements: record, spool, ingest, apply, query
#![forbid(unsafe_code)]
