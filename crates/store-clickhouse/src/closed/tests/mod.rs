//! Closed days on a real server, beside closed days in memory: both are given the same, and must answer the same.

mod answers;
mod both;
mod closing;
mod deleting;
mod host;
mod reading;
mod sample;
