//! The parts of a product, and the consent policy of each.

crate::spelled! {
    /// The part of a product that records.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Component {
        /// A server.
        Server = "server",
        /// A command line program.
        Cli = "cli",
        /// A web console; it obeys the server or CLI that serves it.
        Console = "console",
        /// A desktop application or library.
        App = "app",
    }
}

crate::spelled! {
    /// How a component comes to consent.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Policy {
        /// Off until the user consents.
        Ask = "ask",
        /// On after the notice was shown.
        Notice = "notice",
        /// Never asks; obeys the family's answer.
        Follow = "follow",
        /// A hosted service counts its own requests by declared client kind.
        Operator = "operator",
        /// Never collects.
        Off = "off",
    }
}
