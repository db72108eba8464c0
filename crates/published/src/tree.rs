//! The log as a tree of hashes: the Merkle tree of RFC 6962 over the documents, one leaf for each, in their order.

use hmac_sha256::Hash;

/// SHA-256.
pub type Digest = [u8; 32];

/// The leaf of a document: SHA-256 of a zero byte and the document.
#[must_use]
pub fn leaf(document: &[u8]) -> Digest {
    let mut hash = Hash::new();
    hash.update([0]);
    hash.update(document);
    hash.finalize()
}

/// The root over leaves. All leaves are published, so who remembers a size and a root proves with it that nothing was
/// changed: the root of the first `size` leaves is the remembered one.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Hash::hash(&[]),
        [leaf] => *leaf,
        _ => {
            // The largest power of two that is smaller than the number of leaves.
            let left = leaves.len().div_ceil(2).next_power_of_two();
            let (left, right) = leaves.split_at(left);
            let mut hash = Hash::new();
            hash.update([1]);
            hash.update(root(left));
            hash.update(root(right));
            hash.finalize()
        }
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::hex;

    use super::*;

    /// The documents and the roots of the first 0, 1, … 8 of them that the tests of Certificate Transparency use.
    const DOCUMENTS: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_rfc_6962() {
        let leaves: Vec<Digest> = DOCUMENTS.iter().map(|document| leaf(document)).collect();
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!(hex::encode(&root(&leaves[..size])), *expected, "{size}");
        }
    }
}
