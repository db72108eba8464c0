//! Where closed days are kept.

use aboveboard_testkit::clickhouse::{Comparison, Double, Server, ServerSettings};

/// A server; in the long runs for which ClickHouse of today is installed, a proxy that asks it all the same, and compares.
pub(super) enum Host {
    Server(Box<Server>),
    Compared(Comparison),
}

impl Host {
    /// Starts an empty one. What a server logs is no answer: one that does is not compared.
    pub(super) fn start(settings: &ServerSettings) -> Self {
        let is_long = std::env::var_os("ABOVEBOARD_TORTURE").is_some();
        match Double::package().filter(|_| is_long && !settings.logs_questions) {
            Some(package) => Self::Compared(Comparison::start(&package)),
            None => Self::Server(Box::new(Server::start(settings))),
        }
    }

    pub(super) fn address(&self) -> String {
        match self {
            Self::Server(server) => server.address(),
            Self::Compared(comparison) => comparison.address(),
        }
    }

    /// Ends it. Fails where an answer differed.
    pub(super) fn end(self) {
        if let Self::Compared(comparison) = self {
            let compared = comparison.finish();
            println!("{}", compared.told());
            if let Some(difference) = compared.difference() {
                println!("{difference}");
                // What fails behind a difference fails by it.
                assert!(std::thread::panicking(), "see above");
            }
        }
    }
}
