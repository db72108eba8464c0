//! What an interrupted run left beside the site.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::exchange;
use super::place::Place;
use super::sums::{self, PASSING_SUMS, SUMS, sha256};
use super::tree::{self, Kind};

/// Gives the old directory its name back where a run ended between two renames.
pub(super) fn put_back(site: &Place) -> anyhow::Result<()> {
    let passing = site.passing();
    if !site.path().exists() && passing.is_dir() {
        fs::rename(&passing, site.path())
            .and_then(|()| exchange::sync(site.parent()))
            .with_context(|| format!("{} is the site, and does not get its name back", passing.display()))?;
    }
    Ok(())
}

/// Removes the directories beside the site: one that was not finished, and one that has been replaced.
pub(super) fn remove(site: &Place) -> anyhow::Result<()> {
    for directory in [site.beside(), site.passing()] {
        remove_known(&directory, site.path()).with_context(|| {
            format!(
                "{} is left of an earlier state of the site and cannot be removed: see what is in it, and remove it",
                directory.display()
            )
        })?;
    }
    Ok(())
}

/// Removes a directory with what was ours in it and what the site has too. Nothing else is removed.
fn remove_known(directory: &Path, site: &Path) -> anyhow::Result<()> {
    let all = match tree::list(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        all => all?,
    };
    // A directory that is being made has the passing list from first to last, and consists of copies and links alone. One
    // with neither list is what was there before the first publication: nothing of it is ours.
    let is_last = |path: &Path| [SUMS, PASSING_SUMS].map(Path::new).contains(&path);
    let is_being_made = all.contains_key(Path::new(PASSING_SUMS)) && !all.contains_key(Path::new(SUMS));
    let sums = fs::read_to_string(directory.join(SUMS)).ok().and_then(|text| sums::read(&text).ok());
    let is_listed = |path: &Path| {
        let Some(sums) = &sums else { return is_being_made };
        path.to_str().is_some_and(|path| sums.contains_key(path))
    };
    let (last, first): (Vec<_>, Vec<_>) = all.iter().partition(|(path, _)| is_last(path));
    for (path, kind) in first.into_iter().rev() {
        let at = directory.join(path);
        match kind {
            Kind::Directory => fs::remove_dir(&at)?,
            _ if is_listed(path) || is_same(&at, &site.join(path), *kind)? => fs::remove_file(&at)?,
            _ => bail!("{} is in no other place", at.display()),
        }
    }
    for (path, _) in last {
        fs::remove_file(directory.join(path))?;
    }
    fs::remove_dir(directory)?;
    Ok(())
}

fn is_same(one: &Path, other: &Path, kind: Kind) -> io::Result<bool> {
    match kind {
        Kind::File => Ok(other.is_file() && sha256(&fs::read(one)?) == sha256(&fs::read(other)?)),
        Kind::Link => Ok(fs::read_link(other).is_ok_and(|target| fs::read_link(one).ok() == Some(target))),
        Kind::Directory | Kind::Other => Ok(false),
    }
}
