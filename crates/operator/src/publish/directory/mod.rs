//! The directory of a site: what of it is ours, what lies in it besides, and how it is exchanged for a new one.
//!
//! A new directory is written beside it, synced, and takes its name; so whoever serves or copies the site finds the old one
//! or the new one, whole. The file `SHA256SUMS` in it names every file of ours with its hash. What it does not name is somebody
//! else's, such as `CNAME` or `.git`, and goes along.

mod content;
mod exchange;
mod leftover;
mod place;
mod site;
mod sums;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub(crate) use content::SiteContent;
pub(crate) use site::SiteDirectory;
pub(crate) use sums::sha256;
pub(crate) use write::NewFile;
