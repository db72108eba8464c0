//! What the mechanism promises, as tests with fixed seeds: a slice in every run, the full counts in a long one.

mod attacks;
mod audits;
mod coverage;
mod data_directory;
mod documents;
mod holding;
mod losses;
mod plans;
mod sampler;
mod samples;
mod subtraction;
mod sums;
mod verified;
