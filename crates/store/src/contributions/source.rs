//! The port of published figures.

use aboveboard_types::declaration::Component;

use super::layout::{CellIndex, Layout};
use crate::read::{Days, ReadResult};

/// Whose contributions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContributorFilter {
    /// Those that count: verified by the day of receipt, of no mark that headline figures leave out, and of a program that
    /// carried `[publish]` when it recorded.
    Counted,
    /// Those whose data are all made up.
    Synthetic,
}

/// What a publication asks of a store.
#[derive(Clone, Copy, Debug)]
pub struct ContributionRequest<'a> {
    /// Product id.
    pub product: &'a str,
    /// The days of the period.
    pub days: Days,
    /// Which cells there are.
    pub layout: &'a Layout,
    /// Whose contributions are wanted.
    pub contributors: ContributorFilter,
}

/// What one installation adds to a publication. It says nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The component it is published under.
    pub component: Component,
    /// The cells to which it adds one, ascending, each once.
    pub cells: Vec<CellIndex>,
    /// What only the installation can compute for this period, from which its line in the list of counted installations is made;
    /// none of made-up data.
    pub counted: Option<[u8; 16]>,
}

/// Gives the contributions of a product: all that publishing sees of a store.
pub trait ContributionSource {
    /// Calls `each` with one installation after the other, each whole. The order is the store's own: what
    /// is made of contributions is sums and sorted lists, so it is the same for every order.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn contributions(
        &self,
        request: &ContributionRequest<'_>,
        each: &mut dyn FnMut(&Contribution),
    ) -> ReadResult<()>;
}
