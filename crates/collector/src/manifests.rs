//! The manifests this collector knows: what it accepts, and how its page names things.
//!
//! They are `*.toml` files in one directory, read at the start, when the directory changes and when one is pushed.
//! Several revisions of a product may lie there; a batch is checked against its own revision, or against the next
//! newer one where its own is gone. A file that cannot be used is rejected by itself: the others go on, and so does what
//! it held before, as long as this process runs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime};

use aboveboard_manifest::{MAX_MANIFEST_BYTES, Manifest};
use aboveboard_store::StoreError;
use aboveboard_store::in_force::{ManifestRevision, ManifestsInForce};
use aboveboard_types::declaration::Declaration;

use crate::awaited::{Awaited, AwaitedRevisions, Voice};
use crate::disk::Folder;
use crate::lock::lock;
use crate::names::{is_product_id, is_slip, printable};
use crate::paused::Item;

/// Most rejected files that are named; the others are counted.
pub(crate) const MAX_NAMED_REJECTIONS: usize = 16;

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
    /// The cluster did not confirm it, so that the other collectors may hear of it or not.
    #[error("the cluster did not confirm the change; try again: {0}")]
    NotShared(StoreError),
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
    directory: Folder,
    read: Arc<RwLock<Arc<LoadedDirectory>>>,
    /// Held from reading the present set to replacing it, so that no change made meanwhile is lost.
    changing: Arc<Mutex<()>>,
    /// By product.
    awaited: Arc<Mutex<BTreeMap<String, AwaitedRevisions>>>,
}

/// What was read at one moment.
#[derive(Debug, Default)]
struct LoadedDirectory {
    in_force: Arc<ManifestsInForce>,
    fingerprint: Fingerprint,
    /// What each file holds, or held when it could last be used.
    files: BTreeMap<PathBuf, Arc<ManifestRevision>>,
    rejected: Arc<[RejectedManifest]>,
}

/// A file of the directory that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RejectedManifest {
    /// Its name, printable.
    pub(crate) file: String,
    /// The product that it seems to be of, by what stands in it or by its name.
    pub(crate) product: Option<String>,
    /// What is wrong, printable.
    pub(crate) why: String,
}

/// Names, sizes and times of the files, which show whether the directory changed.
type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What is known of a revision.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// No manifest of this product is here.
    UnknownProduct,
    /// A manifest of this product is here, and none that can be used.
    Rejected,
    /// The revision is newer than every one that is here; this is the newest.
    UnknownRevision(Arc<ManifestRevision>),
    /// This is what its batches are checked against.
    Known(Arc<ManifestRevision>),
}

impl Manifests {
    /// Reads the manifests in `directory`, which is created if it is missing.
    ///
    /// # Errors
    /// Where the directory cannot be read. A file in it that cannot be used is [rejected](Self::rejected) by itself.
    pub(crate) fn load(directory: &Path) -> Result<Self, ManifestsError> {
        Self::of(Folder::make(directory).map_err(|source| io_error(directory, source))?)
    }

    /// Reads the manifests in `directory`, whoever owns it, for somebody who only looks.
    ///
    /// # Errors
    /// Where the directory cannot be read.
    pub(crate) fn look(directory: &Path) -> Result<Self, ManifestsError> {
        Self::of(Folder::look(directory).map_err(|source| io_error(directory, source))?)
    }

    fn of(directory: Folder) -> Result<Self, ManifestsError> {
        let manifests =
            Self { directory, read: Arc::default(), changing: Arc::default(), awaited: Arc::default() };
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
        self.read_again(fingerprint);
        Ok(true)
    }

    /// Reads the directory again, whether it seems to have changed or not.
    ///
    /// # Errors
    /// As for [`Manifests::load`].
    pub(crate) fn reload_all(&self) -> Result<(), ManifestsError> {
        let _changing = lock(&self.changing);
        self.read_again(fingerprint(&self.directory)?);
        Ok(())
    }

    fn read_again(&self, fingerprint: Fingerprint) {
        let before = self.directory();
        let mut rejected = Vec::new();
        let mut files = BTreeMap::new();
        for (path, bytes, _) in &fingerprint {
            match read(&self.directory, path, *bytes) {
                Ok(revision) => drop(files.insert(path.clone(), revision)),
                Err(error) => {
                    rejected.push(RejectedManifest::new(&self.directory, path, &error));
                    if let Some(kept) = before.files.get(path) {
                        files.insert(path.clone(), Arc::clone(kept));
                    }
                }
            }
        }
        let mut in_force = ManifestsInForce::default();
        // Of two files that contradict each other, the one that was in force stays.
        let is_new = |revision: &ManifestRevision| !before.holds(revision);
        let mut ordered: Vec<_> = files.iter().collect();
        ordered.sort_by_key(|(path, revision)| (is_new(revision), *path));
        for (path, revision) in ordered {
            if let Err(error) = insert(&mut in_force, Arc::clone(revision)) {
                rejected.push(RejectedManifest::new(&self.directory, path, &error));
            }
        }
        for RejectedManifest { file, why, .. } in &rejected {
            tracing::error!(file, why, "a manifest cannot be used; everything else stays in force");
        }
        let rejected = rejected.into();
        self.replace(LoadedDirectory { in_force: Arc::new(in_force), fingerprint, files, rejected });
    }

    /// The files of the directory that cannot be used.
    #[must_use]
    pub(crate) fn rejected(&self) -> Arc<[RejectedManifest]> {
        Arc::clone(&self.directory().rejected)
    }

    /// Takes in the text of a manifest of `product` and keeps it in the directory.
    ///
    /// # Errors
    /// Where it does not parse, is of another product, contradicts a known revision, or cannot be written.
    pub(crate) fn push(&self, product: &str, text: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
        let known = read_pushed(product, text)?;
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
        let name = format!("{product}-{revision}.toml");
        let path = self.directory.join(&name);
        // Whole or not at all, so that a reload never meets half a file.
        let written = self.directory.replace(&name, text.as_bytes(), true);
        written.and_then(|()| self.directory.sync()).map_err(|error| io_error(&path, error.into()))?;
        // The old fingerprint: the next look reads the directory again, and with it whatever was laid there meanwhile.
        let mut files = before.files.clone();
        files.insert(path, Arc::clone(&known));
        self.replace(LoadedDirectory {
            in_force: Arc::new(in_force),
            fingerprint: before.fingerprint.clone(),
            files,
            rejected: Arc::clone(&before.rejected),
        });
        Ok(known)
    }

    /// Whether the text of a manifest of `product` could be taken in. Returns what it declares.
    ///
    /// # Errors
    /// As for [`Manifests::push`], but for writing it.
    pub(crate) fn check(&self, product: &str, text: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
        let known = read_pushed(product, text)?;
        insert(&mut ManifestsInForce::clone(&self.in_force()), Arc::clone(&known))?;
        Ok(known)
    }

    /// Keeps the text of a revision that stands for all collectors of a cluster. Returns whether it was not here.
    ///
    /// # Errors
    /// As for [`Manifests::load`], and where it cannot be written.
    pub(crate) fn adopt(&self, product: &str, revision: u32, text: &str) -> Result<bool, ManifestsError> {
        let name = format!("{product}-{revision}.toml");
        let path = self.directory.join(&name);
        let in_force = self.in_force();
        let present = in_force.revisions(product).and_then(|revisions| revisions.get(&revision));
        if present.is_some_and(|present| present.manifest.text() == text) {
            return Ok(false);
        }
        if self.directory.laid(&name, MAX_MANIFEST_BYTES).is_ok_and(|present| present == text.as_bytes()) {
            return Ok(false);
        }
        let written = self.directory.replace(&name, text.as_bytes(), true);
        written.and_then(|()| self.directory.sync()).map_err(|error| io_error(&path, error.into()))?;
        self.reload_all()?;
        Ok(true)
    }

    /// What batches of this revision are checked against.
    #[must_use]
    pub(crate) fn lookup(&self, product: &str, revision: u32) -> Lookup {
        match self.in_force().revisions(product) {
            // Its agents keep what they have until the file is mended.
            None if self.directory().rejects(product) => Lookup::Rejected,
            None => Lookup::UnknownProduct,
            Some(revisions) => match revisions.range(revision..).next() {
                Some((_, known)) => Lookup::Known(Arc::clone(known)),
                None => match revisions.last_key_value() {
                    Some((_, known)) => Lookup::UnknownRevision(Arc::clone(known)),
                    None => Lookup::UnknownProduct,
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

    /// The product of this collector that somebody meant who named this one: itself, or the one that is a slip of a finger away.
    #[must_use]
    pub(crate) fn meant(&self, product: &str) -> Option<Arc<str>> {
        let in_force = self.in_force();
        if in_force.newest(product).is_some() {
            return Some(product.into());
        }
        in_force.products().find(|known| is_slip(known, product)).map(Arc::from)
    }

    /// Remembers that somebody sent a batch of a revision that is newer than every one here. Only what is asked of a known
    /// product is remembered, and only while this process runs: the senders keep what they have and ask again.
    pub(crate) fn sent_back(&self, product: &str, revision: u32, voice: Voice) {
        if !matches!(self.lookup(product, revision), Lookup::UnknownRevision(_)) {
            return;
        }
        let now = Instant::now();
        let mut awaited = lock(&self.awaited);
        let of_product = awaited.entry(product.to_owned()).or_insert_with(|| AwaitedRevisions::new(now));
        of_product.hear(voice, revision, now);
    }

    /// The revisions of a product that agents send and that are still not here.
    #[must_use]
    pub(crate) fn awaited(&self, product: &str) -> Awaited {
        let newest = self.newest(product).map_or(0, |known| known.declaration.revision);
        let mut awaited = lock(&self.awaited);
        awaited.get_mut(product).map(|known| known.above(newest, Instant::now())).unwrap_or_default()
    }

    /// The item of a product that an operator names, or what to write instead.
    pub(crate) fn item(&self, product: &str, name: &str) -> Result<Item, String> {
        let in_force = self.in_force();
        let revisions = in_force.revisions(product).ok_or("no product of this name is known here")?;
        let declarations: Vec<&Declaration> = revisions.values().map(|known| &*known.declaration).collect();
        let mut items = Item::named(name, &declarations);
        match (items.len(), items.pop()) {
            (1, Some(item)) => Ok(item),
            (0, _) | (_, None) => Err(format!(
                "{product} declares no item {:?}: name one as command:NAME, action:NAME, route:PATTERN, event:NAME, \
                 field:EVENT.FIELD, count:NAME or timing:NAME",
                printable(name)
            )),
            (_, Some(last)) => {
                items.push(last);
                let names: Vec<String> = items.iter().map(ToString::to_string).collect();
                Err(format!("{:?} may be {}: write which", printable(name), names.join(" or ")))
            }
        }
    }

    /// The ids of the known products, in order.
    #[must_use]
    pub(crate) fn products(&self) -> Vec<String> {
        self.in_force().products().map(str::to_owned).collect()
    }

    fn directory(&self) -> Arc<LoadedDirectory> {
        Arc::clone(&self.read.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, directory: LoadedDirectory) {
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }
}

impl LoadedDirectory {
    /// Whether a revision is in force, with the same contents.
    fn holds(&self, revision: &ManifestRevision) -> bool {
        let Declaration { product, revision, hash, .. } = &*revision.declaration;
        let present = self.in_force.revisions(product).and_then(|revisions| revisions.get(revision));
        present.is_some_and(|present| present.declaration.hash == *hash)
    }

    fn rejects(&self, product: &str) -> bool {
        self.rejected.iter().any(|rejected| rejected.product.as_deref() == Some(product))
    }
}

impl RejectedManifest {
    fn new(directory: &Folder, path: &Path, error: &ManifestsError) -> Self {
        let file = name_of(path);
        // What was half written may still say whose it is.
        let text = directory.laid(&file, MAX_MANIFEST_BYTES).ok();
        let text = text.map(|start| String::from_utf8_lossy(&start).into_owned());
        let stem = file.strip_suffix(".toml").unwrap_or(&file);
        let named = stem.rsplit_once('-').filter(|(_, revision)| revision.parse::<u32>().is_ok());
        let named = named.map_or(stem, |(product, _)| product);
        let product = text.as_deref().and_then(id_in).or(Some(named)).filter(|id| is_product_id(id));
        Self {
            product: product.map(str::to_owned),
            file: printable(&file),
            why: printable(&error.to_string().replace('\n', "; ")),
        }
    }
}

/// The id in the text of a manifest that does not parse.
fn id_in(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("id")?.trim_start().strip_prefix('=')?;
        value.trim_start().strip_prefix('"')?.split('"').next()
    })
}

fn io_error(path: &Path, source: io::Error) -> ManifestsError {
    ManifestsError::Io { path: path.to_owned(), source }
}

/// The name of a file in the directory.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn fingerprint(directory: &Folder) -> Result<Fingerprint, ManifestsError> {
    let mut files = Vec::new();
    let names = directory.list().map_err(|error| io_error(directory.path(), error.into()))?;
    for name in names.into_iter().filter(|name| name.ends_with(".toml")) {
        // One that cannot be looked at is rejected when it is read.
        let found = directory.stat(&name).ok();
        let bytes = found.as_ref().map_or(0, |found| found.size());
        files.push((directory.join(&name), bytes, found.as_ref().map(aboveboard_files::Stat::modified)));
    }
    files.sort();
    Ok(files)
}

fn read(directory: &Folder, path: &Path, bytes: u64) -> Result<Arc<ManifestRevision>, ManifestsError> {
    if bytes > MAX_MANIFEST_BYTES as u64 {
        return Err(ManifestsError::Invalid(format!("it has more than {MAX_MANIFEST_BYTES} bytes")));
    }
    let io = |source| io_error(path, source);
    let text = directory.laid(&name_of(path), MAX_MANIFEST_BYTES).map_err(io)?;
    let text = String::from_utf8(text).map_err(|_| io(io::Error::other("it is no text in UTF-8")))?;
    parse(&text, &path.to_string_lossy())
}

fn parse(text: &str, name: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
    let manifest = aboveboard_manifest::parse(text, name).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        ManifestsError::Invalid(lines.join("\n"))
    })?;
    Ok(Arc::new(manifest.into()))
}

/// What a manifest declares that was pushed for a product.
fn read_pushed(product: &str, text: &str) -> Result<Arc<ManifestRevision>, ManifestsError> {
    let known = parse(text, product)?;
    let found = &known.declaration.product;
    if **found != *product {
        let expected = product.to_owned();
        return Err(ManifestsError::OtherProduct { expected, found: found.to_string() });
    }
    Ok(known)
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

/// The manifests of the stores' contract, with the directory that holds them.
#[cfg(test)]
pub(crate) fn of_the_contract() -> (tempfile::TempDir, Manifests) {
    use aboveboard_store_contract::{PRODUCTS, manifest_text};
    use std::fs;
    let directory = tempfile::tempdir().unwrap();
    for product in PRODUCTS {
        fs::write(directory.path().join(format!("{product}.toml")), manifest_text(product)).unwrap();
    }
    let manifests = Manifests::load(directory.path()).unwrap();
    (directory, manifests)
}

#[cfg(test)]
mod tests {
    use std::fs;
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

    #[test]
    fn a_file_that_cannot_be_used_is_rejected_alone_and_what_it_held_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let lay = |name: &str, text: &[u8]| fs::write(directory.path().join(name), text).unwrap();
        lay("quarry-1.toml", of("quarry").as_bytes());
        lay("mason-1.toml", of("mason").as_bytes());
        let manifests = Manifests::load(directory.path()).unwrap();
        assert_eq!(manifests.rejected().len(), 0);
        // Half a manifest, in the place of a good one and beside them.
        lay("mason-1.toml", &of("mason").as_bytes()[..300]);
        lay("smith-2.toml", &of("smith").as_bytes()[..300]);
        lay("bytes.toml", b"\xff\xfe");
        lay("huge.toml", &vec![b'#'; 300 * 1024]);
        fs::create_dir(directory.path().join("folder.toml")).unwrap();
        std::os::unix::fs::symlink("nowhere", directory.path().join("dangling.toml")).unwrap();
        // The same revision with other contents.
        lay("a-quarry.toml", of("quarry").replace("Quarry", "Other").as_bytes());
        assert!(manifests.reload().unwrap());
        let rejected: Vec<_> =
            manifests.rejected().iter().map(|one| (one.file.clone(), one.product.clone())).collect();
        let file = |name: &str, product: &str| (name.to_owned(), Some(product.to_owned()));
        assert_eq!(
            rejected,
            [
                file("bytes.toml", "bytes"),
                file("dangling.toml", "dangling"),
                file("folder.toml", "folder"),
                file("huge.toml", "huge"),
                file("mason-1.toml", "mason"),
                file("smith-2.toml", "smith"),
                file("a-quarry.toml", "quarry")
            ]
        );
        assert!(manifests.rejected().iter().all(|one| !one.why.is_empty() && !one.why.contains('\n')));
        assert_eq!(manifests.products(), ["mason", "quarry"]);
        assert!(matches!(manifests.lookup("mason", 1), Lookup::Known(_)), "the good one goes on");
        assert!(matches!(manifests.lookup("smith", 2), Lookup::Rejected), "its agents keep what they have");
        assert!(matches!(manifests.lookup("stranger", 1), Lookup::UnknownProduct));
        assert!(manifests.manifest("quarry").unwrap().text().contains("Quarry"));
        assert!(!manifests.reload().unwrap(), "said once");
        // The next start knows what can be used.
        let again = Manifests::load(directory.path()).unwrap();
        assert_eq!(again.products(), ["quarry"]);
        assert!(matches!(again.lookup("mason", 1), Lookup::Rejected));
        lay("mason-1.toml", of("mason").as_bytes());
        again.reload_all().unwrap();
        assert!(matches!(again.lookup("mason", 1), Lookup::Known(_)));
    }

    #[test]
    fn what_is_no_file_of_the_operator_is_rejected_and_neither_waited_for_nor_followed() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let elsewhere = tempfile::tempdir().unwrap();
        let other = elsewhere.path().join("other.toml");
        fs::write(&other, of("linked")).unwrap();
        fs::write(at("quarry-1.toml"), of("quarry")).unwrap();
        symlink(&other, at("link.toml")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe.toml")).status().unwrap().success());
        fs::write(at("shared.toml"), of("shared")).unwrap();
        fs::set_permissions(at("shared.toml"), fs::Permissions::from_mode(0o666)).unwrap();
        fs::write(at("foreign.toml"), of("foreign")).unwrap();
        let is_root = fs::metadata(directory.path()).unwrap().uid() == 0;
        if is_root {
            chown(at("foreign.toml"), Some(65_534), None).unwrap();
        }
        let manifests = Manifests::load(directory.path()).unwrap();
        let expected: &[&str] = if is_root { &["quarry"] } else { &["foreign", "quarry"] };
        assert_eq!(manifests.products(), expected);
        let why: Vec<_> =
            manifests.rejected().iter().map(|one| format!("{}: {}", one.file, one.why)).collect();
        for words in [
            "link.toml: ",
            "it is a symbolic link",
            "pipe.toml: ",
            "it is no regular file",
            "every user can write to it",
        ] {
            assert!(why.iter().any(|one| one.contains(words)), "{words}: {why:?}");
        }
        // A push takes the name that a link has, and leaves what it names.
        symlink(&other, at("mason-4.toml")).unwrap();
        let text = of("mason").replace("revision = 1", "revision = 4");
        let revision = manifests.push("mason", &text).unwrap().declaration.revision;
        assert_eq!(fs::read_to_string(&other).unwrap(), of("linked"), "revision {revision}");
    }
}
