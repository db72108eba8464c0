//! What an address asks, looked up once: the question, the manifest, what there is to filter by.

use std::sync::Arc;

use aboveboard_manifest::Manifest;
use aboveboard_store::calendar::{Day, HourOfDay};
use aboveboard_store::context::{Context, ContextFilter};
use aboveboard_store::figures::{InstallationFilter, Question, SizeFilter};
use aboveboard_store::new_names::NewNames;
use aboveboard_store::read::{Days, ReadResult, Snapshot, Usage};
use aboveboard_types::envelope::CodingAgents;

use super::filter_text::MAX_FILTERS;
use super::query::PageQuery;
use crate::access::Access;
use crate::awaited::Awaited;
use crate::manifests::Manifests;

/// An address with everything that is needed to answer it.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) query: PageQuery,
    pub(crate) question: Question,
    pub(crate) manifest: Option<Arc<Manifest>>,
    /// Revisions that agents send and that are not here.
    pub(crate) awaited: Awaited,
    /// Every context of the product.
    pub(crate) contexts: Vec<Context>,
    /// What the newest manifest calls otherwise than earlier ones.
    pub(crate) names: Arc<NewNames>,
    /// Every product that the operator may see, in order.
    pub(crate) products: Vec<String>,
}

impl Scope {
    /// Looks up what `query` is about. Without a product in it, it is the first that the operator may see; one that they
    /// may not see is as unknown as one that is not there.
    pub(crate) fn look_up(
        snapshot: &dyn Snapshot,
        query: PageQuery,
        now: HourOfDay,
        manifests: &Manifests,
        access: &Access,
    ) -> ReadResult<Option<Self>> {
        let stored = snapshot.products()?;
        let products = products(&stored, manifests, access);
        let first = || products.first().cloned();
        let Some(product) = query.product.clone().or_else(first).filter(|id| access.sees(id)) else {
            return Ok(None);
        };
        let manifest = manifests.manifest(&product);
        if manifest.is_none() && !stored.contains(&product) {
            return Ok(None);
        }
        let names = manifest.as_deref().map(NewNames::of).unwrap_or_default();
        let query = PageQuery { installations: by_new_names(&query.installations, &names), ..query };
        let HourOfDay { day: today, hour } = now;
        let last = query.until.map_or(today, |until| until.min(today));
        let question = Question {
            days: Days { first: last - Day::from(query.window()) + 1, last },
            today,
            hour,
            contexts: ContextFilter {
                marks: query.contexts.marks.of_product(coding_agents(manifest.as_deref())),
                ..query.contexts.clone()
            },
            installations: query.installations.clone(),
            product,
        };
        let awaited = manifests.awaited(&question.product);
        let contexts = snapshot.contexts(&question.product)?;
        Ok(Some(Self { query, question, manifest, awaited, contexts, products, names: Arc::new(names) }))
    }

    /// The same question of the previous window.
    pub(crate) fn previous(&self) -> Self {
        let mut previous = self.clone();
        previous.question = self.question.previous();
        previous.query.until = Some(previous.question.days.last);
        previous
    }

    /// The page of those that used this, besides the filters in force.
    pub(crate) fn using(&self, usage: &Usage) -> String {
        self.query.with(|query| {
            query.table = None;
            let filter = &mut query.installations;
            filter.unused.retain(|other| other != usage);
            if filter.used.len() < MAX_FILTERS && !filter.used.contains(usage) {
                filter.used.push(usage.clone());
            }
        })
    }

    /// The page of those of this size; another band of the same count is let go.
    pub(crate) fn sized(&self, size: &SizeFilter) -> String {
        self.query.with(|query| {
            query.table = None;
            let sizes = &mut query.installations.sizes;
            sizes.retain(|other| (&other.count, &other.entry) != (&size.count, &size.entry));
            if sizes.len() < MAX_FILTERS {
                sizes.push(size.clone());
            }
        })
    }

    /// The product's name for people.
    pub(crate) fn title(&self) -> &str {
        self.manifest.as_ref().map_or(&self.question.product, |manifest| &manifest.product.name)
    }
}

/// The same filter by new names: an address with an old one means what it is called now.
fn by_new_names(filter: &InstallationFilter, names: &NewNames) -> InstallationFilter {
    let usages = |usages: &[Usage]| {
        let mut renamed: Vec<Usage> = Vec::new();
        for usage in usages.iter().map(|usage| names.usage(usage)) {
            if !renamed.contains(&usage) {
                renamed.push(usage);
            }
        }
        renamed
    };
    let size = |size: &SizeFilter| {
        let (count, entry) = names.count(&size.count, size.entry.as_deref());
        SizeFilter { count, entry, ..size.clone() }
    };
    InstallationFilter {
        sizes: filter.sizes.iter().map(size).collect(),
        used: usages(&filter.used),
        unused: usages(&filter.unused),
    }
}

/// How headline figures count coding agents, by the newest manifest.
pub(crate) fn coding_agents(manifest: Option<&Manifest>) -> CodingAgents {
    manifest.map(|manifest| manifest.product.coding_agents).unwrap_or_default()
}

/// The name of a product for people, by the newest manifest.
pub(crate) fn title_of(manifests: &Manifests, product: &str) -> String {
    manifests.manifest(product).map_or_else(|| product.to_owned(), |manifest| manifest.product.name.clone())
}

/// Every product that is stored or has a manifest and that the operator may see, in order.
pub(crate) fn products(stored: &[String], manifests: &Manifests, access: &Access) -> Vec<String> {
    let mut all = stored.to_vec();
    all.extend(manifests.products());
    all.retain(|product| access.sees(product));
    all.sort();
    all.dedup();
    all
}
