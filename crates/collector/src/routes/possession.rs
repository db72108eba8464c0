//! Who a request comes from, where an installation asks for itself.

use aboveboard_types::headers::{INSTALLATION, PROOF};
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Proof, Purpose};
use axum::http::HeaderMap;

use crate::ingest::single;
use crate::refusal::{Reason, Refusal};

/// The installation that a request comes from: named in one header, and proved for this purpose in another.
pub(super) fn owner(headers: &HeaderMap, product: &str, purpose: Purpose) -> Result<Id, Refusal> {
    let installation = single(headers, INSTALLATION).and_then(Id::parse);
    let installation =
        installation.ok_or_else(|| Refusal::unusable("the installation is not named in its header"))?;
    let proof = single(headers, PROOF).ok_or(Reason::ProofMissing)?;
    let is_own = Proof::parse(proof).is_some_and(|proof| proof.is_of(installation, product, purpose));
    if is_own { Ok(installation) } else { Err(Reason::ProofWrong.into()) }
}
