//! The two streams of a child that stays beside its host: lines for the host, and words for people.
//!
//! Neither is waited for. Where the other side does not read, a line is left out: the host may ignore its lines, and what
//! nobody can have seen does not count as shown.

use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;

use aboveboard_types::printable::neutral;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::fs::{FileType, fstat, stat};

/// How much is written at once, in bytes: POSIX's smallest `PIPE_BUF`. A pipe that takes anything takes that without a wait.
const MAX_PIECE_BYTES: usize = 512;

/// Writes a line for the host. False where it is not, or not all, written.
pub(crate) fn to_host(line: &str) -> bool {
    write(std::io::stdout().lock(), line)
}

/// Writes a line for people. False where nothing can have read it.
pub(crate) fn to_people(line: &str) -> bool {
    let stream = std::io::stderr();
    !is_nothing(&stream) && write(stream.lock(), &neutral(line))
}

fn write(mut stream: impl Write + AsFd, line: &str) -> bool {
    let line = format!("{line}\n");
    line.as_bytes()
        .chunks(MAX_PIECE_BYTES)
        .all(|piece| is_writable(&stream) && stream.write_all(piece).and_then(|()| stream.flush()).is_ok())
}

/// Whether a write does not wait.
fn is_writable(stream: &impl AsFd) -> bool {
    let mut streams = [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)];
    let polled = poll(&mut streams, PollTimeout::ZERO);
    polled.is_ok() && streams[0].revents().is_some_and(|ready| ready.contains(PollFlags::POLLOUT))
}

/// Whether a stream leads to the null device, or is closed.
fn is_nothing(stream: &impl AsFd) -> bool {
    let Ok(own) = fstat(stream) else { return true };
    let is_device = FileType::from_raw_mode(own.st_mode) == FileType::CharacterDevice;
    is_device && stat(Path::new("/dev/null")).is_ok_and(|null| null.st_rdev == own.st_rdev)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_longer_than_what_a_pipe_has_left_is_not_waited_for() {
        let (reader, writer) = std::io::pipe().unwrap();
        let (sender, written) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            // A pipe holds less.
            let _ = sender.send(write(&writer, &"x".repeat(2 << 20)));
        });
        assert_eq!(written.recv_timeout(std::time::Duration::from_secs(60)), Ok(false));
        drop(reader);
    }

    #[test]
    fn the_null_device_and_a_pipe_that_nobody_empties_show_nothing() {
        let null = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
        assert!(is_nothing(&null));
        let (reader, writer) = std::io::pipe().unwrap();
        assert!(!is_nothing(&writer));
        let mut lines = 0;
        while write(&writer, &"x".repeat(100)) {
            lines += 1;
            assert!(lines < 100_000, "a pipe holds less than that");
        }
        assert!(lines > 0);
        drop(reader);
        assert!(!write(&writer, "nobody reads"));
    }
}
