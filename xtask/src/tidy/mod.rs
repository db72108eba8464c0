//! What no compiler checks: links between documents, tests that they name as proofs, names, where the environment is
//! read, which files there are, and that no file grows two reasons to change.

mod check;
mod documents;
mod files;
mod finding;
mod inventory;
mod names;
mod paths;
mod published;
mod shape;
mod sleeps;
mod sources;

pub(crate) use check::check;
use finding::Finding;
