//! Who signs a log: an Ed25519 key with a name.
//!
//! The public half is a verifier key as C2SP's signed note has it: `NAME+HASH+BASE64`. It stands in the manifest, so every
//! program of the product carries it. The other half is a file of PKCS#8 in PEM, which `openssl` reads too.

use std::fmt;

use aboveboard_types::hex;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::Hash;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// What an Ed25519 key is called in a signed note.
const ALGORITHM: u8 = 1;

/// The longest name: that of a host and a short path.
pub const MAX_NAME_BYTES: usize = 200;

/// What stands before the 32 bytes of a private Ed25519 key in PKCS#8, version 1.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What stands before the 32 bytes of a public Ed25519 key in SubjectPublicKeyInfo.
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The public half of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public: [u8; 32],
}

impl Verifier {
    /// Reads `NAME+HASH+BASE64`; none where the hash is not of that name and key, or the key is not of Ed25519.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (hash, key) = rest.split_once('+')?;
        let key = STANDARD.decode(key).ok()?;
        let (algorithm, public) = key.split_first()?;
        let verifier = Self { name: name.to_owned(), public: public.try_into().ok()? };
        let is_right = *algorithm == ALGORITHM && is_name(name) && hex::encode(&verifier.hash()) == hash;
        is_right.then_some(verifier)
    }

    /// Its name, which is the origin of the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four bytes that name it in a signature.
    #[must_use]
    pub fn hash(&self) -> [u8; 4] {
        let mut hash = Hash::new();
        for part in [self.name.as_bytes(), b"\n", &[ALGORITHM], &self.public] {
            hash.update(part);
        }
        let [a, b, c, d, ..] = hash.finalize();
        [a, b, c, d]
    }

    /// Whether the signature is one of the message by this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }

    /// The key in PEM, as `openssl pkeyutl -verify -pubin` takes it.
    #[must_use]
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &[&SPKI[..], &self.public].concat())
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ALGORITHM], &self.public[..]].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(&self.hash()))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({self})")
    }
}

/// A whole key. It says nothing of its private half but by [`Signer::pem`].
pub struct Signer {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
    verifier: Verifier,
}

impl Signer {
    /// A new key from the randomness of the system; none where the name will not do or the system gives no randomness.
    #[must_use]
    pub fn generate(name: &str) -> Option<Self> {
        let mut seed = [0; 32];
        SystemRandom::new().fill(&mut seed).ok()?;
        Self::from_seed(name, &seed)
    }

    /// The key of a seed; none where the name will not do.
    #[must_use]
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        let verifier = Verifier { name: name.to_owned(), public };
        is_name(name).then_some(Self { seed: *seed, pair, verifier })
    }

    /// Reads what [`pem`](Self::pem) writes, and what `openssl genpkey -algorithm ed25519` does.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> Option<Self> {
        let text = text
            .trim()
            .strip_prefix("-----BEGIN PRIVATE KEY-----")?
            .strip_suffix("-----END PRIVATE KEY-----")?;
        let key = STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).ok()?;
        Self::from_seed(name, key.strip_prefix(&PKCS8[..])?.try_into().ok()?)
    }

    /// The key file: PKCS#8 in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        pem("PRIVATE KEY", &[&PKCS8[..], &self.seed].concat())
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}

/// The name of the keys and of the log of a site: its address without scheme and without a trailing slash.
#[must_use]
pub fn origin(site: &str) -> &str {
    let address = site.split_once("://").map_or(site, |(_, address)| address);
    address.trim_end_matches('/')
}

/// Whether a note can name a key so: neither spaces nor a plus, and nothing that a terminal would obey.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '+';
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(is_plain)
}

fn pem(what: &str, der: &[u8]) -> String {
    // At most 48 bytes, so one line of 64 digits.
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first test of RFC 8032, section 7.1.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const OF_NOTHING: &str = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

    fn signer() -> Signer {
        Signer::from_seed("quarry.example/figures", &hex::decode(SEED.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        assert_eq!(hex::encode(&signer().verifier().public), PUBLIC);
        assert_eq!(hex::encode(&signer().sign(b"")), OF_NOTHING);
        assert!(signer().verifier().verifies(b"", &hex::decode::<64>(OF_NOTHING.as_bytes()).unwrap()));
        assert!(!signer().verifier().verifies(b" ", &hex::decode::<64>(OF_NOTHING.as_bytes()).unwrap()));
        assert!(!signer().verifier().verifies(b"", b""));
    }

    #[test]
    fn a_key_is_read_back_from_its_file_and_from_its_verifier_key() {
        let signer = signer();
        let read = Signer::parse("quarry.example/figures", &signer.pem()).unwrap();
        assert_eq!(read.sign(b"text"), signer.sign(b"text"));
        let text = signer.verifier().to_string();
        assert_eq!(Verifier::parse(&text).as_ref(), Some(signer.verifier()));
        assert_ne!(Signer::generate("a").unwrap().pem(), Signer::generate("a").unwrap().pem());
        for wrong in [
            "",
            "a",
            "a+b",
            &text.replace("quarry", "query"),
            &text.replace("figures+", "figures+0"),
            &format!("{text}="),
        ] {
            assert_eq!(Verifier::parse(wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "-----BEGIN PRIVATE KEY-----",
            &signer.pem().replace("MC4C", "MC4D"),
            &signer.verifier().pem(),
        ] {
            assert!(Signer::parse("a", wrong).is_none(), "{wrong}");
        }
        assert!(!format!("{signer:?}").contains(SEED));
    }

    #[test]
    fn a_log_is_named_by_the_address_of_its_site() {
        assert_eq!(origin("https://quarry.example/figures"), "quarry.example/figures");
        assert_eq!(origin("https://quarry.example/"), "quarry.example");
        for wrong in ["", "a b", "a+b", "a\nb", "ä", &"a".repeat(MAX_NAME_BYTES + 1)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
