//! The choice of a product in the bar above every page: a link to all of them, and a field that finds one by its name.

use super::query::PageQuery;
use super::scope::title_of;
use crate::manifests::Manifests;

/// The choice; it is shown where there are several products.
pub(crate) struct Chooser {
    /// Names with their ids.
    pub(crate) products: Vec<(String, String)>,
    /// The name of the product that is shown; none on the overview.
    pub(crate) current: Option<String>,
    /// What was looked for.
    pub(crate) find: String,
    /// The address of the overview.
    pub(crate) all: String,
    /// What goes along to the page that is chosen.
    pub(crate) kept: Vec<(&'static str, String)>,
}

impl Chooser {
    pub(crate) fn of(
        manifests: &Manifests,
        products: &[String],
        current: Option<&str>,
        query: &PageQuery,
    ) -> Self {
        let named = |id: &String| (title_of(manifests, id), id.clone());
        let mut known: Vec<(String, String)> = products.iter().map(named).collect();
        known.sort_by_key(|(name, id)| (name.to_lowercase(), id.clone()));
        let along = query.along();
        Self {
            products: known,
            current: current.map(|id| title_of(manifests, id)),
            find: String::new(),
            all: along.at("products"),
            kept: along.pairs(),
        }
    }

    /// With what was looked for.
    pub(crate) fn finding(self, find: &str) -> Self {
        Self { find: find.to_owned(), ..self }
    }

    pub(crate) fn is_shown(&self) -> bool {
        self.products.len() > 1
    }
}
