//! Any bytes given as a file that may be a sealed manifest: it is refused with words, or it is the one form in which its
//! manifest is sealed, is found in a program, and with any byte changed is refused.
//!
//! An input that begins with `s` is given its checksum here, at the end of its first line, or no fuzzer would ever get
//! past it; any other is the file as it is, without the first byte.

/// Runs one input; true if it was a sealed manifest.
pub fn run(data: &[u8]) -> bool {
    let file = match data.split_first() {
        Some((b's', parts)) => with_checksum(parts),
        Some((_, file)) => file.to_vec(),
        None => return false,
    };
    let manifest = match aboveboard_manifest::read(&file, "fuzzed") {
        Ok(manifest) => manifest,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    if !file.starts_with(b"aboveboard.sealed/1 ") {
        assert!(!manifest.release, "only what is sealed is a release");
        return false;
    }
    assert_eq!(manifest.seal(manifest.release).as_bytes(), file);
    assert_eq!(manifest.declaration().release, manifest.release);
    let program = [b"program", &*file, b"program"].concat();
    let found = aboveboard_manifest::inspect(&*program).expect("bytes are read");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].offset, &*found[0].text), (7, manifest.text()));
    assert_eq!(found[0].sealed_as_release, Some(manifest.release));
    let sum = file.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    for place in [sum % file.len(), sum % 64, file.len() - 1] {
        let mut changed = file.clone();
        changed[place] ^= 1 << (sum % 8);
        assert!(aboveboard_manifest::read(&changed, "changed").is_err(), "byte {place}");
    }
    true
}

fn with_checksum(parts: &[u8]) -> Vec<u8> {
    let sum = aboveboard_types::hex::encode(&hmac_sha256::Hash::hash(parts));
    let end = parts.iter().position(|byte| *byte == b'\n').unwrap_or(parts.len());
    [&parts[..end], b" sha256=", sum.as_bytes(), &parts[end..]].concat()
}
