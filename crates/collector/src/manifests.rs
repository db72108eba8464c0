//! The manifests this collector knows: what it accepts, and how its page names things.
//!
//! They are `*.toml` files in one directory, read at the start, when the directory changes and when one is pushed.
//! Several revisions of a product may lie there; a batch is checked against its own revision, or against the next
//! newer one where its own is gone.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use aboveboard_manifest::Manifest;
use aboveboard_store::in_force::{ManifestRevision, ManifestsInForce};
use aboveboard_types::declaration::Declaration;

use crate::disk::sync;
use crate::lock::lock;

/// Largest manifest in bytes.
pub(crate) const MAX_MANIFEST_BYTES: u64 = 256 * 1024;

/// Most revisions of a product that are remembered as newer than what is here. Any client can name a revision, so there
/// is a bound, and a client that names more than these is not the product.
const MAX_AWAITED: usize = 4;

/// By how much a revision may be above the newest that is here. A product raises its revision by one at a time; what is
/// further off is made up, and is refused for good.
const MAX_REVISIONS_AHEAD: u32 = 1_000;

/// Why a directory of manifests or a pushed manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestsError {
    /// The directory or a file in it cannot be read or written.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A manifest does not parse; each problem names file, line and remedy.
    #[error("{0}")]
    Invalid(String),
    /// The same revision of a product stands there with other contents: a revision is never changed once out.
    #[error("{product} revision {revision} is known with other contents; raise the revision")]
    Conflict {
        /// Product id.
        product: String,
        /// The revision that stands twice.
        revision: u32,
    },
    /// The manifest belongs to another product than the one it was pushed for.
    #[error("the manifest is of {found}, not of {expected}")]
    OtherProduct {
        /// The product it was pushed for.
        expected: String,
        /// The product it names.
        found: String,
    },
}

/// Every known manifest, shared by all who ask; a clone sees later changes.
#[derive(Clone, Debug)]
pub(crate) struct Manifests {
    directory: PathBuf,
    read: Arc<RwLock<Arc<LoadedDirectory>>>,
    /// Held from reading the present set to replacing it, so that no change made meanwhile is lost.
    changing: Arc<Mutex<()>>,
    awaited: Arc<Mutex<Awaited>>,
}

/// How many batches of which newer revision of a product were sent back.
type Awaited = BTreeMap<String, BTreeMap<u32, u64>>;

/// What was read at one moment.
#[derive(Debug, Default)]
struct LoadedDirectory {
    in_force: Arc<ManifestsInForce>,
    fingerprint: Fingerprint,
}

/// Names, sizes and times of the files, which show whether the directory changed.
type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What is known of a revision.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// No manifest of this product is here.
    UnknownProduct,
    /// The revision is newer than every one that is here; this is the newest.
    UnknownRevision(Arc<ManifestRevision>),
    /// The revision is so much newer that no product has come to it.
    FarRevision,
    /// This is what its batches are checked against.
    Known(Arc<ManifestRevision>),
}

impl Manifests {
    /// Reads the manifests in `directory`, which is created if it is missing.
    ///
    /// # Errors
    /// Where the directory cannot be read, or any file in it is no valid manifest.
    pub(crate) fn load(directory: &Path) -> Result<Self, ManifestsError> {
        fs::create_dir_all(directory).map_err(|source| io_error(directory, source))?;
        let manifests = Self {
            directory: directory.to_owned(),
            read: Arc::default(),
            changing: Arc::default(),
            awaited: Arc::default(),
        };
        manifests.reload()?;
        Ok(manifests)
    }

    /// Reads the directory again if a file came, went or changed; true if it did. On an error, what was known stays.
    ///
    /// # Errors
    /// As for [`Manifests::load`].
    pub(crate) fn reload(&self) -> Result<bool, ManifestsError> {
        let _changing = lock(&self.changing);
        let fingerprint = fingerprint(&self.directory)?;
        if fingerprint == self.directory().fingerprint {
            return Ok(false);
        }
        let mut in_force = ManifestsInForce::default();
        for (path, _, _) in &fingerprint {
            insert(&mut in_force, read(path)?)?;
        }
        self.replace(in_force, fingerprint);
        Ok(true)
    }

    /// Takes in the text of a manifest of `product` and keeps it in the directory.
    ///
    /// # Errors
    /// Where it does not parse, is of another product, contradicts a known revision, or cannot be written.
    pub(crate) fn push(&self, product: &str, text: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
        let known = parse(text, product)?;
        let found = &known.declaration.product;
        if **found != *product {
            let expected = product.to_owned();
            return Err(ManifestsError::OtherProduct { expected, found: found.to_string() });
        }
        let revision = known.declaration.revision;
        let _changing = lock(&self.changing);
        let before = self.directory();
        let revisions = before.in_force.revisions(product);
        let is_known = revisions.is_some_and(|revisions| revisions.contains_key(&revision));
        let mut in_force = ManifestsInForce::clone(&before.in_force);
        insert(&mut in_force, Arc::clone(&known))?;
        if is_known {
            return Ok(known);
        }
        let path = self.directory.join(format!("{product}-{revision}.toml"));
        write(&path, text).map_err(|source| io_error(&path, source))?;
        // The old fingerprint: the next look reads the directory again, and with it whatever was laid there meanwhile.
        self.replace(in_force, before.fingerprint.clone());
        Ok(known)
    }

    /// What batches of this revision are checked against.
    #[must_use]
    pub(crate) fn lookup(&self, product: &str, revision: u32) -> Lookup {
        match self.in_force().revisions(product) {
            None => Lookup::UnknownProduct,
            Some(revisions) => match revisions.range(revision..).next() {
                Some((_, known)) => Lookup::Known(Arc::clone(known)),
                None => match revisions.last_key_value() {
                    Some((newest, known)) if revision - newest <= MAX_REVISIONS_AHEAD => {
                        Lookup::UnknownRevision(Arc::clone(known))
                    }
                    _ => Lookup::FarRevision,
                },
            },
        }
    }

    /// The manifests as they are now, as data.
    #[must_use]
    pub(crate) fn in_force(&self) -> Arc<ManifestsInForce> {
        Arc::clone(&self.directory().in_force)
    }

    /// The newest manifest of a product.
    #[must_use]
    pub(crate) fn manifest(&self, product: &str) -> Option<Arc<Manifest>> {
        self.newest(product).map(|known| Arc::clone(&known.manifest))
    }

    /// The newest revision of a product.
    #[must_use]
    pub(crate) fn newest(&self, product: &str) -> Option<Arc<ManifestRevision>> {
        self.in_force().newest(product).map(Arc::clone)
    }

    /// Remembers that a batch of a revision that is newer than every one here was sent back. Only what is asked of
    /// a known product is remembered, and only while this process runs: the senders keep what they have and ask again.
    /// Where there are too many, the lowest are remembered: a product comes to them first, and who makes up others cannot
    /// push them out.
    pub(crate) fn sent_back(&self, product: &str, revision: u32) {
        if !matches!(self.lookup(product, revision), Lookup::UnknownRevision(_)) {
            return;
        }
        let mut awaited = lock(&self.awaited);
        let revisions = awaited.entry(product.to_owned()).or_default();
        let count = revisions.entry(revision).or_default();
        *count = count.saturating_add(1);
        if revisions.len() > MAX_AWAITED {
            revisions.pop_last();
        }
    }

    /// The revisions of a product that agents send and that are still not here, in order, each with the number of
    /// batches that were sent back since the start.
    #[must_use]
    pub(crate) fn awaited(&self, product: &str) -> Vec<(u32, u64)> {
        let newest = self.newest(product).map_or(0, |known| known.declaration.revision);
        let mut awaited = lock(&self.awaited);
        let Some(revisions) = awaited.get_mut(product) else { return Vec::new() };
        revisions.retain(|revision, _| *revision > newest);
        revisions.iter().map(|(revision, count)| (*revision, *count)).collect()
    }

    /// The ids of the known products, in order.
    #[must_use]
    pub(crate) fn products(&self) -> Vec<String> {
        self.in_force().products().map(str::to_owned).collect()
    }

    fn directory(&self) -> Arc<LoadedDirectory> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, in_force: ManifestsInForce, fingerprint: Fingerprint) {
        let directory = LoadedDirectory { in_force: Arc::new(in_force), fingerprint };
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }
}

fn io_error(path: &Path, source: io::Error) -> ManifestsError {
    ManifestsError::Io { path: path.to_owned(), source }
}

fn fingerprint(directory: &Path) -> Result<Fingerprint, ManifestsError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(|source| io_error(directory, source))? {
        let path = entry.map_err(|source| io_error(directory, source))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let metadata = fs::metadata(&path).map_err(|source| io_error(&path, source))?;
            files.push((path, metadata.len(), metadata.modified().ok()));
        }
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Arc<ManifestRevision>, ManifestsError> {
    let text = fs::read_to_string(path).map_err(|source| io_error(path, source))?;
    parse(&text, &path.to_string_lossy())
}

fn parse(text: &str, name: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
    let manifest = aboveboard_manifest::parse(text, name).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        ManifestsError::Invalid(lines.join("\n"))
    })?;
    Ok(Arc::new(manifest.into()))
}

/// Adds a revision, unless it is there with other contents.
fn insert(in_force: &mut ManifestsInForce, new: Arc<ManifestRevision>) -> Result<(), ManifestsError> {
    let Declaration { product, revision, hash, .. } = &*new.declaration;
    let present = in_force.revisions(product).and_then(|revisions| revisions.get(revision));
    if present.is_some_and(|present| present.declaration.hash != *hash) {
        return Err(ManifestsError::Conflict { product: product.to_string(), revision: *revision });
    }
    in_force.insert(new);
    Ok(())
}

/// Whole or not at all, so that a reload never meets half a file.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let scratch = path.with_extension("toml-new");
    fs::write(&scratch, text)?;
    sync(&scratch)?;
    fs::rename(&scratch, path)?;
    path.parent().map_or(Ok(()), sync)
}

/// The manifests of the stores' contract, with the directory that holds them.
#[cfg(test)]
pub(crate) fn of_the_contract() -> (tempfile::TempDir, Manifests) {
    use aboveboard_store_contract::{PRODUCTS, manifest_text};
    let directory = tempfile::tempdir().unwrap();
    for product in PRODUCTS {
        fs::write(directory.path().join(format!("{product}.toml")), manifest_text(product)).unwrap();
    }
    let manifests = Manifests::load(directory.path()).unwrap();
    (directory, manifests)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    const TEXT: &str = include_str!("../tests/data/telemetry.toml");

    fn of(product: &str) -> String {
        TEXT.replace("id = \"quarry\"", &format!("id = \"{product}\""))
    }

    #[test]
    fn concurrent_pushes_are_all_known_and_so_is_a_file_put_there_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let manifests = Manifests::load(directory.path()).unwrap();
        fs::write(directory.path().join("laid.toml"), of("laid")).unwrap();
        let names: Vec<_> = (0..16).map(|number| format!("pushed-{number}")).collect();
        let together = Barrier::new(names.len());
        thread::scope(|scope| {
            for name in &names {
                scope.spawn(|| {
                    together.wait();
                    manifests.push(name, &of(name)).unwrap();
                });
            }
        });
        let known = manifests.products();
        assert!(names.iter().all(|name| known.contains(name)), "{known:?}");
        assert!(manifests.reload().unwrap());
        assert_eq!(manifests.products().len(), names.len() + 1);
        assert!(!manifests.reload().unwrap());
    }
}
