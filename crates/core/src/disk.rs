//! Directories and files as this crate uses them: through descriptors, never through a link, only what is ours.
//!
//! A directory is opened once and everything in it is reached by name from its descriptor, so swapping a path
//! under our feet changes nothing. A file counts only if it is a regular one; what must be ours has our effective
//! user as its owner. Nothing here waits: locks are tried, and opening a FIFO does not block.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::{Errno, Result};

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const PLAIN: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A directory that belongs to us and that nobody else can write to.
#[derive(Debug)]
pub(crate) struct Directory(OwnedFd);

impl Directory {
    /// Opens an existing directory.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::checked(rustix::fs::openat(CWD, path, DIRECTORY, Mode::empty())?)
    }

    /// Opens a directory that a host or user may share with others, making it and what lies above it where it is
    /// missing. Who can write there can delete an answer, which turns nothing on.
    pub(crate) fn make_open(path: &Path) -> Result<Self> {
        make_path(path)?;
        let fd = rustix::fs::openat(CWD, path, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty())?;
        Ok(Self(clear_of_stdio(fd)?))
    }

    /// Opens a directory, making it and what lies above it where it is missing. True if it was made.
    pub(crate) fn make(path: &Path) -> Result<(Self, bool)> {
        match Self::open(path) {
            Err(Errno::NOENT) => {}
            found => return found.map(|directory| (directory, false)),
        }
        make_path(path)?;
        Ok((Self::open(path)?, true))
    }

    /// Opens a directory inside this one.
    pub(crate) fn directory(&self, name: &str) -> Result<Self> {
        Self::checked(rustix::fs::openat(&self.0, name, DIRECTORY, Mode::empty())?)
    }

    /// Opens a directory inside this one, making it where it is missing.
    pub(crate) fn make_directory(&self, name: &str) -> Result<Self> {
        match self.directory(name) {
            Err(Errno::NOENT) => {}
            found => return found,
        }
        hook::strike("mkdir")?;
        match rustix::fs::mkdirat(&self.0, name, PRIVATE_DIRECTORY) {
            Ok(()) | Err(Errno::EXIST) => self.directory(name),
            Err(error) => Err(error),
        }
    }

    fn checked(fd: OwnedFd) -> Result<Self> {
        let fd = clear_of_stdio(fd)?;
        let stat = rustix::fs::fstat(&fd)?;
        let shared = Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH);
        if shared || stat.st_uid != euid() { Err(Errno::PERM) } else { Ok(Self(fd)) }
    }

    /// Opens an existing file to append to it.
    pub(crate) fn append(&self, name: &str) -> Result<File> {
        hook::strike("open")?;
        self.open_file(name, OFlags::WRONLY | OFlags::APPEND)
    }

    /// Makes a file that must not exist, to write it.
    pub(crate) fn create(&self, name: &str) -> Result<File> {
        hook::strike("open")?;
        self.open_file(name, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL)
    }

    /// Opens a file to read it.
    pub(crate) fn read(&self, name: &str) -> Result<File> {
        hook::strike("read")?;
        self.open_file(name, OFlags::RDONLY)
    }

    fn open_file(&self, name: &str, flags: OFlags) -> Result<File> {
        let fd = rustix::fs::openat(&self.0, name, flags | PLAIN, PRIVATE_FILE)?;
        Ok(File(clear_of_stdio(fd)?))
    }

    /// Whether `name` still is the file that `known` describes.
    pub(crate) fn names(&self, name: &str, known: &Stat) -> bool {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| stat.st_ino == known.st_ino && stat.st_dev == known.st_dev)
    }

    /// What the system says of an entry.
    pub(crate) fn stat(&self, name: &str) -> Result<Stat> {
        rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Renames within this directory, over whatever has the new name.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<()> {
        hook::strike("rename")?;
        rustix::fs::renameat(&self.0, from, &self.0, to)
    }

    /// Renames within this directory unless something has the new name (`EXIST`).
    pub(crate) fn rename_to_new(&self, from: &str, to: &str) -> Result<()> {
        hook::strike("rename")?;
        #[cfg(target_os = "linux")]
        match rustix::fs::renameat_with(&self.0, from, &self.0, to, rustix::fs::RenameFlags::NOREPLACE) {
            // Some file systems cannot; a link cannot replace anything either.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            done => return done,
        }
        rustix::fs::linkat(&self.0, from, &self.0, to, AtFlags::empty())?;
        self.unlink(from)
    }

    /// Renames into another directory on the same disk.
    #[cfg(feature = "delivery")]
    pub(crate) fn rename_into(&self, from: &str, other: &Self, to: &str) -> Result<()> {
        hook::strike("rename")?;
        rustix::fs::renameat(&self.0, from, &other.0, to)
    }

    /// Removes a file.
    pub(crate) fn unlink(&self, name: &str) -> Result<()> {
        hook::strike("unlink")?;
        rustix::fs::unlinkat(&self.0, name, AtFlags::empty())
    }

    /// Removes an empty directory inside this one.
    pub(crate) fn remove_directory(&self, name: &str) -> Result<()> {
        rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)
    }

    /// The names in this directory, in order. A name that is not UTF-8 is none of ours.
    pub(crate) fn list(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            if let Ok(name) = std::str::from_utf8(entry?.file_name().to_bytes())
                && name != "."
                && name != ".."
            {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Writes a whole file under a passing name, then gives it its own: it is there whole or not at all.
    /// `durable` asks that this survives a power cut too.
    pub(crate) fn replace(&self, name: &str, content: &[u8], durable: bool) -> Result<()> {
        let passing = format!("{name}.tmp");
        match self.unlink(&passing) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
        let file = self.create(&passing)?;
        let done = file.write(content, 0).and_then(|()| if durable { file.sync() } else { Ok(()) });
        if let Err(error) = done.and_then(|()| self.rename(&passing, name)) {
            let _ = self.unlink(&passing);
            return Err(error);
        }
        Ok(())
    }

    /// Reads a whole small file that belongs to us.
    #[cfg(feature = "delivery")]
    pub(crate) fn content(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        let file = self.read(name)?;
        file.ours()?;
        file.content(most)
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct File(OwnedFd);

impl File {
    /// Opens a file outside the directories we made, to read it.
    pub(crate) fn at(path: &Path) -> Result<Self> {
        let fd = rustix::fs::openat(CWD, path, OFlags::RDONLY | PLAIN, Mode::empty())?;
        Ok(Self(clear_of_stdio(fd)?))
    }

    /// What the system says of this file.
    pub(crate) fn stat(&self) -> Result<Stat> {
        rustix::fs::fstat(&self.0)
    }

    /// What the system says of this file, if it is a regular one that belongs to us.
    pub(crate) fn ours(&self) -> Result<Stat> {
        let stat = self.stat()?;
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if regular && stat.st_uid == euid() { Ok(stat) } else { Err(Errno::PERM) }
    }

    /// Tries a lock beside other shared ones; false if somebody has it for himself.
    pub(crate) fn share(&self) -> Result<bool> {
        self.lock(FlockOperation::NonBlockingLockShared)
    }

    /// Tries a lock for ourselves; false if somebody has one.
    pub(crate) fn own(&self) -> Result<bool> {
        self.lock(FlockOperation::NonBlockingLockExclusive)
    }

    fn lock(&self, operation: FlockOperation) -> Result<bool> {
        loop {
            match rustix::fs::flock(&self.0, operation) {
                Ok(()) => return Ok(true),
                Err(Errno::WOULDBLOCK) => return Ok(false),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Appends all of `content` to a file of `size` bytes, in one call unless the disk takes only a part.
    ///
    /// Writing beyond the limit on file sizes (`ulimit -f`) would raise a signal that ends the host, so the limit
    /// is asked first.
    pub(crate) fn write(&self, content: &[u8], size: u64) -> Result<()> {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
        if limit.is_some_and(|limit| size.saturating_add(content.len() as u64) > limit) {
            return Err(Errno::FBIG);
        }
        let mut rest = content;
        while !rest.is_empty() {
            let written = match hook::short(rest.len()) {
                Some(allowed) => rustix::io::write(&self.0, &rest[..allowed]).and(Err(Errno::NOSPC)),
                None => rustix::io::write(&self.0, rest),
            };
            match written {
                Ok(0) => return Err(Errno::NOSPC),
                Ok(written) => rest = &rest[written..],
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Asks that what was written survives a power cut.
    pub(crate) fn sync(&self) -> Result<()> {
        hook::strike("sync")?;
        rustix::fs::fdatasync(&self.0)
    }

    /// Reads from the beginning; a file of more than `most` bytes is refused (`FBIG`).
    pub(crate) fn content(&self, most: usize) -> Result<Vec<u8>> {
        let mut content = Vec::with_capacity(512);
        let mut part = [0; 512];
        loop {
            match rustix::io::pread(&self.0, &mut part, content.len() as u64) {
                Ok(0) => return Ok(content),
                Ok(read) if content.len() + read > most => return Err(Errno::FBIG),
                Ok(read) => content.extend_from_slice(&part[..read]),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The effective user.
pub(crate) fn euid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// `N` random bytes of the system; `None` where it has none to give now.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let got = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::NONBLOCK).ok()?;
    (got == N).then_some(bytes)
}

/// A host that started with its standard streams closed would get our files under their numbers, and print into
/// them.
fn clear_of_stdio(fd: OwnedFd) -> Result<OwnedFd> {
    if fd.as_raw_fd() > 2 { Ok(fd) } else { rustix::io::fcntl_dupfd_cloexec(&fd, 3) }
}

/// Makes a directory and what is missing above it.
fn make_path(path: &Path) -> Result<()> {
    hook::strike("mkdir")?;
    match rustix::fs::mkdirat(CWD, path, PRIVATE_DIRECTORY) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(Errno::NOENT) => {
            make_path(path.parent().ok_or(Errno::NOENT)?)?;
            match rustix::fs::mkdirat(CWD, path, PRIVATE_DIRECTORY) {
                Ok(()) | Err(Errno::EXIST) => Ok(()),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Where tests break the disk. Outside tests nothing of it is left.
#[cfg(not(test))]
mod hook {
    use rustix::io::Result;

    pub(super) const fn strike(_operation: &'static str) -> Result<()> {
        Ok(())
    }

    pub(super) const fn short(_length: usize) -> Option<usize> {
        None
    }
}

#[cfg(test)]
pub(crate) mod hook {
    use std::cell::RefCell;

    use rustix::io::{Errno, Result};

    thread_local! {
        static PLAN: RefCell<Option<(u32, Errno)>> = const { RefCell::new(None) };
    }

    /// Lets the operation after the next `after` ones fail with `error`, once.
    pub(crate) fn fail(after: u32, error: Errno) {
        PLAN.set(Some((after, error)));
    }

    /// Lets everything succeed again.
    pub(crate) fn heal() {
        PLAN.set(None);
    }

    fn due() -> Option<Errno> {
        PLAN.with_borrow_mut(|plan| match plan {
            Some((0, error)) => {
                let error = *error;
                *plan = None;
                Some(error)
            }
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        })
    }

    pub(super) fn strike(_operation: &'static str) -> Result<()> {
        due().map_or(Ok(()), Err)
    }

    /// A write that fails first puts half of its bytes on the disk, as a full disk does.
    pub(super) fn short(length: usize) -> Option<usize> {
        due().map(|_| length / 2)
    }
}
