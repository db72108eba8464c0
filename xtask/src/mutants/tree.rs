//! A copy of the tree, in which a line can be changed without touching what somebody works on.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use super::list::Mutation;
use crate::run::{output, program, root, target};

/// The copy; it has a build directory of its own.
pub(super) struct Tree(PathBuf);

impl Tree {
    /// Copies what git lists, files that are new included, and takes out what is no more. Files that did not change are left as
    /// they are: what was built of them is used again.
    pub(super) fn copy() -> Result<Self> {
        let tree = Self(target()?.join("mutants"));
        let listed =
            output(program("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
        let is_there = |file: &&str| !file.is_empty() && root().join(file).is_file();
        let files: BTreeSet<&str> = listed.split('\0').filter(is_there).collect();
        for file in &files {
            let bytes = fs::read(root().join(file)).with_context(|| format!("cannot read {file}"))?;
            tree.write(file, &bytes)?;
        }
        let kept: BTreeSet<PathBuf> = files.iter().map(|file| tree.0.join(file)).collect();
        take_out(&tree.0, &kept, &tree.0.join("target"))?;
        Ok(tree)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes a change; [`undo`](Self::undo) takes it back.
    pub(super) fn change(&self, mutation: &Mutation) -> Result<()> {
        let text = fs::read_to_string(root().join(mutation.file))?;
        let places = text.matches(mutation.from).count();
        ensure!(places == 1, "{}: {:?} stands {places} times in it", mutation.file, mutation.from);
        self.write(mutation.file, text.replacen(mutation.from, mutation.to, 1).as_bytes())
    }

    pub(super) fn undo(&self, mutation: &Mutation) -> Result<()> {
        self.write(mutation.file, &fs::read(root().join(mutation.file))?)
    }

    fn write(&self, file: &str, bytes: &[u8]) -> Result<()> {
        let path = self.0.join(file);
        if fs::read(&path).is_ok_and(|known| known == bytes) {
            return Ok(());
        }
        fs::create_dir_all(path.parent().context("a file in no folder")?)?;
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Removes all files of a folder but those that are kept, and what was built.
fn take_out(folder: &Path, kept: &BTreeSet<PathBuf>, built: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if path != built {
                take_out(&path, kept, built)?;
            }
        } else if !kept.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}
