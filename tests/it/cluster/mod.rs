//! Three real collectors on one real cluster of ClickHouse.

mod guide;
