use std::fs;

use anyhow::{Result, bail};

use super::{crates, files};
use crate::run::root;
use crate::workspace::packages;

/// Crates, folders and files use each other as ARCHITECTURE.md draws it, and in no circle.
pub(crate) fn check() -> Result<()> {
    let packages = packages()?;
    let document = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let mut wrong = Vec::new();
    crates::check(&packages, &document, &mut wrong)?;
    files::check(&packages, &document, &mut wrong)?;
    if wrong.is_empty() {
        println!("layering: {} packages keep to their arrows", packages.len());
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}
