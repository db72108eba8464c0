//! Three real collectors on one real cluster of ClickHouse.

mod account;
mod crowd;
mod erasures;
mod faults;
mod guide;
mod oracle;
mod random;
mod readers;
mod scene;
mod scripted;
mod senders;
