//! Reading what [`encode`](crate::encode) wrote: its strict inverse, without serde.
//!
//! Two steps, apart from each other. The first reads JSON into a [`RawEvent`], whose texts may be anything; a batch
//! that came over the network is read into the same type by the crate `aboveboard-wire`. The second is
//! [`RawEvent::check`]: what comes out of it borrows every name from the declaration, so that a text that is not
//! declared has no way through.
//!
//! Strict means: no key that this version does not write, none twice, no escape in a text, no number that is not
//! whole. What an encoder of a newer version wrote may be refused here, and nothing else.

mod check;
mod event;
mod header;
mod json;
mod number;
mod raw;
mod timing;
mod violation;

pub use self::{
    event::{event, oldest_time, outcomes},
    header::{Machine, RunOrigin, SegmentHeader, SegmentOrigin, run_origin, segment_header, segment_origin},
    raw::{RawCells, RawEvent, RawMap, RawValue},
    violation::{Malformed, Violation},
};
