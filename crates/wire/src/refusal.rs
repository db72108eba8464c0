//! Which refusals an agent believes, and what follows from each.
//!
//! Between an agent and its collector stand portals, proxies and gateways that answer in their own name. A refusal is
//! believed only as a problem document with a reason of this list, with the status that belongs to the reason, and with
//! the id that the request named. Whatever else comes is a broken path, which is tried again later.

use std::borrow::Cow;

use aboveboard_types::headers::{BATCH, INSTALLATION};
use aboveboard_types::id::Id;
use serde::Deserialize;

use crate::problem::is_problem;

aboveboard_types::spelled! {
    /// Why a collector refuses a request, as far as agents act on it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RefusalReason {
        /// The sender, or all together, send too fast.
        TooFast = "too-fast",
        /// The sender's network has sent as much as it may in an hour.
        PrefixQuota = "prefix-quota",
        /// The product has received as much as it may in a day.
        ProductQuota = "product-quota",
        /// As many requests as may be are under way.
        Busy = "busy",
        /// The collector's disk is nearly full.
        DiskFull = "disk-full",
        /// The ingest log is full.
        LogFull = "log-full",
        /// The ingest log cannot be written.
        LogFailed = "log-failed",
        /// The collector's clock cannot be right.
        Clock = "clock",
        /// The collector is stopping.
        Stopping = "stopping",
        /// The store cannot be read.
        StoreFailed = "store-failed",
        /// The collector does not know this revision of the manifest yet.
        UnknownRevision = "revision-unknown",
        /// The request carried no proof of possession; a proxy may have taken the header out.
        ProofMissing = "proof-missing",
        /// The proof does not belong to the installation.
        ProofWrong = "proof-wrong",
        /// The body is larger than a batch may be.
        TooLarge = "too-large",
        /// The body inflates beyond reason.
        TooDense = "too-dense",
        /// The content type is not JSON.
        MediaType = "media-type",
        /// The content coding is unknown.
        Coding = "coding",
        /// The body is not one complete gzip member.
        BadGzip = "bad-gzip",
        /// The body is not a batch.
        NotABatch = "not-a-batch",
        /// The envelope holds what no agent writes.
        Malformed = "malformed",
        /// The collector has no manifest of this product.
        UnknownProduct = "unknown-product",
        /// The ingest key is not the product's.
        WrongKey = "wrong-key",
        /// This revision of the manifest is known there with another text.
        OtherManifest = "manifest-differs",
        /// The product is no longer collected.
        Closed = "product-closed",
    }
}

/// What a believed refusal means for what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// It is kept and sent again, not before the time that the collector asked for.
    Later,
    /// It will never be taken, and is set aside.
    SetAside,
    /// It is kept; the product is closed, and is asked about again after a long rest.
    Closed,
}

impl RefusalReason {
    /// The status that belongs to the reason.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadGzip | Self::NotABatch | Self::Malformed => 400,
            Self::ProofMissing | Self::ProofWrong => 403,
            Self::Closed => 410,
            Self::TooLarge | Self::TooDense => 413,
            Self::MediaType | Self::Coding => 415,
            Self::UnknownProduct | Self::WrongKey | Self::OtherManifest => 422,
            Self::TooFast | Self::PrefixQuota | Self::ProductQuota => 429,
            Self::Busy
            | Self::LogFull
            | Self::LogFailed
            | Self::Clock
            | Self::Stopping
            | Self::StoreFailed
            | Self::UnknownRevision => 503,
            Self::DiskFull => 507,
        }
    }

    /// What follows from it.
    #[must_use]
    pub const fn consequence(self) -> Consequence {
        match self {
            Self::Closed => Consequence::Closed,
            Self::ProofMissing => Consequence::Later,
            _ if matches!(self.status(), 429 | 503 | 507) => Consequence::Later,
            _ => Consequence::SetAside,
        }
    }

    /// The reason of a reply that is to be believed: a problem document of a collector about `subject`.
    #[must_use]
    pub fn believed(status: u16, content_type: Option<&str>, body: &[u8], subject: Subject) -> Option<Self> {
        content_type.filter(|kind| is_problem(kind))?;
        let problem: Document<'_> = serde_json::from_slice(body).ok()?;
        let reason = Self::parse(&problem.reason)?;
        let echoed = match subject {
            Subject::Batch(_) => problem.batch,
            Subject::Installation(_) => problem.installation,
        };
        let is_ours = problem.status == status
            && reason.status() == status
            && echoed.and_then(|echoed| Id::parse(&echoed)) == Some(subject.id());
        is_ours.then_some(reason)
    }
}

/// As much of a problem document as decides.
#[derive(Deserialize)]
struct Document<'a> {
    status: u16,
    #[serde(borrow)]
    reason: Cow<'a, str>,
    #[serde(default, borrow)]
    batch: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    installation: Option<Cow<'a, str>>,
}

/// What a request is about. It names it in a header, and the answer repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The batch that it carries.
    Batch(Id),
    /// The installation whose data it asks for, or asks to be erased.
    Installation(Id),
}

impl Subject {
    /// The id in it.
    #[must_use]
    pub const fn id(self) -> Id {
        match self {
            Self::Batch(id) | Self::Installation(id) => id,
        }
    }

    /// The name of the header that carries it.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Batch(_) => BATCH,
            Self::Installation(_) => INSTALLATION,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PROBLEM_TYPE, Problem};

    const ID: Id = Id::from_custom([7; 16]);
    const SUBJECT: Subject = Subject::Batch(ID);

    fn document(reason: RefusalReason, status: u16) -> String {
        Problem::new(status, reason.name(), "a title", None).echoing(Some(ID), None).to_json()
    }

    #[test]
    fn our_problem_document_about_this_batch_is_believed() {
        for (reason, _) in RefusalReason::ALL {
            let body = document(reason, reason.status());
            for kind in [PROBLEM_TYPE, "application/problem+json; charset=utf-8", "Application/Problem+JSON"]
            {
                let read = RefusalReason::believed(reason.status(), Some(kind), body.as_bytes(), SUBJECT);
                assert_eq!(read, Some(reason), "{kind}");
            }
        }
        let erasure = Problem::new(422, "unknown-product", "x", None).echoing(None, Some(ID)).to_json();
        let read =
            RefusalReason::believed(422, Some(PROBLEM_TYPE), erasure.as_bytes(), Subject::Installation(ID));
        assert_eq!(read, Some(RefusalReason::UnknownProduct));
    }

    #[test]
    fn anything_else_is_not_believed() {
        let gone = document(RefusalReason::Closed, 410);
        let other = Id::from_custom([8; 16]);
        let read = |status, kind: Option<&str>, body: &str, subject| {
            RefusalReason::believed(status, kind, body.as_bytes(), subject)
        };
        assert!(read(410, Some(PROBLEM_TYPE), &gone, SUBJECT).is_some());
        for kind in
            [None, Some("text/html"), Some("application/json"), Some(""), Some("application/problem+jsonx")]
        {
            assert_eq!(read(410, kind, &gone, SUBJECT), None, "{kind:?}");
        }
        assert_eq!(read(403, Some(PROBLEM_TYPE), &gone, SUBJECT), None, "a status that was changed");
        assert_eq!(read(410, Some(PROBLEM_TYPE), &gone, Subject::Batch(other)), None);
        assert_eq!(read(410, Some(PROBLEM_TYPE), &gone, Subject::Installation(ID)), None);
        let without = Problem::new(410, "product-closed", "x", None).to_json();
        let page = "<h1>please log in</h1>";
        let unknown = document(RefusalReason::Closed, 410).replace("product-closed", "go-away");
        let status = document(RefusalReason::Closed, 400);
        let doubled = gone.replacen('{', &format!("{{\"batch\":\"{ID}\","), 1);
        let number = gone.replace(&format!("\"{ID}\""), "1");
        for body in
            [&without, page, "", "null", "[]", &unknown, &status, &doubled, &number, &format!("{gone}x")]
        {
            assert_eq!(read(410, Some(PROBLEM_TYPE), body, SUBJECT), None, "{body}");
        }
        let foreign = document(RefusalReason::Malformed, 410);
        assert_eq!(read(410, Some(PROBLEM_TYPE), &foreign, SUBJECT), None, "a reason of another status");
    }
}
