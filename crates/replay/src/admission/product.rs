//! What is known of one product.

use std::collections::HashSet;
use std::sync::Arc;

use aboveboard_store::calendar::Day;

use super::books::Books;
use super::contexts::Contexts;
use super::weights::Weights;

/// What is known of one product.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) name: Arc<str>,
    pub(super) books: Books,
    pub(super) contexts: Contexts,
    pub(super) weights: Weights,
    pub(super) texts: Texts,
    /// The first day on which something is placed.
    pub(super) kept_from: Day,
}

impl Product {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            books: Books::default(),
            contexts: Contexts::default(),
            weights: Weights::default(),
            texts: Texts::default(),
            kept_from: Day::MIN,
        }
    }
}

/// The declared texts of a product, each once. Its manifests bound them.
#[derive(Debug, Default)]
pub(super) struct Texts(HashSet<Arc<str>>);

impl Texts {
    pub(super) fn of(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        self.0.insert(Arc::clone(&text));
        text
    }
}
