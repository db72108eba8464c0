//! Receipts: the only acknowledgements there are.

use std::borrow::Cow;

use aboveboard_types::id::Id;

/// The body of a `202`. It echoes the batch id; a reply without it, or with another, acknowledges nothing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Receipt<'a> {
    /// The batch that is now on disk.
    #[serde(with = "crate::id")]
    pub batch: Id,
    /// How many of its events are in the log.
    pub accepted: u32,
    /// Which were refused, and why.
    #[serde(default, borrow)]
    pub rejected: Vec<Rejection<'a>>,
}

/// One refused event.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub struct Rejection<'a> {
    /// Its place among the events of the batch, from 0.
    pub position: u32,
    /// Why, as [`Violation::name`](aboveboard_types::read::Violation::name) spells it.
    #[serde(borrow)]
    pub reason: Cow<'a, str>,
}

impl<'a> Receipt<'a> {
    /// Reads a reply. Anything that is not a receipt for `batch` is `None`.
    #[must_use]
    pub fn read(body: &'a [u8], batch: Id) -> Option<Self> {
        serde_json::from_slice::<Self>(body).ok().filter(|receipt| receipt.batch == batch)
    }
}

/// The body of a `202` to an erasure. It echoes the installation that the request named; a reply without it, or with
/// another, erases nothing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct ErasureReceipt<'a> {
    #[serde(borrow)]
    erasure: Cow<'a, str>,
    #[serde(with = "crate::id")]
    installation: Id,
}

impl<'a> ErasureReceipt<'a> {
    /// What stands for an erasure that is on disk.
    pub const LOGGED: &'static str = "logged";

    /// Reads a reply. Anything that is not a receipt for the erasure of `installation` is `None`.
    #[must_use]
    pub fn read(body: &'a [u8], installation: Id) -> Option<Self> {
        serde_json::from_slice::<Self>(body)
            .ok()
            .filter(|receipt| receipt.erasure == Self::LOGGED && receipt.installation == installation)
    }
}
