//! What the mechanism promises, as tests with fixed seeds: a slice in every run, the full counts in a long one.

mod documents;
mod holding;
mod sampler;
mod samples;
mod sums;
