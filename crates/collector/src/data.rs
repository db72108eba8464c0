//! The data directory: which process has it, where things lie in it, and whether it ever had a database.

use std::io;
use std::path::{Path, PathBuf};

use aboveboard_files::{Directory, Errno, File};
use aboveboard_store::Store;

use crate::clock::ACCEPTED;
use crate::database::{self, Opened};
use crate::disk::{ASIDE, AUDIT, CLUSTER, Folder, LOG, MANIFESTS, PUBLICATIONS, TOKENS};
use crate::error::StartError;
use crate::paused::{self, PausedItems};
use crate::place::DataPlace;

/// The file whose lock says that a process has the directory.
const LOCK: &str = "lock";

/// The file that remembers that there was a database.
const MARKER: &str = "initialised";

/// A data directory that this process alone writes, until this is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    place: DataPlace,
    folder: Folder,
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory if it is missing (mode 0700), and takes it. One that belongs to somebody else, or that
    /// others can write to, is not taken, nor one in which something else has the name of a file of ours.
    pub(crate) fn take(place: impl Into<DataPlace>) -> Result<Self, StartError> {
        let place = place.into();
        let path = place.directory();
        let error = |source| StartError::Data { path: path.to_owned(), source };
        let folder = Folder::make(path).map_err(error)?;
        check(&folder).map_err(error)?;
        let lock = lock(&folder).map_err(error)?;
        match lock.try_lock_exclusive() {
            Ok(true) => Ok(Self { place, folder, _lock: lock }),
            Ok(false) => Err(StartError::InUse(path.to_owned())),
            Err(source) => Err(error(source.into())),
        }
    }

    /// The directory itself.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The directory of the ingest log, which is made if it is missing.
    pub(crate) fn log(&self) -> Result<Folder, StartError> {
        let error = |source| StartError::Data { path: self.folder.join(LOG), source };
        let log = self.folder.inside(LOG).map_err(error)?;
        // Its own name is as needed after a power cut as those in it.
        self.folder.sync().map_err(|why| error(why.into()))?;
        Ok(log)
    }

    pub(crate) fn manifests(&self) -> PathBuf {
        Self::manifests_in(self.folder.path())
    }

    /// Where the manifests of a data directory are.
    pub(crate) fn manifests_in(path: &Path) -> PathBuf {
        path.join(MANIFESTS)
    }

    /// Whether another process has a data directory. Nobody has one that does not exist. Whoever may read the lock may
    /// ask, so that root can look at the directory of a service.
    pub(crate) fn is_taken(path: &Path) -> Result<bool, StartError> {
        let error = |source: Errno| StartError::Data { path: path.to_owned(), source: source.into() };
        let lock = match Directory::look_into(path).and_then(|directory| directory.read(LOCK)) {
            Err(Errno::NOENT) => return Ok(false),
            lock => lock.map_err(error)?,
        };
        if !lock.stat().map_err(error)?.is_regular() {
            return Err(error(Errno::INVAL));
        }
        lock.try_lock_shared().map(|is_free| !is_free).map_err(error)
    }

    /// The items that are paused.
    pub(crate) fn paused(&self) -> Result<PausedItems, StartError> {
        let error = |source| StartError::Data { path: self.folder.join(paused::NAME), source };
        PausedItems::open(&self.folder).map_err(error)
    }

    /// Opens the store to write it.
    pub(crate) fn open_store(&self) -> Result<Box<dyn Store>, StartError> {
        Ok(self.open()?.store)
    }

    /// Opens the store. A directory that had a database never silently gets a new one: a marker file remembers the first.
    pub(crate) fn open(&self) -> Result<Opened, StartError> {
        let error = |source| StartError::Data { path: self.folder.join(MARKER), source };
        let is_marked = is_there(&self.folder, MARKER).map_err(error)?;
        let must_exist = is_marked || database::is_in(self.folder.path());
        let opened = database::open(&self.place, must_exist)?;
        if !is_marked {
            let made = self.folder.create(MARKER).and_then(|file| file.sync_all());
            made.and_then(|()| self.folder.sync()).map_err(|why| error(why.into()))?;
        }
        Ok(opened)
    }
}

/// Whether anything has this name.
fn is_there(folder: &Folder, name: &str) -> io::Result<bool> {
    match folder.stat(name) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Looks at everything that has a name of ours.
fn check(folder: &Folder) -> io::Result<()> {
    for name in folder.list()? {
        match &*name {
            LOG | MANIFESTS | ASIDE | PUBLICATIONS | CLUSTER => folder.check_directory(&name)?,
            LOCK | MARKER | ACCEPTED | TOKENS | paused::NAME => folder.check_file(&name)?,
            name if name.starts_with(AUDIT) => folder.check_file(name)?,
            name if name.starts_with(database::NAME) => folder.check_file(name)?,
            // What else lies there is nobody's business, and is not opened.
            _ => {}
        }
    }
    Ok(())
}

/// Opens the file of the lock.
fn lock(folder: &Folder) -> io::Result<File> {
    let file = folder.keep(LOCK)?;
    file.checked_to_write()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    /// A user that owns nothing.
    const NOBODY: u32 = 65_534;

    /// Every name that this collector uses in a data directory.
    const NAMES: [&str; 14] = [
        LOCK,
        ACCEPTED,
        MARKER,
        TOKENS,
        AUDIT,
        LOG,
        MANIFESTS,
        ASIDE,
        CLUSTER,
        PUBLICATIONS,
        "store.sqlite",
        "store.sqlite-wal",
        "store.sqlite-shm",
        "store.sqlite.new",
    ];

    const DIRECTORIES: [&str; 5] = [LOG, MANIFESTS, ASIDE, PUBLICATIONS, CLUSTER];

    fn is_root() -> bool {
        fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
    }

    fn refusal(path: &Path) -> String {
        DataDirectory::take(path).unwrap_err().to_string()
    }

    #[test]
    fn a_directory_that_somebody_else_owns_or_may_write_to_is_not_taken() {
        let shared = tempfile::tempdir().unwrap();
        let path = shared.path().join("aboveboard-data");
        drop(DataDirectory::take(&path).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o700);
        for mode in [0o777, 0o770, 0o702, 0o1777, 0o2770] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let why = refusal(&path);
            assert!(why.contains(path.to_str().unwrap()) && why.contains("other users"), "{mode:o}: {why}");
            assert!(why.contains("chmod 700"), "the remedy: {why}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        drop(DataDirectory::take(&path).unwrap());
        if is_root() {
            chown(&path, Some(NOBODY), None).unwrap();
            let why = refusal(&path);
            assert!(why.contains("belongs to another user (uid 65534"), "{why}");
            assert!(!path.join("log").exists(), "nothing is made in it");
        }
    }

    #[test]
    fn a_link_of_another_user_to_a_directory_of_ours_is_not_followed() {
        let shared = tempfile::tempdir().unwrap();
        let ours = shared.path().join("ours");
        let link = shared.path().join("aboveboard-data");
        drop(DataDirectory::take(&ours).unwrap());
        symlink(&ours, &link).unwrap();
        drop(DataDirectory::take(&link).unwrap());
        if is_root() {
            lchown(&link, Some(NOBODY), Some(NOBODY)).unwrap();
            let why = refusal(&link);
            assert!(why.contains("is a symbolic link"), "{why}");
        }
        for (made, kind) in [("mkfifo", "a pipe"), ("touch", "a file")] {
            let path = shared.path().join(made);
            assert!(Command::new(made).arg(&path).status().unwrap().success());
            let why = refusal(&path);
            assert!(why.contains(kind), "{made}: {why}");
        }
    }

    #[test]
    fn whatever_lies_under_a_name_of_ours_is_neither_waited_for_nor_written_through() {
        type Plant = (&'static str, fn(&Path, &Path));
        let plants: [Plant; 7] = [
            ("a symbolic link", |at, victim| symlink(victim, at).unwrap()),
            ("a symbolic link", |at, _| symlink("/nothing/here", at).unwrap()),
            ("a pipe", |at, _| assert!(Command::new("mkfifo").arg(at).status().unwrap().success())),
            ("a socket", |at, victim| {
                let short = victim.with_file_name("s");
                drop(UnixListener::bind(&short).unwrap());
                fs::rename(short, at).unwrap();
            }),
            ("can be written to by other users", |at, _| {
                if DIRECTORIES.iter().any(|name| at.ends_with(name)) {
                    fs::create_dir(at).unwrap();
                } else {
                    fs::write(at, "").unwrap();
                }
                fs::set_permissions(at, fs::Permissions::from_mode(0o777)).unwrap();
            }),
            ("", |at, victim| fs::hard_link(victim, at).unwrap()),
            ("another user", |at, _| {
                fs::write(at, "").unwrap();
                chown(at, Some(NOBODY), Some(NOBODY)).unwrap();
            }),
        ];
        for (what, plant) in plants.iter().filter(|(what, _)| is_root() || *what != "another user") {
            for name in NAMES {
                let directory = tempfile::tempdir().unwrap();
                let victim = directory.path().join("victim");
                fs::write(&victim, "precious contents").unwrap();
                let data = directory.path().join("data");
                drop(DataDirectory::take(&data).unwrap());
                let _ = fs::remove_file(data.join(name));
                plant(&data.join(name), &victim);
                let why = refusal(&data);
                let is_directory = DIRECTORIES.contains(&name);
                let is_said = why.contains(what) || is_directory && why.contains("where a directory belongs");
                assert!(why.contains(name) && is_said, "{name}, {what}: {why}");
                assert_eq!(fs::read(&victim).unwrap(), b"precious contents", "{name}, {what}");
            }
        }
    }

    #[test]
    fn whether_a_collector_has_it_is_asked_without_making_or_waiting_for_anything() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        assert!(!DataDirectory::is_taken(&path).unwrap());
        assert!(!path.exists());
        let data = DataDirectory::take(&path).unwrap();
        assert!(DataDirectory::is_taken(&path).unwrap());
        assert!(matches!(DataDirectory::take(&path), Err(StartError::InUse(_))));
        drop(data);
        assert!(!DataDirectory::is_taken(&path).unwrap());
        fs::remove_file(path.join(LOCK)).unwrap();
        assert!(Command::new("mkfifo").arg(path.join(LOCK)).status().unwrap().success());
        assert!(DataDirectory::is_taken(&path).is_err());
    }
}
