//! The numbers of installations in sets.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aboveboard_store::installation_set::Member;
use aboveboard_store::read::InstallationKey;

/// The numbers of installations in sets, which all moments that a reader gives share. They are dense, from 1, and never change while
/// the reader lives; another reader may have others.
#[derive(Debug, Default)]
pub struct Numbers(RwLock<HashMap<String, Arc<ProductNumbers>>>);

impl Numbers {
    /// Those of a product.
    #[must_use]
    pub fn of(&self, product: &str) -> Arc<ProductNumbers> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(product).map(Arc::clone);
        known.unwrap_or_else(|| {
            let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(product.to_owned()).or_default())
        })
    }
}

/// The numbers of the installations of a product.
#[derive(Debug, Default)]
pub struct ProductNumbers(Mutex<HashMap<InstallationKey, u32, BuildHasherDefault<KeyHasher>>>);

/// The key of an installation as its own hash: it is one already, under a key that nobody outside has, and a page looks up millions.
#[derive(Debug, Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl ProductNumbers {
    /// The number of an installation, which it has from now on.
    #[must_use]
    pub fn member(&self, installation: InstallationKey) -> Member {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX).saturating_add(1);
        Member(*known.entry(installation).or_insert(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_keeps_its_number_and_products_have_their_own() {
        let numbers = Numbers::default();
        let of = |product: &str, key| numbers.of(product).member(InstallationKey(key)).0;
        assert_eq!([7, 3, 7, 9].map(|key| of("quarry", key)), [1, 2, 1, 3]);
        assert_eq!([9, 7].map(|key| of("other", key)), [1, 2]);
        assert_eq!(of("quarry", 9), 3);
    }
}
