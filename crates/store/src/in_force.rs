//! The manifests in force, as data. Loading them, and from where, is the collector's concern.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_manifest::Manifest;
use aboveboard_types::declaration::{Declaration, DeclarationIndex, Names};

use super::calendar::Day;

/// One revision of the manifest of one product.
#[derive(Debug)]
pub struct ManifestRevision {
    /// Titles, reasons, units: what people read.
    pub manifest: Arc<Manifest>,
    /// What events are checked against.
    pub declaration: Arc<Declaration>,
    index: DeclarationIndex,
}

impl ManifestRevision {
    /// The names that events are checked against.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        Names::indexed(&self.declaration, &self.index)
    }
}

impl From<Manifest> for ManifestRevision {
    fn from(manifest: Manifest) -> Self {
        let declaration = manifest.declaration();
        let index = DeclarationIndex::of(&declaration);
        Self { declaration: Arc::new(declaration), manifest: Arc::new(manifest), index }
    }
}

/// The known revisions of each product's manifest at one moment.
#[derive(Clone, Debug, Default)]
pub struct ManifestsInForce(BTreeMap<String, BTreeMap<u32, Arc<ManifestRevision>>>);

impl ManifestsInForce {
    /// Adds a revision, or replaces it.
    pub fn insert(&mut self, revision: Arc<ManifestRevision>) {
        let product = revision.declaration.product.to_string();
        self.0.entry(product).or_default().insert(revision.declaration.revision, revision);
    }

    /// The revisions of a product by number; none where no manifest of it is here.
    #[must_use]
    pub fn revisions(&self, product: &str) -> Option<&BTreeMap<u32, Arc<ManifestRevision>>> {
        self.0.get(product)
    }

    /// The newest revision of a product.
    #[must_use]
    pub fn newest(&self, product: &str) -> Option<&Arc<ManifestRevision>> {
        Some(self.0.get(product)?.last_key_value()?.1)
    }

    /// The declaration of a revision, of the next newer one, or else of the newest.
    #[must_use]
    pub fn declaration(&self, product: &str, revision: u32) -> Option<&Declaration> {
        self.names(product, revision).map(Names::declaration)
    }

    /// The names of that declaration.
    #[must_use]
    pub fn names(&self, product: &str, revision: u32) -> Option<Names<'_>> {
        let revisions = self.0.get(product)?;
        let (_, known) = revisions.range(revision..).next().or_else(|| revisions.last_key_value())?;
        Some(known.names())
    }

    /// The ids of the products, in order.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether figures of any product are published.
    #[must_use]
    pub fn publishes(&self) -> bool {
        let newest = self.products().filter_map(|product| self.newest(product));
        newest.into_iter().any(|newest| newest.manifest.publish.is_some())
    }

    /// For how many days the newest manifest of each product lets data about installations stay.
    #[must_use]
    pub fn retentions(&self) -> Vec<(String, Day)> {
        let newest = self.products().filter_map(|product| Some((product, self.newest(product)?)));
        newest
            .map(|(product, newest)| {
                let days = Day::try_from(newest.manifest.product.retention_days).unwrap_or(Day::MAX);
                (product.to_owned(), days)
            })
            .collect()
    }
}
