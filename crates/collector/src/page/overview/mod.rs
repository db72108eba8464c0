//! The overview of all products.

mod query;
pub(crate) mod routes;
mod summary;
mod view;

pub(crate) use query::OverviewQuery;
pub(crate) use view::{Found, overview};
