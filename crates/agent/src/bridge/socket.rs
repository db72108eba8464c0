//! The socket of a bridge: in a directory that is ours alone, with mode 0600 from the moment it has its name, and gone when
//! the bridge is.

use std::fs::{Permissions, remove_file, rename, set_permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use aboveboard_files::{Errno, Kind, Stat, random, stat};
use anyhow::{Context as _, ensure};

/// The longest path of a socket, in bytes: the least that a system takes (104 with the byte that ends it).
const MAX_PATH_BYTES: usize = 103;

/// A socket that listens.
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    made: Stat,
}

impl Socket {
    /// Listens at a path. The socket of a bridge that was killed gives way; a socket at which somebody answers, and whatever
    /// else is there, stays as it is.
    ///
    /// # Errors
    /// Why it cannot.
    fn open(path: &Path) -> anyhow::Result<Self> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let found = stat(directory).map_err(io::Error::from)?;
        let is_ours = found.is_directory() && found.is_mine() && !found.is_shared();
        ensure!(is_ours, "its directory has to be one of this user, to which nobody else can write");
        // The passing name below has ten bytes with its slash.
        let is_short = length(path) <= MAX_PATH_BYTES && length(directory) + 10 <= MAX_PATH_BYTES;
        ensure!(
            is_short,
            "the path is too long for a socket: give it a directory of at most {} bytes and a short name",
            MAX_PATH_BYTES - 10
        );
        make_way(path)?;
        // It has its name when nobody else can connect any more.
        let number = random().context("no random numbers")?;
        let passing = directory.join(format!("b{:08x}", u32::from_ne_bytes(number)));
        let listener = UnixListener::bind(&passing)?;
        let named = set_permissions(&passing, Permissions::from_mode(0o600))
            .and_then(|()| listener.set_nonblocking(true))
            .and_then(|()| rename(&passing, path));
        if let Err(error) = named {
            let _ = remove_file(&passing);
            return Err(error.into());
        }
        let made = stat(path).map_err(io::Error::from)?;
        Ok(Self { listener, path: path.to_owned(), made })
    }
}

fn length(path: &Path) -> usize {
    path.as_os_str().len()
}

/// Sees to it that what is at this path is nobody's.
fn make_way(path: &Path) -> anyhow::Result<()> {
    let found = match stat(path) {
        Err(Errno::NOENT) => return Ok(()),
        found => found.map_err(io::Error::from)?,
    };
    ensure!(found.kind() == Kind::Socket && found.is_mine(), "something else is there");
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(anyhow::anyhow!("another bridge answers there")),
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Another one may have been put there meanwhile.
        if stat(&self.path).is_ok_and(|found| found.is_same(&self.made)) {
            let _ = remove_file(&self.path);
        }
    }
}

/// The socket while it may be there. Why it is not is said once.
pub(super) struct Listening {
    path: PathBuf,
    socket: Option<Socket>,
    last_error: String,
}

impl Listening {
    /// Not open yet.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, socket: None, last_error: String::new() }
    }

    /// Opens or closes it. What keeps it from opening is returned where it is not what was returned before; it is tried
    /// again with the next call.
    pub(super) fn set(&mut self, is_open: bool) -> Option<anyhow::Error> {
        if !is_open {
            self.socket = None;
            return None;
        }
        if self.socket.is_some() {
            return None;
        }
        match Socket::open(&self.path) {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => {
                let error = error.context(format!("cannot listen at {}", self.path.display()));
                let words = format!("{error:#}");
                if words != self.last_error {
                    self.last_error = words;
                    return Some(error);
                }
            }
        }
        None
    }

    /// What listens, if anything does.
    pub(super) fn listener(&self) -> Option<&UnixListener> {
        self.socket.as_ref().map(|socket| &socket.listener)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_to_which_nobody_could_connect_is_refused_and_the_longest_other_is_not() {
        let home = tempfile::tempdir().unwrap();
        let name = |bytes: usize| home.path().join("s".repeat(bytes - length(home.path()) - 1));
        let longest = Socket::open(&name(MAX_PATH_BYTES)).unwrap();
        assert!(UnixStream::connect(&longest.path).is_ok());
        let error = Socket::open(&name(MAX_PATH_BYTES + 1)).err().unwrap();
        assert!(error.to_string().contains("too long for a socket"), "{error}");
        drop(longest);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}
