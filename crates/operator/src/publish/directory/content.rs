//! What lies in the directory of a site.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::sums::{self, SUMS, sha256};
use super::tree::{self, Kind};

/// Most bytes of [`SUMS`]: a hundred thousand files.
const MAX_SUMS_BYTES: u64 = 16 << 20;

/// Names that a refusal tells.
const MAX_TOLD: usize = 5;

/// The content of a site's directory at one moment.
#[derive(Debug)]
pub(crate) struct SiteContent {
    root: PathBuf,
    ours: BTreeMap<String, String>,
    others: BTreeMap<PathBuf, Kind>,
}

impl SiteContent {
    /// Reads a directory, or nothing where there is none, and fails where a file of ours is not what was written.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot read the site directory {}", root.display());
        let all = match tree::list(root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            all => all.with_context(cannot)?,
        };
        let ours = if all.contains_key(Path::new(SUMS)) { listed(root)? } else { BTreeMap::new() };
        let is_ours = |path: &Path| {
            path == Path::new(SUMS) || path.to_str().is_some_and(|path| ours.contains_key(path))
        };
        let others = all.into_iter().filter(|(path, _)| !is_ours(path)).collect();
        let content = Self { root: root.to_owned(), ours, others };
        content.check()?;
        Ok(content)
    }

    /// Whether no site was ever written here.
    pub(crate) fn is_new(&self) -> bool {
        self.ours.is_empty()
    }

    /// Whether a file of ours is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.ours.contains_key(path) && self.root.join(path).is_file()
    }

    /// The bytes of a file of ours; none where there is no such file.
    pub(crate) fn bytes(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        if !self.has(path) {
            return Ok(None);
        }
        let path = self.root.join(path);
        fs::read(&path).map(Some).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The hash of a file of ours.
    pub(crate) fn hash(&self, path: &str) -> Option<&str> {
        self.ours.get(path).map(String::as_str)
    }

    /// What lies here and is somebody else's.
    pub(super) fn others(&self) -> &BTreeMap<PathBuf, Kind> {
        &self.others
    }

    /// Refuses paths of ours that a link leads away from the site: what is written to them would be written elsewhere.
    pub(super) fn refuse_links_above<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a String>,
    ) -> anyhow::Result<()> {
        for path in paths {
            let is_link = |above: &&Path| self.others.get(*above) == Some(&Kind::Link);
            if let Some(link) = Path::new(path).ancestors().skip(1).find(is_link) {
                bail!(
                    "{} is a link, and {path} of the site belongs into a directory of that name; nothing was written. Put the \
                     directory itself there, with what is in it, or move the link away",
                    self.root.join(link).display()
                );
            }
        }
        Ok(())
    }

    fn check(&self) -> anyhow::Result<()> {
        self.refuse_links_above(self.ours.keys())?;
        let mut changed = Vec::new();
        for (path, hash) in &self.ours {
            match fs::read(self.root.join(path)) {
                // What is gone is made anew, or found missing by whoever needs it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Ok(bytes) if sha256(&bytes) == *hash => {}
                Ok(_) => changed.push(path.as_str()),
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("cannot read {}", self.root.join(path).display()));
                }
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let more = changed.len().saturating_sub(MAX_TOLD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        bail!(
            "{} was changed by hand: {}{more} is not what was written there, and nothing is written over it. Put the \
             published files back, from your copy or from the web server; a page (.html) may also be deleted and is made \
             anew. What you want to say beside the figures belongs into files of your own, which are kept",
            self.root.display(),
            changed.iter().take(MAX_TOLD).copied().collect::<Vec<_>>().join(", "),
        )
    }
}

/// The list of our files.
fn listed(root: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let path = root.join(SUMS);
    let damaged = || {
        format!(
            "{} does not read, so nobody knows which files of the site are published ones: put it back, from your copy or \
             from the web server",
            path.display()
        )
    };
    let length = fs::symlink_metadata(&path).with_context(damaged)?.len();
    if length > MAX_SUMS_BYTES {
        return Err(anyhow::anyhow!("it is longer than {MAX_SUMS_BYTES} bytes")).with_context(damaged);
    }
    let text = fs::read_to_string(&path).with_context(damaged)?;
    sums::read(&text).map_err(|line| anyhow::anyhow!("line {line}")).with_context(damaged)
}
