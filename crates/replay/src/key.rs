//! What stands for an installation in a cluster.

use aboveboard_store::read::InstallationKey;
use aboveboard_types::id::Id;

/// The key of a cluster. All its collectors have it in their configuration, and the database does not: no id of an installation is
/// in the cluster, and what is there cannot be traced to one without this key.
#[derive(Clone)]
pub struct ClusterKey([u8; 32]);

impl std::fmt::Debug for ClusterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClusterKey(..)")
    }
}

impl ClusterKey {
    /// A key of these bytes, which must be random.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What stands for an installation of a product.
    #[must_use]
    pub fn of_installation(&self, product: &str, installation: Id) -> InstallationKey {
        self.of_reference(product, Id::server_reference(product, installation))
    }

    /// What stands for the installation that an event names by a hash of its id.
    #[must_use]
    pub fn of_reference(&self, product: &str, reference: Id) -> InstallationKey {
        let mut mac = hmac_sha256::HMAC::new(self.0);
        mac.update(product.as_bytes());
        mac.update([0]);
        mac.update(reference.bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&mac.finalize()[..8]);
        InstallationKey(u64::from_be_bytes(first))
    }

    /// What a cluster keeps to tell whether a collector has its key: it says nothing of the key.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut mac = hmac_sha256::HMAC::new(self.0);
        mac.update(b"aboveboard cluster key");
        let mut first = [0; 8];
        first.copy_from_slice(&mac.finalize()[..8]);
        first
    }
}
