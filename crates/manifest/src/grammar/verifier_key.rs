//! The public key of a signer, as notes of a transparency log name it: `NAME+HASH+KEY`.
//!
//! The hash is the first four bytes of SHA-256 over the name, a line feed and the key; the key is a byte that says Ed25519,
//! 1, and 32 bytes. A key that was copied wrongly, or under another name, has another hash.

const ED25519: u8 = 1;
/// Bytes of a key with the one that says its kind.
const KEY_BYTES: usize = 33;

/// Whether a text is a whole key.
pub(super) fn is_verifier_key(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('+') else { return false };
    let Some((hash, key)) = rest.split_once('+') else { return false };
    let is_word = |c: char| c.is_ascii_graphic() && c != '+';
    if name.is_empty() || !name.chars().all(is_word) {
        return false;
    }
    let Some(key) = decoded(key).filter(|key| key[0] == ED25519) else { return false };
    hash == hash_of(name, &key)
}

fn hash_of(name: &str, key: &[u8; KEY_BYTES]) -> String {
    let digest = hmac_sha256::Hash::hash(&[name.as_bytes(), b"\n", key].concat());
    digest[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a base64 text of just this length, which needs no padding.
fn decoded(text: &str) -> Option<[u8; KEY_BYTES]> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if text.len() != KEY_BYTES / 3 * 4 {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (four, three) in text.as_bytes().chunks(4).zip(key.chunks_mut(3)) {
        let mut bits = 0_u32;
        for letter in four {
            let place = ALPHABET.iter().position(|known| known == letter)?;
            bits = bits << 6 | u32::try_from(place).ok()?;
        }
        three.copy_from_slice(&bits.to_be_bytes()[1..]);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::is_verifier_key;

    /// That of the checksum database of Go, a log in this form.
    const KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn a_key_is_whole_and_under_its_own_name() {
        assert!(is_verifier_key(KEY));
        for at in 0..KEY.len() {
            let mut other = KEY.as_bytes().to_vec();
            other[at] ^= 1;
            assert!(!is_verifier_key(&String::from_utf8(other).unwrap()), "{at}");
        }
        for end in 0..KEY.len() {
            assert!(!is_verifier_key(&KEY[..end]), "{end}");
        }
        for other in ["", "+", "++", &format!("{KEY}="), &format!(" {KEY}"), &KEY.replacen('+', "", 1)] {
            assert!(!is_verifier_key(other), "{other}");
        }
    }
}
