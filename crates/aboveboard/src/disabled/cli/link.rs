//! What a command has while it runs.

#[cfg(feature = "console")]
use aboveboard_types::event::Event;
use aboveboard_types::typed::Record;

#[cfg(feature = "console")]
use crate::disabled::console;

/// Where a command would note the server it talks to.
#[derive(Clone, Debug, Default)]
pub struct Link(());

impl Link {
    /// Reads nothing.
    pub fn headers<N, V>(&self, _headers: impl IntoIterator<Item = (N, V)>)
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
    }

    /// Records nothing.
    pub fn record(&self, _event: impl Record) {}

    /// Records nothing.
    pub fn finish(&self) {}

    /// Notes nothing.
    pub fn server(&self, _value: &str) {}

    /// `None`: a console works without.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn console(&self, _port: u16) -> Option<console::Bridge<ConsoleSink>> {
        None
    }
}

/// What would record the events of a console. There is none.
#[cfg(feature = "console")]
#[derive(Debug)]
pub enum ConsoleSink {}

#[cfg(feature = "console")]
impl console::Sink for ConsoleSink {
    fn state(&self) -> console::ConsoleState {
        match *self {}
    }

    fn record(&self, _event: Event<'static>) {
        match *self {}
    }

    fn undeclared(&self, _events: u64) {
        match *self {}
    }
}
