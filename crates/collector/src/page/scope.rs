//! What a question is about, looked up once: product, window, contexts that count, names, words.

use std::collections::HashMap;
use std::sync::Arc;

use aboveboard_manifest::Manifest;

use super::installation_filter::{InstallationFilter, MAX_FILTERS, Size, Use};
use super::query::Query;
use crate::access::Access;
use crate::manifests::Manifests;
use crate::rollup::row::Name;
use crate::store::calendar::Day;
use crate::store::sqlite::{Context, Snapshot};

/// A question with everything that is needed to answer it.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) query: Query,
    /// Number of the product in the store; `None` where nothing of it was ever stored.
    pub(crate) product: Option<u32>,
    /// Its id.
    pub(crate) id: String,
    pub(crate) manifest: Option<Arc<Manifest>>,
    /// Revisions that agents send and that are not here, with how many batches were sent back.
    pub(crate) awaited: Vec<(u32, u64)>,
    /// First and last day of the window.
    pub(crate) from: Day,
    pub(crate) until: Day,
    pub(crate) today: Day,
    /// Every context of the product, and which of them the filters keep.
    pub(crate) contexts: HashMap<u32, Context>,
    kept: HashMap<u32, bool>,
    /// Which installations the filters keep.
    pub(crate) narrow: InstallationFilter,
    pub(crate) names: HashMap<Name, String>,
}

impl Scope {
    /// Looks up what `query` is about. Without a product in it, it is the first that the operator may see; one that he may
    /// not see is as unknown as one that is not there.
    pub(crate) fn look(
        snapshot: &Snapshot<'_>,
        query: Query,
        today: Day,
        manifests: &Manifests,
        access: &Access,
    ) -> rusqlite::Result<Option<Self>> {
        let stored = snapshot.products()?;
        let Some(id) =
            query.product.clone().or_else(|| products(&stored, manifests, access).into_iter().next())
        else {
            return Ok(None);
        };
        if !access.sees(&id) {
            return Ok(None);
        }
        let product = stored.iter().find(|(_, name)| *name == id).map(|(product, _)| *product);
        let manifest = manifests.manifest(&id);
        if product.is_none() && manifest.is_none() {
            return Ok(None);
        }
        let contexts = product.map_or_else(|| Ok(HashMap::new()), |product| snapshot.contexts(product))?;
        let kept = contexts.iter().map(|(number, context)| (*number, query.keeps(context))).collect();
        let until = query.until.map_or(today, |until| until.min(today));
        let from = until - (query.window() - 1);
        let names = snapshot.names()?;
        let awaited = manifests.awaited(&id);
        let narrow = InstallationFilter::default();
        let mut scope =
            Self { query, product, id, manifest, awaited, from, until, today, contexts, kept, narrow, names };
        scope.look_who(snapshot)?;
        Ok(Some(scope))
    }

    fn look_who(&mut self, snapshot: &Snapshot<'_>) -> rusqlite::Result<()> {
        let (Some(product), true) = (self.product, self.narrowed()) else { return Ok(()) };
        let number =
            |text: &str| self.names.iter().find(|(_, name)| *name == text).map(|(number, _)| *number);
        self.narrow =
            InstallationFilter::look(snapshot, product, &self.query.asked, (self.from, self.until), number)?;
        Ok(())
    }

    /// The same question of the window before; who used something is looked up anew.
    pub(crate) fn before(&self, snapshot: &Snapshot<'_>) -> rusqlite::Result<Self> {
        let mut before = self.clone();
        (before.from, before.until) = (self.from - self.query.window(), self.from - 1);
        before.query.until = Some(before.until);
        before.look_who(snapshot)?;
        Ok(before)
    }

    /// Whether installations are asked for by size or use.
    pub(crate) fn narrowed(&self) -> bool {
        !self.query.asked.nothing()
    }

    /// The page of those that used this, besides the filters in force.
    pub(crate) fn using(&self, what: Use) -> String {
        self.query.with(|query| {
            query.table = None;
            query.asked.unused.retain(|other| *other != what);
            if query.asked.used.len() < MAX_FILTERS && !query.asked.used.contains(&what) {
                query.asked.used.push(what);
            }
        })
    }

    /// The page of those of this size; another band of the same count is let go.
    pub(crate) fn sized(&self, size: Size) -> String {
        self.query.with(|query| {
            query.table = None;
            query.asked.sizes.retain(|other| (&other.count, &other.cell) != (&size.count, &size.cell));
            if query.asked.sizes.len() < MAX_FILTERS {
                query.asked.sizes.push(size);
            }
        })
    }

    /// Whether data of the context with this number counts.
    pub(crate) fn keeps(&self, context: u32) -> bool {
        self.kept.get(&context).copied().unwrap_or(false)
    }

    /// A name of the dictionary.
    pub(crate) fn name(&self, name: Name) -> String {
        self.names.get(&name).cloned().unwrap_or_default()
    }

    /// Whether the day may still grow for certain: it is not over.
    pub(crate) fn is_incomplete(&self, day: Day) -> bool {
        day >= self.today
    }

    /// The product's name for people.
    pub(crate) fn title(&self) -> &str {
        self.manifest.as_ref().map_or(&self.id, |manifest| &manifest.product.name)
    }
}

/// Every product that is stored or has a manifest and that the operator may see, in order.
pub(crate) fn products(stored: &[(u32, String)], manifests: &Manifests, access: &Access) -> Vec<String> {
    let mut all: Vec<String> = stored.iter().map(|(_, name)| name.clone()).collect();
    all.extend(manifests.products());
    all.retain(|product| access.sees(product));
    all.sort();
    all.dedup();
    all
}
