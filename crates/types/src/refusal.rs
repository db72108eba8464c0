//! Why a collector refuses a request, and what follows from each reason.

use crate::headers::{BATCH, INSTALLATION};
use crate::id::Id;

crate::spelled! {
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
