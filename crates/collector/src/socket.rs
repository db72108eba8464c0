//! The Unix socket in the data directory, over which the operator's verbs of this machine reach the running collector.
//! Its mode and that of the directory let in the collector's own user and root alone, so no token is asked for.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use aboveboard_files::Directory;
use rustix::fs::{AtFlags, FileType, Mode, chmodat, statat, unlinkat};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketType};

/// Its name in the data directory.
const NAME: &str = "operator.sock";

/// Connections that wait in the kernel to be accepted: those of one operator.
const BACKLOG: i32 = 64;

/// The name of a bound socket, which goes with it.
#[derive(Debug)]
pub(crate) struct SocketFile {
    directory: Directory,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // One that stays is replaced by the next collector.
        let _ = unlinkat(&self.directory, NAME, AtFlags::empty());
    }
}

/// Listens in a data directory that the caller has locked: a socket that lies there belongs to no process any more.
pub(crate) fn bind(data: &Path) -> io::Result<(UnixListener, SocketFile)> {
    let directory = Directory::make_named(data)?;
    match statat(&directory, NAME, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) if FileType::from_raw_mode(found.st_mode) == FileType::Socket => {
            unlinkat(&directory, NAME, AtFlags::empty())?;
        }
        Ok(_) => return Err(io::Error::other(format!("{NAME} in it is no socket: move it away"))),
        Err(Errno::NOENT) => {}
        Err(error) => return Err(error.into()),
    }
    let socket = stream_socket()?;
    net::bind(&socket, &address(data, &directory)?)?;
    let file = SocketFile { directory };
    // Nobody connects before the mode is right: that needs `listen`.
    chmodat(&file.directory, NAME, Mode::RUSR | Mode::WUSR, AtFlags::empty())?;
    net::listen(&socket, BACKLOG)?;
    Ok((UnixListener::from(socket), file))
}

/// Connects to the collector that runs on a data directory.
pub(crate) fn connect(data: &Path) -> io::Result<UnixStream> {
    let directory = Directory::look_into(data)?;
    let socket = stream_socket()?;
    net::connect(&socket, &address(data, &directory)?)?;
    Ok(UnixStream::from(socket))
}

fn stream_socket() -> io::Result<OwnedFd> {
    let socket = net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    Ok(socket)
}

/// The address of the socket. One holds some hundred bytes; where the path is longer, the open directory stands for it.
fn address(data: &Path, directory: &Directory) -> io::Result<SocketAddrUnix> {
    use std::os::fd::AsRawFd as _;
    match SocketAddrUnix::new(data.join(NAME)) {
        Err(Errno::NAMETOOLONG) if cfg!(target_os = "linux") => {
            let number = directory.as_fd().as_raw_fd();
            Ok(SocketAddrUnix::new(format!("/proc/self/fd/{number}/{NAME}"))?)
        }
        address => Ok(address?),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn speaks(data: &Path, listener: &UnixListener) {
        let mut client = connect(data).unwrap();
        client.write_all(b"x").unwrap();
        let mut byte = [0];
        listener.accept().unwrap().0.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"x");
    }

    #[test]
    fn a_stale_socket_is_replaced_and_the_own_one_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        drop(UnixListener::bind(&path).unwrap());
        assert_eq!(connect(directory.path()).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let (listener, file) = bind(directory.path()).unwrap();
        assert_eq!(path.symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
        speaks(directory.path(), &listener);
        drop((listener, file));
        assert!(path.symlink_metadata().is_err());
        assert_eq!(connect(directory.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_no_socket_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(NAME);
        std::fs::write(&path, "kept").unwrap();
        assert!(bind(directory.path()).is_err());
        std::fs::remove_file(&path).unwrap();
        let other = directory.path().join("other.sock");
        let _other = UnixListener::bind(&other).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(bind(directory.path()).is_err());
        assert!(other.symlink_metadata().is_ok());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_long_path_is_reached_through_its_directory() {
        let directory = tempfile::tempdir().unwrap();
        let long = directory.path().join("d".repeat(200));
        std::fs::create_dir(&long).unwrap();
        let (listener, file) = bind(&long).unwrap();
        assert_eq!(long.join(NAME).symlink_metadata().unwrap().permissions().mode() & 0o777, 0o600);
        speaks(&long, &listener);
        drop(file);
        assert!(long.join(NAME).symlink_metadata().is_err());
    }
}
