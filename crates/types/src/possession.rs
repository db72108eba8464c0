//! Who may speak for an installation: three values that only its secret gives, and the proofs made of them.
//!
//! The id is made of the hashes of the three. A proof shows one of them, and the other two hashed, so whoever checks it
//! computes the id and compares: nothing is kept for it, and who knows an id can neither report, nor fetch, nor erase.
//! A value stands at its own place and is hashed only for its own purpose, so that a proof for one purpose gives another
//! id under any other: what a batch shows lets nobody erase.

use std::fmt;

use crate::hex;
use crate::id::Id;

/// What a proof is for, and which of the three values it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A batch: reporting in the installation's name.
    Send,
    /// Fetching what a collector holds of the installation.
    Read,
    /// Erasing what a collector holds of the installation.
    Forget,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Send, Self::Read, Self::Forget];

    /// What the value is derived under.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Send => b"aboveboard send 2\0",
            Self::Read => b"aboveboard read 2\0",
            Self::Forget => b"aboveboard forget 2\0",
        }
    }
}

/// The three values of one installation at one host.
#[derive(Clone, PartialEq, Eq)]
pub struct Possession {
    id: Id,
    values: [[u8; 32]; 3],
}

impl Possession {
    /// The values that a secret gives for a product and a host in its [normal form](crate::host::normal).
    #[must_use]
    pub fn of(secret: &[u8; 32], product: &str, host: &str) -> Self {
        let values = Purpose::ALL.map(|purpose| {
            let mut hash = hmac_sha256::HMAC::new(secret);
            for part in [purpose.label(), product.as_bytes(), b"\0", host.as_bytes()] {
                hash.update(part);
            }
            hash.finalize()
        });
        Self { id: installation(product, &values.map(|value| hashed(&value))), values }
    }

    /// The installation's id at that host.
    #[must_use]
    pub const fn id(&self) -> Id {
        self.id
    }

    /// The proof for one purpose.
    #[must_use]
    pub fn proof(&self, purpose: Purpose) -> Proof {
        let mut parts = self.values.map(|value| hashed(&value));
        parts[purpose as usize] = self.values[purpose as usize];
        Proof(parts)
    }
}

impl fmt::Debug for Possession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Possession").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a request shows: for each of *send*, *read*, *forget* in this order 64 lower-case hexadecimal digits, with a dot
/// in between. The value of its purpose stands in the clear, the other two as their SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof([[u8; 32]; 3]);

impl Proof {
    /// The length of the text in bytes.
    pub const LENGTH: usize = 3 * 64 + 2;

    /// Reads the one accepted spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::LENGTH || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut parts = text.split('.').map(|part| hex::decode(part.as_bytes()));
        let proof = Self([parts.next()??, parts.next()??, parts.next()??]);
        parts.next().is_none().then_some(proof)
    }

    /// Whether this is the proof for `purpose` of the installation `id` of `product`. How long this takes depends on
    /// none of the values.
    #[must_use]
    pub fn is_of(&self, id: Id, product: &str, purpose: Purpose) -> bool {
        let shown = self.id(product, purpose);
        let different = shown.bytes().iter().zip(id.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
        std::hint::black_box(different) == 0
    }

    /// The value of its purpose, which stands in the clear.
    #[must_use]
    pub const fn shown(&self, purpose: Purpose) -> &[u8; 32] {
        &self.0[purpose as usize]
    }

    /// The installation that this is the proof of, if it is one for `purpose`. Any text of the right shape is the proof of
    /// some id: only [`is_of`](Self::is_of) an id that is known from elsewhere proves something.
    #[must_use]
    pub fn id(&self, product: &str, purpose: Purpose) -> Id {
        let mut hashes = self.0;
        hashes[purpose as usize] = hashed(&self.0[purpose as usize]);
        installation(product, &hashes)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(Self::LENGTH);
        for part in &self.0 {
            if !text.is_empty() {
                text.push('.');
            }
            hex::push(&mut text, part);
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof")
    }
}

fn hashed(value: &[u8; 32]) -> [u8; 32] {
    hmac_sha256::Hash::hash(value)
}

fn installation(product: &str, hashes: &[[u8; 32]; 3]) -> Id {
    let mut hash = hmac_sha256::Hash::new();
    for part in [b"aboveboard installation 2\0", product.as_bytes(), b"\0"] {
        hash.update(part);
    }
    for part in hashes {
        hash.update(part);
    }
    Id::from_hash(&hash.finalize())
}
