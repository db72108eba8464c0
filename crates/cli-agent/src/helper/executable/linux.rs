//! This executable as `/proc` shows it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use aboveboard_files::{File, stat, stat_target};
use rustix::fs::readlink;

use super::unstartable::Unstartable;

/// Whether this thread is the first of its process: any other may be called `main` too.
pub(super) fn is_first_thread() -> bool {
    rustix::thread::gettid() == rustix::process::getpid()
}

/// The file that this process executes, even where its name is gone or another file's by now.
const RUNNING: &str = "/proc/self/exe";

/// The files that are mapped into this process.
const MAPS: &str = "/proc/self/maps";

/// A path by which this executable can be started: its own, where it still has one.
pub(in crate::helper) fn this() -> Result<PathBuf, Unstartable> {
    let named = readlink(RUNNING, Vec::new()).map_err(|_| Unstartable::Unknown)?;
    let named = PathBuf::from(OsStr::from_bytes(named.as_bytes()));
    let running = stat_target(Path::new(RUNNING)).map_err(|_| Unstartable::Unknown)?;
    let address = this as fn() -> Result<PathBuf, Unstartable> as usize;
    let code = mapped_at(address).ok_or(Unstartable::Unknown)?;
    if code.path != named && code.inode != running.inode() {
        return Err(Unstartable::Another(named));
    }
    match stat(&named) {
        Ok(found) if found.is_same(&running) => Ok(named),
        // Its name is gone, or another file's.
        _ if code.inode == running.inode() => Ok(RUNNING.into()),
        // What runs passes for the program that it emulates, as valgrind does.
        Ok(found) if code.inode == found.inode() => Ok(named),
        _ => Err(Unstartable::Another(named)),
    }
}

/// A file that is mapped.
#[derive(Debug, PartialEq, Eq)]
struct Mapped {
    inode: u64,
    path: PathBuf,
}

/// The file from which the code at this address is.
fn mapped_at(address: usize) -> Option<Mapped> {
    let maps = BufReader::new(File::at(Path::new(MAPS)).ok()?.into_std());
    maps.split(b'\n').map_while(Result::ok).find_map(|line| mapped(&line, address))
}

/// The file of one line, if the address lies in its range: `start-end rights offset device inode   path`.
fn mapped(line: &[u8], address: usize) -> Option<Mapped> {
    let mut words = line.splitn(6, |byte| *byte == b' ');
    let range = std::str::from_utf8(words.next()?).ok()?;
    let (start, end) = range.split_once('-')?;
    let number = |digits: &str| usize::from_str_radix(digits, 16).ok();
    if !(number(start)?..number(end)?).contains(&address) {
        return None;
    }
    let inode = std::str::from_utf8(words.nth(3)?).ok()?.parse().ok()?;
    let path = OsStr::from_bytes(words.next()?.trim_ascii_start()).into();
    Some(Mapped { inode, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_address_is_read_from_the_line_of_its_range() {
        let line =
            b"55d0a000-55d0b000 r-xp 00001000 fd:01 1835                      /opt/a program (deleted)";
        let path = PathBuf::from("/opt/a program (deleted)");
        assert_eq!(mapped(line, 0x55d0_a000), Some(Mapped { inode: 1835, path }));
        for outside in [0x55d0_9fff, 0x55d0_b000] {
            assert_eq!(mapped(line, outside), None);
        }
        for line in [&b""[..], b"nonsense", b"55d0a000-55d0b000 r-xp 00001000", b"\xff-\xff r-xp 0 0 0 /"] {
            assert_eq!(mapped(line, 0x55d0_a000), None);
        }
    }

    #[test]
    fn a_program_finds_itself() {
        assert_eq!(this().unwrap(), std::env::current_exe().unwrap());
    }
}
