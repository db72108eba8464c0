//! What stands around every page.

use super::history::History;
use super::words::day;

/// A page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageName {
    Newest,
    All,
    How,
    Dictionary,
    /// That of one publication, which is not in the navigation.
    Publication,
}

/// What stands around a page.
pub(super) struct Frame {
    /// The way to the root of the site: nothing, or `../`.
    pub(super) root: &'static str,
    here: PageName,
    pub(super) product: String,
    pub(super) controller: String,
    pub(super) contact: String,
    pub(super) licence: String,
    pub(super) next_due: String,
    pub(super) is_made_up: bool,
}

/// A link of the navigation.
pub(super) struct FrameLink {
    pub(super) name: &'static str,
    pub(super) address: &'static str,
    pub(super) is_here: bool,
}

impl Frame {
    /// Around a page. The publication of the newest period says who answers and when the next one is due, also where it is
    /// withdrawn.
    pub(super) fn around(here: PageName, history: &History) -> Self {
        let newest = &history.latest().publication;
        let product = &newest.product;
        Self {
            root: if here == PageName::Publication { "../" } else { "" },
            here,
            product: product.name.clone(),
            controller: product.controller.clone(),
            contact: product.contact.clone(),
            licence: product.licence.clone(),
            next_due: day(&newest.next_due),
            is_made_up: newest.is_made_up,
        }
    }

    /// The navigation.
    pub(super) fn links(&self) -> Vec<FrameLink> {
        let all = [
            (PageName::Newest, "Newest", "index.html"),
            (PageName::All, "All publications", "publications.html"),
            (PageName::How, "Method", "how.html"),
            (PageName::Dictionary, "Dictionary", "dictionary.html"),
        ];
        all.map(|(page, name, address)| FrameLink { name, address, is_here: page == self.here }).into()
    }
}
