//! What others get: the crates, the compiler and the versions that they ask for, and the npm packages.

mod crates;
mod minimal;
mod msrv;
mod npm;

pub(crate) use crates::{Verify, package};
pub(crate) use minimal::build as minimal;
pub(crate) use msrv::check as msrv;
pub(crate) use npm::packed as npm;
