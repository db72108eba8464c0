//! The parts of a product, and the consent policy of each.

/// The part of a product that records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Component {
    /// A server.
    Server,
    /// A command line program.
    Cli,
    /// A web console; it obeys the server or CLI that serves it.
    Console,
    /// A desktop application or library.
    App,
}

impl Component {
    /// Every component with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Server, "server"), (Self::Cli, "cli"), (Self::Console, "console"), (Self::App, "app")];

    /// The spelling on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Cli => "cli",
            Self::Console => "console",
            Self::App => "app",
        }
    }

    /// Reads the spelling of the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(component, _)| *component)
    }
}

/// How a component comes to consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// Off until the user consents.
    Ask,
    /// On after the notice was shown.
    Notice,
    /// Never asks; obeys the family's answer.
    Follow,
    /// A hosted service counts its own requests by declared client kind.
    Operator,
    /// Never collects.
    Off,
}

impl Policy {
    /// The spelling in the manifest.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Notice => "notice",
            Self::Follow => "follow",
            Self::Operator => "operator",
            Self::Off => "off",
        }
    }
}
