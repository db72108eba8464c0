//! What the grammar is made of: tables, keys and the types of their values.

/// One kind of table.
pub(crate) struct TableDefinition {
    /// What it is for: one or two sentences.
    pub(crate) doc: &'static str,
    pub(crate) keys: &'static [KeyDefinition],
}

/// One key of a table.
pub(crate) struct KeyDefinition {
    pub(crate) name: &'static str,
    pub(crate) value_type: ValueType,
    pub(crate) presence: Presence,
    pub(crate) asks: Asks,
    pub(crate) doc: &'static str,
}

/// Whether a key may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It must be there.
    Required,
    /// It must be there or in `[defaults]`.
    RequiredOrDefault,
    /// It may be left out.
    Optional,
}

/// Whether users are asked again (or shown the notice) when a value changes, other than to less.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// They agreed to it.
    Again,
    /// It is no part of what they agreed to, for this reason.
    Never(&'static str),
    /// It is a table, whose keys tell.
    ByParts,
}

/// What a key holds.
#[derive(Clone, Copy)]
pub(crate) enum ValueType {
    /// A whole number between two bounds, inclusive.
    Number(u64, u64),
    /// Two whole numbers, the first smaller.
    Range,
    /// `true`
    True,
    /// One line of prose of at most so many characters.
    Line(usize),
    /// One name.
    Name,
    /// The public ingest key.
    IngestKey,
    /// Names, at least one and at most so many, each once.
    Names(usize),
    /// Command paths.
    Commands,
    /// Route patterns.
    Routes,
    /// Table from names to Redux action types.
    Actions,
    /// Table from lints to reasons.
    Allows,
    /// One of a closed list.
    OneOf(&'static [&'static str]),
    /// An https address without a trailing slash.
    Address,
    /// A mail address or an https address.
    Contact,
    /// Two letters of ISO 3166-1.
    Country,
    /// A length such as `13 months`.
    Retention,
    /// Release lines: the first two numbers of versions.
    Releases,
    /// A date.
    Date,
    /// A date or `"never"`.
    Until,
    /// A length of time in a text.
    Duration,
    /// Ascending lengths of time.
    Durations,
    /// A part of all installations: `1/10`.
    SampleRate,
    /// Table from names to lists of names.
    Splits,
    /// Table from what a list holds to what it was called before.
    OldNames(Spelling),
    /// The steps of a funnel.
    Steps,
    /// Tables of a publication.
    PublishTables,
    /// Public keys of signers, as signed notes name them.
    VerifierKeys,
    /// Ascending whole numbers from 1.
    Edges,
    /// A table.
    Table(&'static TableDefinition),
    /// A table for each name, at most so many.
    Each(&'static TableDefinition, usize),
}

/// How what a list holds is spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// An entry of a closed list, or an action.
    Entry,
    /// A command path.
    Command,
    /// A route pattern.
    Route,
}

/// The keys of a field that name its type; a field has exactly one of them.
pub(crate) const FIELD_TYPES: [&str; 9] =
    ["flag", "count", "bucket", "duration", "choice", "set", "version", "code", "country"];
