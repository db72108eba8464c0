//! The page for users: what is collected, why, where it goes, and how to turn it off.

mod example;
mod page;
mod render;
mod switch;

pub use switch::{Switch, SwitchKind};

use crate::model::Manifest;

impl Manifest {
    /// The page in Markdown.
    #[must_use]
    pub fn disclosure_markdown(&self) -> String {
        render::markdown(&page::page(self))
    }

    /// The page as one HTML document without scripts.
    #[must_use]
    pub fn disclosure_html(&self) -> String {
        render::html(&page::page(self), &format!("What {} collects", self.product.name))
    }
}

#[cfg(test)]
mod tests;
