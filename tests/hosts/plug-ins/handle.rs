//! What a plug-in gets of the host's telemetry: a handle for its own events, and for no others.

use std::marker::PhantomData;

use aboveboard::Record;
use aboveboard::cli::Link;

/// An event of the plug-in `P`. The host says which these are.
pub(crate) trait EventOf<P>: Record {}

/// The telemetry of the plug-in `P`. It records, and that is all: no answer, id, endpoint or other event can be had from it.
pub(crate) struct Telemetry<P> {
    link: Link,
    plug_in: PhantomData<P>,
}

impl<P> Telemetry<P> {
    pub(crate) fn new(link: &Link) -> Self {
        Self { link: link.clone(), plug_in: PhantomData }
    }

    /// Records an event of this plug-in. Does nothing where telemetry is off.
    pub(crate) fn record(&self, event: impl EventOf<P>) {
        self.link.record(event);
    }
}
