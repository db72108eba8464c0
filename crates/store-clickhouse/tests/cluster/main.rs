//! A real server of ClickHouse, asked as a collector asks it.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod blocks;
mod contract;
mod disk;
mod document;
mod fixture;
mod journal;
mod modern;
mod opening;
mod replicas;
