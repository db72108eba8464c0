//! The list of our files with their hashes, in the form that `sha256sum -c` reads.

use std::collections::BTreeMap;

use aboveboard_types::hex;
use hmac_sha256::Hash;

/// The name of the list.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// The name of the list while it is written, and of an empty file from the beginning on: a directory with it is being made.
pub(super) const PASSING_SUMS: &str = ".SHA256SUMS.aboveboard";

/// Digits of a hash.
const DIGITS: usize = 64;

/// The SHA-256 of some bytes, in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(&Hash::hash(bytes))
}

/// The list as a file.
pub(super) fn written(sums: &BTreeMap<String, String>) -> String {
    sums.iter().map(|(path, hash)| format!("{hash}  {path}\n")).collect()
}

/// The list in a file, or the number of the first line that is none of it.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let line = |(number, line): (usize, &str)| {
        let (hash, path) = line.split_once("  ").ok_or(number + 1)?;
        let is_hash = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash && is_path(path) { Ok((path.to_owned(), hash.to_owned())) } else { Err(number + 1) }
    };
    text.lines().enumerate().map(line).collect()
}

/// Whether a path stays in the directory.
fn is_path(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_path_that_leads_out_is_not() {
        let sums = BTreeMap::from([("a/b c.csv".to_owned(), sha256(b"x")), ("z".to_owned(), sha256(b""))]);
        assert_eq!(read(&written(&sums)), Ok(sums));
        assert!(sha256(b"").starts_with("e3b0c44298fc1c14"));
        let hash = sha256(b"");
        for (line, path) in [(1, "../x"), (1, "/etc"), (1, "a//b"), (1, "a/../../b"), (1, "")] {
            assert_eq!(read(&format!("{hash}  {path}\n")), Err(line), "{path}");
        }
        assert_eq!(read(&format!("{hash}  a\nabc  b\n")), Err(2));
    }
}
