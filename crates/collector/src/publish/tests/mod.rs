//! What the mechanism promises, as tests with fixed seeds: a slice in every run, the full counts in a long one.

mod attacks;
mod coverage;
mod documents;
mod holding;
mod plans;
mod sampler;
mod samples;
mod subtraction;
mod sums;
