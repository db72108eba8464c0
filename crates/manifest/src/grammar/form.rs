//! The grammar as data: every table, its keys and what they hold.
//!
//! The reader checks against it, and the reference page and the editors' schema are generated from it, so none of
//! the three can say what the others do not.

/// One kind of table.
pub(crate) struct Form {
    /// What it is for: one or two sentences.
    pub(crate) doc: &'static str,
    pub(crate) keys: &'static [Key],
}

/// One key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) need: Need,
    pub(crate) doc: &'static str,
}

/// Whether a key must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It must stand.
    Must,
    /// It must stand here or in `[defaults]`.
    OrDefault,
    /// It may stand.
    May,
}

/// What a key holds.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
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
    /// Ascending whole numbers from 1.
    Edges,
    /// A table.
    Table(&'static Form),
    /// A table for each name, at most so many.
    Each(&'static Form, usize),
}

/// Most entries of a closed list: `by`, `choice`, `set`.
pub(crate) const MAX_LIST: usize = 100;
/// Most lists that tell the requests of one timing apart, and most of its parts.
pub(crate) const MAX_SPLITS: usize = 4;
/// Most edges of a distribution, bucket or duration.
pub(crate) const MAX_EDGES: usize = 20;
/// Most commands, actions or routes.
pub(crate) const MAX_SURFACE: usize = 400;
/// Most events.
pub(crate) const MAX_EVENTS: usize = 100;
/// Most fields of one event.
pub(crate) const MAX_FIELDS: usize = 30;
/// Largest number in a manifest or on the wire: what every JSON reader holds exactly.
pub(crate) const MAX_NUMBER: u64 = (1 << 53) - 1;

const fn key(name: &'static str, shape: Shape, need: Need, doc: &'static str) -> Key {
    Key { name, shape, need, doc }
}

use Need::{May, Must, OrDefault};
use Shape::{
    Actions, Address, Allows, Commands, Contact, Country, Date, Duration, Durations, Each, Edges, IngestKey,
    Line, Name, Names, Number, OneOf, Range, Retention, Routes, SampleRate, Splits, Table, True, Until,
};

const CHARTS: Shape = OneOf(&["number", "trend", "share", "distribution", "table"]);
const WHY: Key = key("why", Line(300), Must, "Which question it answers. Users read it.");
const CHART: Key = key("chart", CHARTS, Must, "How the page shows it: no chart, no data.");
const OWNER: Key = key("owner", Contact, OrDefault, "Who answers questions about it.");
const SINCE: Key = key("since", Date, OrDefault, "The first day it is collected.");
const UNTIL: Key = key(
    "until",
    Until,
    OrDefault,
    "The day from which it is no longer recorded, or `\"never\"`. It compiles for ever; `manifest check` fails on \
     an expired item.",
);
const ALLOW: Key = key("allow", Allows, May, "Lints that do not hold here, each with the reason.");
const UNIT: Key = key("unit", Line(20), May, "The unit of its numbers, for people.");

pub(crate) static ROOT: Form = Form {
    doc: "The whole file.",
    keys: &[
        key("grammar", Number(1, 1), Must, "Version of the grammar the file is written in."),
        key("product", Table(&PRODUCT), Must, "Who collects, and where it goes."),
        key("consent", Table(&CONSENT), Must, "How each component comes to a yes."),
        key("settings", Table(&SETTINGS), May, "Where users find the product's own switches."),
        key("defaults", Table(&DEFAULTS), May, "What items that do not say it inherit."),
        key("server", Table(&SERVER), May, "The report of the server."),
        key("counts", Each(&COUNT, 200), May, "The object counts of the server's report."),
        key("timings", Each(&TIMING, 20), May, "What the server measures of the requests that it serves."),
        key("cli", Table(&CLI), May, "The command line program."),
        key("console", Table(&CONSOLE), May, "The web console."),
        key("events", Each(&EVENT, MAX_EVENTS), May, "Events with typed fields."),
    ],
};

static PRODUCT: Form = Form {
    doc: "Who collects, where it goes, who answers for it.",
    keys: &[
        key(
            "id",
            Name,
            Must,
            "Names directories and, upper-cased, the prefix of variables: `quarry`, `QUARRY_`.",
        ),
        key("name", Line(60), Must, "The product's name for people."),
        key("revision", Number(1, 1_000_000), Must, "From 1; every change of what the file says raises it."),
        key("endpoint", Address, Must, "Where batches go: https, no trailing slash."),
        key(
            "ingest-key",
            IngestKey,
            Must,
            "Public key of the product at the collector: routes and limits, proves \
             nothing.",
        ),
        key("controller", Line(200), Must, "Who answers for the data: a legal person and where it sits."),
        key(
            "contact",
            Contact,
            Must,
            "Where users reach the controller: a mail address or an https address.",
        ),
        key("policy", Address, May, "Where users read more."),
        key("hosting", Country, Must, "The country the data is kept in, two letters of ISO 3166-1."),
        key(
            "retention",
            Retention,
            Must,
            "How long raw data is kept: a number of days, weeks, months or years.",
        ),
        key(
            "recipients",
            Line(200),
            May,
            "Who receives the data beside the controller: `nobody`, or names. Users read it.",
        ),
        key("family", Name, May, "The family whose answer a component with the policy `follow` obeys."),
    ],
};

static CONSENT: Form = Form {
    doc: "One policy for each component that records. There is no default: it must be chosen. A console has none \
          of its own and obeys the server or CLI that serves it.",
    keys: &[
        key("server", OneOf(&["notice", "ask", "operator", "off"]), May, "Policy of the server."),
        key("cli", OneOf(&["ask", "notice", "follow", "off"]), May, "Policy of the command line program."),
        key("app", OneOf(&["ask", "notice", "follow", "off"]), May, "Policy of the application or library."),
    ],
};

static SETTINGS: Form = Form {
    doc: "Where users find the product's own switches. The page for users names a flag, a config key and a dialogue \
          only where they stand here; variables and policy files work for every product.",
    keys: &[
        key("server", Table(&SETTING), May, "Of the server."),
        key("cli", Table(&SETTING), May, "Of the command line program."),
        key("app", Table(&SETTING), May, "Of the application or library."),
    ],
};

static SETTING: Form = Form {
    doc: "The switches of one component.",
    keys: &[
        key("flag", True, May, "It has the flag `--enable-telemetry`: `flag = true`."),
        key(
            "config-file",
            Line(200),
            May,
            "Its config file as users know it, in which the key `enable_telemetry` may stand: \
             `~/.config/quarry/config.json`.",
        ),
        key("dialogue", Line(200), May, "Where in its own settings the switch is: `Settings > Telemetry`."),
    ],
};

static DEFAULTS: Form = Form {
    doc: "What items that do not say it inherit.",
    keys: &[
        key("owner", Contact, May, "Who answers questions about an item."),
        key("since", Date, May, "The first day an item is collected."),
        key("until", Until, May, "The day from which an item is no longer recorded, or `\"never\"`."),
    ],
};

static SERVER: Form = Form {
    doc: "The report of the server.",
    keys: &[key("every", Duration, Must, "Time between two reports, from `1m` to `30d`.")],
};

static COUNT: Form = Form {
    doc: "One object count of the server's report: a number, or one number for each of a closed list. All counts of \
          a product have at most 200 cells together.",
    keys: &[
        key("what", Line(200), Must, "What is counted. Users read it."),
        WHY,
        CHART,
        key("by", Names(MAX_LIST), May, "The closed list that splits it."),
        key(
            "edges",
            Edges,
            May,
            "Edges of the distribution; with `chart = \"distribution\"` they must stand.",
        ),
        UNIT,
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

static TIMING: Form = Form {
    doc: "What the server measures of the requests that it serves: how many of which kind took how long. It counts and \
          sums from its start on; each report tells the sums since then under a restart tag, so what the page shows \
          stays right whatever was lost. All timings of a product have at most 200 cells together: one for each kind \
          and edge.",
    keys: &[
        key("what", Line(200), Must, "What is measured. Users read it."),
        WHY,
        CHART,
        key(
            "by",
            Splits,
            Must,
            "The closed lists that tell requests apart, by name; every combination is a kind.",
        ),
        key(
            "edges",
            Durations,
            Must,
            "A request is known by the edge at or below its time; 0 is always an edge.",
        ),
        key("parts", Names(MAX_SPLITS), May, "Further times that are summed beside the whole: `database`."),
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

static CLI: Form = Form {
    doc: "Every command gives one event: its path as declared here, the time, whether it failed, the versions of \
          program and server, operating system and architecture. Never arguments, flags or messages.",
    keys: &[
        WHY,
        CHART,
        key(
            "program",
            Line(60),
            May,
            "How users type the program, where it is not the product's id: `cf dev`.",
        ),
        key(
            "commands",
            Commands,
            Must,
            "Canonical command paths, words joined by one space: `metadata apply`.",
        ),
        OWNER,
        SINCE,
        ALLOW,
    ],
};

static CONSOLE: Form = Form {
    doc: "Actions and page views of the web console: a declared name and a declared route pattern, never a payload.",
    keys: &[
        WHY,
        CHART,
        key("actions", Actions, May, "The name that is collected = the Redux action type it stands for."),
        key(
            "routes",
            Routes,
            May,
            "Route patterns: `/data/:source/schema/:schema`. Any other route is `unknown`.",
        ),
        OWNER,
        SINCE,
        ALLOW,
    ],
};

static EVENT: Form = Form {
    doc: "One event with typed fields.",
    keys: &[
        key("component", OneOf(&["server", "cli", "app"]), Must, "Who records it."),
        key("what", Line(200), Must, "What happened when it is recorded. Users read it."),
        WHY,
        CHART,
        key("fields", Each(&FIELD, MAX_FIELDS), May, "Its fields; each may be left out when it is recorded."),
        key(
            "fold",
            Duration,
            May,
            "Repeats with the same fields within this time, from `1s` to `1h`, become one event that tells how many \
             there were.",
        ),
        key(
            "daily",
            True,
            May,
            "At most one a day (UTC) and installation; the first counts: `daily = true`.",
        ),
        key(
            "share",
            SampleRate,
            May,
            "Only by a part of the installations, chosen at random, each once and for ever: `1/10` is about one in \
             ten.",
        ),
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

/// The keys of a field that name its type; exactly one of them stands.
pub(crate) const FIELD_TYPES: [&str; 9] =
    ["flag", "count", "bucket", "duration", "choice", "set", "version", "code", "country"];

static FIELD: Form = Form {
    doc: "One field of an event. Exactly one of the nine types stands; there is no text among them.",
    keys: &[
        key("flag", True, May, "True or false: `flag = true`."),
        key("count", Number(1, MAX_NUMBER), May, "A whole number from 0 to this bound, inclusive."),
        key("bucket", Edges, May, "A number known only by the edge at or below it; 0 is always an edge."),
        key("duration", Durations, May, "A time known only by the edge at or below it; 0 is always an edge."),
        key("choice", Names(MAX_LIST), May, "One of a closed list; anything else is `other`."),
        key("set", Names(MAX_LIST), May, "Several of a closed list; anything else is `other`."),
        key("version", True, May, "Three numbers and a closed channel: `version = true`."),
        key(
            "code",
            Range,
            May,
            "A whole number between two bounds, inclusive: an exit code, an HTTP status.",
        ),
        key(
            "country",
            True,
            May,
            "A country of ISO 3166-1, from a locale that states a region: `country = true`.",
        ),
        key("what", Line(200), May, "What it is, where the name does not say it. Users read it."),
        UNIT,
        ALLOW,
    ],
};
