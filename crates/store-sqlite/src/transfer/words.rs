//! What the numbers of a database stand for in a cluster.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_replay::{ClusterKey, Naming, SentContext};
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::OTHER;
use aboveboard_types::envelope::Marks;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result};

use crate::dictionary::{self, Dictionary};
use crate::query;
use crate::row::{InstallationNumber, NameNumber};

/// Most contexts of one product that keep the version which was sent though they count as `other`. As many as strangers may bring in
/// that have a name: whoever made versions up leaves room for the others.
const MAX_KEPT_CONTEXTS: usize = 10_000;

/// What the numbers of a database stand for.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) names: Dictionary,
    products: Vec<Product>,
    contexts: HashMap<u32, Arc<SentContext>>,
    /// Contexts that count as `other` and keep the version that was sent, by context and version.
    kept: HashMap<(u32, u64), Arc<SentContext>>,
}

/// A product.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) number: u32,
    pub(super) name: Arc<str>,
    /// By the number of the installation; none of one that nobody can be asked for any more.
    installations: Vec<Option<InstallationKey>>,
    kept_contexts: usize,
}

impl Product {
    /// What stands for an installation.
    pub(super) fn installation(&self, number: InstallationNumber) -> Option<InstallationKey> {
        self.installations.get(usize::try_from(number).ok()?).copied().flatten()
    }

    /// What stands for a member of a set. Retention may take an installation whose events are old, and leave that something of it was
    /// received since.
    pub(super) fn member(&self, key: &ClusterKey, number: InstallationNumber) -> InstallationKey {
        self.installation(number).unwrap_or_else(|| nobody(key, &self.name, number))
    }

    fn know(&mut self, number: InstallationNumber, key: impl FnOnce(&str) -> InstallationKey) {
        let Ok(place) = usize::try_from(number) else { return };
        if self.installations.len() <= place {
            self.installations.resize(place + 1, None);
        }
        if self.installations[place].is_none() {
            self.installations[place] = Some(key(&self.name));
        }
    }
}

/// What stands for a number of which the installation is not known any more.
fn nobody(key: &ClusterKey, product: &str, number: InstallationNumber) -> InstallationKey {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    key.of_reference(product, Id::from_bytes(bytes))
}

impl Words {
    pub(super) fn load(connection: &Connection, key: &ClusterKey) -> Result<Self> {
        let products: BTreeMap<u32, String> =
            query::list(connection, "SELECT id, name FROM product", [], |row| row.try_into())?;
        let products = products.into_iter().map(|(number, name)| Product {
            number,
            name: name.into(),
            installations: Vec::new(),
            kept_contexts: 0,
        });
        let mut words = Self {
            names: Dictionary::load(connection)?,
            products: products.collect(),
            contexts: HashMap::new(),
            kept: HashMap::new(),
        };
        let contexts = "SELECT id, component, version_key, os, arch, marks FROM context";
        query::each(connection, contexts, [], |row| {
            let version = unpack_version(u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0));
            let naming = if version == OTHER { Naming::Unkept } else { Naming::Named };
            let os: String = row.get(3)?;
            let arch: String = row.get(4)?;
            let context = SentContext {
                component: dictionary::component(row.get_ref(1)?.as_str()?),
                version,
                naming,
                os: os.into(),
                arch: arch.into(),
                marks: Marks::from_bits(row.get(5)?),
            };
            words.contexts.insert(row.get(0)?, Arc::new(context));
            Ok(())
        })?;
        for product in &mut words.products {
            let known = "SELECT number, id FROM installation WHERE product = ?1";
            query::each(connection, known, [product.number], |row| {
                let id = Id::from_bytes(row.get(1)?);
                product.know(row.get(0)?, |name| key.of_installation(name, id));
                Ok(())
            })?;
            // A server that nobody has heard of yet: what it will be known by follows from the hash.
            let named = "SELECT number, reference FROM server WHERE product = ?1";
            query::each(connection, named, [product.number], |row| {
                let reference = Id::from_bytes(row.get(1)?);
                product.know(row.get(0)?, |name| key.of_reference(name, reference));
                Ok(())
            })?;
        }
        Ok(words)
    }

    /// The products, by number.
    pub(super) fn products(&self) -> &[Product] {
        &self.products
    }

    /// What stands for a member of a set of a product that goes by this name.
    pub(super) fn member(
        &self,
        key: &ClusterKey,
        product: &str,
        number: InstallationNumber,
    ) -> InstallationKey {
        let known = self.products.iter().find(|known| *known.name == *product);
        known.map_or_else(|| nobody(key, product, number), |known| known.member(key, number))
    }

    pub(super) fn name(&self, number: NameNumber) -> Arc<str> {
        Arc::clone(self.names.name(number))
    }

    /// The name that a number in the place of a detail stands for; empty where it stands for none.
    pub(super) fn name_of_detail(&self, number: i64) -> Arc<str> {
        self.name(u32::try_from(number).unwrap_or(0))
    }

    /// A context as it is counted.
    pub(super) fn context(&self, number: u32) -> Option<&Arc<SentContext>> {
        self.contexts.get(&number)
    }

    /// The contexts, with their numbers.
    pub(super) fn contexts(&self) -> impl Iterator<Item = (u32, &Arc<SentContext>)> {
        self.contexts.iter().map(|(number, context)| (*number, context))
    }

    /// The context of what was sent with another version than it is counted under. It gets its name back where an operator admits
    /// the version, as long as there is room to keep which one it is.
    pub(super) fn sent_context(&mut self, product: u32, number: u32, sent: u64) -> Option<Arc<SentContext>> {
        if let Some(known) = self.kept.get(&(number, sent)) {
            return Some(Arc::clone(known));
        }
        let counted = Arc::clone(self.contexts.get(&number)?);
        let version = unpack_version(sent);
        if counted.version != OTHER || version == OTHER {
            return Some(counted);
        }
        let product = self.products.iter_mut().find(|known| known.number == product)?;
        if product.kept_contexts >= MAX_KEPT_CONTEXTS {
            return Some(counted);
        }
        product.kept_contexts += 1;
        let context = Arc::new(SentContext { version, naming: Naming::Other, ..(*counted).clone() });
        self.kept.insert((number, sent), Arc::clone(&context));
        Some(context)
    }
}
