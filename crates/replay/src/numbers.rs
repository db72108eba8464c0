//! The numbers of installations in sets.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use aboveboard_store::installation_set::Member;
use aboveboard_store::read::InstallationKey;

/// The numbers of installations in sets. They are dense, from 1, and never change, so that sets may be kept by them. Whoever keeps sets
/// has its own: all moments that a collector reads share them, and another collector may have others.
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
pub struct ProductNumbers(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    members: HashMap<InstallationKey, Member, BuildHasherDefault<KeyHasher>>,
    /// The installation with number 1, and so on.
    keys: Vec<InstallationKey>,
}

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
        self.known().member(installation)
    }

    /// Gives the number of each of some installations.
    pub fn members(
        &self,
        installations: impl IntoIterator<Item = InstallationKey>,
        mut each: impl FnMut(Member),
    ) {
        let mut known = self.known();
        installations.into_iter().for_each(|installation| each(known.member(installation)));
    }

    /// The installations that have these numbers.
    #[must_use]
    pub fn keys(&self, members: impl IntoIterator<Item = Member>) -> Vec<InstallationKey> {
        let known = self.known();
        let place = |member: Member| usize::try_from(member.0).ok()?.checked_sub(1);
        members.into_iter().filter_map(|member| known.keys.get(place(member)?).copied()).collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn member(&mut self, installation: InstallationKey) -> Member {
        *self.members.entry(installation).or_insert_with(|| {
            self.keys.push(installation);
            Member(u32::try_from(self.keys.len()).unwrap_or(u32::MAX))
        })
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
        let mut members = Vec::new();
        numbers.of("quarry").members([9, 4].map(InstallationKey), |member| members.push(member));
        assert_eq!(members, [Member(3), Member(4)]);
        let asked = [4, 0, 1, 5].map(Member);
        assert_eq!(numbers.of("quarry").keys(asked), [4, 7].map(InstallationKey), "no others have a number");
    }
}
