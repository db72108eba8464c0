//! What the kernel passed to this program at its start.

use std::sync::OnceLock;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

/// The entry of the auxiliary vector that is not 0 where the program must not trust the user who started it.
const AT_SECURE: usize = 23;

/// The size of a key in bytes, and of a value: a word of the machine.
const WORD: usize = size_of::<usize>();

/// The size of an entry in bytes.
const ENTRY: usize = 2 * WORD;

/// Read once: it is fixed with the start of a program.
pub(crate) fn are_borrowed() -> bool {
    static BORROWED: OnceLock<bool> = OnceLock::new();
    *BORROWED.get_or_init(read)
}

fn read() -> bool {
    let mut vector = [0; 64 * ENTRY];
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let length = rustix::fs::openat(CWD, "/proc/self/auxv", flags, Mode::empty())
        .and_then(|file| rustix::io::read(&file, &mut vector));
    match length {
        Ok(length) => is_secure(&vector[..length]),
        // The kernel shows the memory of a program with borrowed rights to no process, itself included.
        Err(Errno::ACCESS | Errno::PERM) => true,
        // No /proc here: the ids are all there is to go by.
        Err(_) => false,
    }
}

fn is_secure(vector: &[u8]) -> bool {
    let key = AT_SECURE.to_ne_bytes();
    let entry = vector.chunks_exact(ENTRY).find(|entry| entry.starts_with(&key));
    entry.is_some_and(|entry| entry[WORD..] != [0; WORD])
}

#[cfg(test)]
mod tests {
    use super::is_secure;

    #[test]
    fn a_program_that_must_not_trust_its_starter_is_known_by_the_auxiliary_vector() {
        let vector = |entries: &[(usize, usize)]| -> Vec<u8> {
            entries
                .iter()
                .flat_map(|(key, value)| [key.to_ne_bytes(), value.to_ne_bytes()].concat())
                .collect()
        };
        assert!(is_secure(&vector(&[(6, 4096), (23, 1), (0, 0)])));
        assert!(!is_secure(&vector(&[(6, 23), (23, 0), (25, 1), (0, 0)])));
        assert!(!is_secure(&vector(&[])));
        assert!(!is_secure(&vector(&[(23, 1)])[..9]));
    }
}
