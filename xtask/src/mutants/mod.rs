//! Mutations: changes of one line that break a promise of published figures. The test of that promise must fail with each, or
//! it proves nothing.

mod list;
mod run;
mod tree;

pub(crate) use run::run;
