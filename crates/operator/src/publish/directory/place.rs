//! Where a site stands, and the names beside it that its exchange uses.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// The place of a site's directory.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    parent: PathBuf,
    name: OsString,
}

impl Place {
    /// The place that a path names. Nothing need be there yet, but for the directory in which it lies.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("{} cannot be the directory of a site", path.display());
        // Behind links: it is the directory itself that is exchanged.
        let path = match fs::canonicalize(path) {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => new(path).with_context(cannot)?,
            Err(error) => return Err(error).with_context(cannot),
        };
        let Some((parent, name)) = path.parent().zip(path.file_name()) else {
            bail!("{} cannot be the directory of a site: it lies in no other", path.display());
        };
        Ok(Self { parent: parent.to_owned(), name: name.to_owned(), path: path.clone() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn parent(&self) -> &Path {
        &self.parent
    }

    /// The directory beside it that is to take its place, and after the exchange the one that had it.
    pub(super) fn beside(&self) -> PathBuf {
        self.named("aboveboard-new")
    }

    /// Where the old directory stands for a moment on a system that cannot exchange two.
    pub(super) fn passing(&self) -> PathBuf {
        self.named("aboveboard-old")
    }

    fn named(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".");
        name.push(suffix);
        self.parent.join(name)
    }
}

/// The path of a directory that does not exist yet, below one that does.
fn new(path: &Path) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    let Some((parent, name)) = path.parent().zip(path.file_name()) else { bail!("it has no name") };
    let parent = fs::canonicalize(parent).with_context(|| format!("make {} first", parent.display()))?;
    Ok(parent.join(name))
}
