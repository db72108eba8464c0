//! The grammar as data: every table with its keys.
//!
//! The parser checks against it, and the reference page and the editors' schema are generated from it, so none of
//! the three can say what the others do not.

use super::{
    Asks, KeyDefinition, MAX_COUNTS, MAX_EVENTS, MAX_FIELDS, MAX_FUNNELS, MAX_LIST, MAX_NUMBER,
    MAX_OLD_NAMES, MAX_RATE, MAX_SPLITS, MAX_TIMINGS, Presence, Spelling, TableDefinition, ValueType,
};

const fn key(
    name: &'static str,
    value_type: ValueType,
    presence: Presence,
    asks: Asks,
    doc: &'static str,
) -> KeyDefinition {
    KeyDefinition { name, value_type, presence, asks, doc }
}

use Asks::{Again, ByParts, Never};
use Presence::{Optional, Required, RequiredOrDefault};
use ValueType::{
    Actions, Address, Allows, Commands, Contact, Country, Date, Duration, Durations, Each, Edges, IngestKey,
    Line, Name, Names, Number, OldNames, OneOf, PublishTables, Range, Releases, Retention, Routes,
    SampleRate, Splits, Steps, Table, True, Until, VerifierKeys,
};

const CHARTS: ValueType = OneOf(&["number", "trend", "share", "distribution", "table"]);
const WHY: KeyDefinition =
    key("why", Line(300), Required, Again, "Which question it answers. Users read it.");
const CHART: KeyDefinition = key(
    "chart",
    CHARTS,
    Required,
    Never("it is how the page shows it; without a distribution the edges go"),
    "How the page shows it: no chart, no data.",
);
const OWNER: KeyDefinition = key(
    "owner",
    Contact,
    RequiredOrDefault,
    Never("it is who answers questions"),
    "Who answers questions about it.",
);
const SINCE: KeyDefinition = key(
    "since",
    Date,
    RequiredOrDefault,
    Never("nothing is recorded by it"),
    "The first day it is collected.",
);
#[rustfmt::skip]
const UNTIL: KeyDefinition = key("until", Until, RequiredOrDefault, Again,
    "The day from which it is no longer recorded, or `\"never\"`. An expired item still compiles; \
     `manifest check` fails on it.");
#[rustfmt::skip]
const ALLOW: KeyDefinition = key("allow", Allows, Optional, Never("it is about lints"),
    "Lints that do not apply here, each with the reason.");
/// Why users are not asked about old names.
const SAME_DATA: Asks =
    Never("it is which recorded names are counted together; a new name itself asks again");
#[rustfmt::skip]
const WAS: KeyDefinition = key("was", Names(MAX_OLD_NAMES), Optional, SAME_DATA,
    "What it was called in earlier revisions, all of its old names: what was recorded under them is counted with it, and \
     so is what older agents still send under them.");
const UNIT: KeyDefinition = key("unit", Line(20), Optional, Again, "The unit of its numbers, for people.");

#[rustfmt::skip]
pub(crate) static ROOT: TableDefinition = TableDefinition {
    doc: "The whole file.",
    keys: &[
        key("grammar", Number(1, 1), Required, Never("it says how the file is written"),
            "Version of the grammar the file is written in."),
        key("product", Table(&PRODUCT), Required, ByParts, "Who collects, and where it goes."),
        key("consent", Table(&CONSENT), Required, ByParts, "Which consent policy each component has."),
        key("settings", Table(&SETTINGS), Optional, ByParts, "Where users find the product's own switches."),
        key("defaults", Table(&DEFAULTS), Optional, ByParts, "Values that items inherit."),
        key("server", Table(&SERVER), Optional, ByParts, "The report of the server."),
        key("counts", Each(&COUNT, MAX_COUNTS), Optional, ByParts, "The object counts of the server's report."),
        key("timings", Each(&TIMING, MAX_TIMINGS), Optional, ByParts,
            "What the server measures of the requests that it serves."),
        key("cli", Table(&CLI), Optional, ByParts, "The command line program."),
        key("console", Table(&CONSOLE), Optional, ByParts, "The web console."),
        key("events", Each(&EVENT, MAX_EVENTS), Optional, ByParts, "Events with typed fields."),
        key("funnels", Each(&FUNNEL, MAX_FUNNELS), Optional, ByParts,
            "How far installations come along steps that are declared above. Nothing is collected for them."),
        key("publish", Table(&PUBLISH), Optional, ByParts, "Which figures are published for everybody."),
    ],
};

#[rustfmt::skip]
static PRODUCT: TableDefinition = TableDefinition {
    doc: "Who collects, where it goes, who answers for it.",
    keys: &[
        key("id", Name, Required, Again,
            "Names directories and, upper-cased, the prefix of variables: `quarry`, `QUARRY_`."),
        key("name", Line(60), Required, Never("who answers for the data is the controller"),
            "The product's name for people."),
        key("revision", Number(1, 1_000_000), Required, Never("it counts the texts"),
            "From 1; raise it with every change of the file."),
        key("endpoint", Address, Required, Again, "Where batches go: https, no trailing slash."),
        key("ingest-key", IngestKey, Required, Never("it routes and limits"),
            "The product's public key at the collector, for routing and limits. It proves nothing."),
        key("controller", Line(200), Required, Again, "Who answers for the data: a legal person and its seat."),
        key("contact", Contact, Required, Never("it is where the controller can be reached now"),
            "Where users reach the controller: a mail address or an https address."),
        key("policy", Address, Optional, Never("what was agreed to are these terms and items"),
            "Where users read more."),
        key("hosting", Country, Required, Again, "The country the data is kept in, two letters of ISO 3166-1."),
        key("retention", Retention, Required, Again,
            "How long raw data is kept: a number of days, weeks, months or years."),
        key("recipients", Line(200), Optional, Again,
            "Who else receives the data: `nobody`, or names. Users read it."),
        key("releases", Releases, Optional, Never("it names versions on the page"),
            "The release lines of the product, the first two numbers of its versions. The collector shows their versions \
             by name, however many others are made up."),
        key("coding-agents", OneOf(&["counted", "apart"]), Optional, Never("it is what the page counts of the same data"),
            "Whether headline figures count what coding agents such as Claude Code ran: `counted`, which it is without this \
             key, or `apart`. It is recorded and sent either way, with the mark `agent`. Users read it."),
        key("family", Name, Optional, Again, "The family whose answer a component with the policy `follow` obeys."),
    ],
};

#[rustfmt::skip]
static CONSENT: TableDefinition = TableDefinition {
    doc: "One policy for each component that records. There is no default. A console has no policy \
          of its own and obeys the server or CLI that serves it.",
    keys: &[
        key("server", OneOf(&["notice", "ask", "operator", "off"]), Optional, Again, "Policy of the server."),
        key("cli", OneOf(&["ask", "notice", "follow", "off"]), Optional, Again,
            "Policy of the command line program."),
        key("app", OneOf(&["ask", "notice", "follow", "off"]), Optional, Again,
            "Policy of the application or library."),
    ],
};

#[rustfmt::skip]
static SETTINGS: TableDefinition = TableDefinition {
    doc: "Where users find the product's own switches. The disclosure page names a flag, a config key and a \
          dialogue only if they are declared here; variables and policy files work for every product.",
    keys: &[
        key("server", Table(&SETTING), Optional, ByParts, "Of the server."),
        key("cli", Table(&SETTING), Optional, ByParts, "Of the command line program."),
        key("app", Table(&SETTING), Optional, ByParts, "Of the application or library."),
    ],
};

#[rustfmt::skip]
static SETTING: TableDefinition = TableDefinition {
    doc: "The switches of one component.",
    keys: &[
        key("flag", True, Optional, Never("the other switches work as well"),
            "It has the flag `--enable-telemetry`: `flag = true`."),
        key("config-file", Line(200), Optional, Never("the other switches work as well"),
            "Its config file, as users know it, with the key `enable_telemetry`: `~/.config/quarry/config.json`."),
        key("dialogue", Line(200), Optional, Never("the other switches work as well"),
            "Where in its own settings the switch is: `Settings > Telemetry`."),
    ],
};

#[rustfmt::skip]
static DEFAULTS: TableDefinition = TableDefinition {
    doc: "Values that items inherit.",
    keys: &[
        key("owner", Contact, Optional, Never("it is who answers questions"), "Who answers questions about an item."),
        key("since", Date, Optional, Never("nothing is recorded by it"), "The first day an item is collected."),
        key("until", Until, Optional, Again, "The day from which an item is no longer recorded, or `\"never\"`."),
    ],
};

#[rustfmt::skip]
static SERVER: TableDefinition = TableDefinition {
    doc: "The report of the server.",
    keys: &[key("every", Duration, Required, Again, "Time between two reports, from `1m` to `30d`.")],
};

#[rustfmt::skip]
static COUNT: TableDefinition = TableDefinition {
    doc: "One object count of the server's report: a number, or one number for each of a closed list; one above \
          1,000,000,000 is recorded as that. All counts of a product have at most 200 cells together.",
    keys: &[
        key("what", Line(200), Required, Again, "What is counted. Users read it."),
        WHY,
        CHART,
        key("by", Names(MAX_LIST), Optional, Again, "The closed list that splits it."),
        key("by-was", OldNames(Spelling::Entry), Optional, SAME_DATA, "Old names of entries of `by`."),
        key("edges", Edges, Optional, Again,
            "Edges of the distribution; required with `chart = \"distribution\"`. The number is rounded down to an edge \
             before it is recorded; 0 is always an edge."),
        key("exact", True, Optional, Again, "The number itself is recorded, although there are edges."),
        key("exact-why", Line(300), Optional, Again, "Why the edge does not do. Users read it."),
        UNIT,
        WAS,
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

#[rustfmt::skip]
static TIMING: TableDefinition = TableDefinition {
    doc: "What the server measures of the requests that it serves: how many of which kind took how long. It sums from \
          its start on; each report holds the sums since then under a restart tag, so that the page stays right even \
          if a report is lost. All timings of a product have at most 200 cells together: one for each kind \
          and edge.",
    keys: &[
        key("what", Line(200), Required, Again, "What is measured. Users read it."),
        WHY,
        CHART,
        key("by", Splits, Required, Again,
            "The closed lists that split the requests, by name; every combination is a kind."),
        key("edges", Durations, Required, Again,
            "The time of a request is rounded down to an edge; 0 is always an edge."),
        key("parts", Names(MAX_SPLITS), Optional, Again,
            "Further times that are summed beside the whole: `database`."),
        key("rate", Number(1, MAX_RATE), Optional, Never("it bounds what the collector believes"),
            "The most requests a second that one server answers, on average between two reports; 100, if it is not \
             given. What a report says beyond that is not counted."),
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

#[rustfmt::skip]
static CLI: TableDefinition = TableDefinition {
    doc: "Every command gives one event: its path as declared here, the time, whether it failed, the versions of \
          program and server, operating system and architecture. Never arguments, flags or messages.",
    keys: &[
        WHY,
        CHART,
        key("program", Line(60), Optional, Never("it is how users type it"),
            "How users type the program, if not by the product's id: `cf dev`."),
        key("commands", Commands, Required, Again,
            "Canonical command paths, words joined by one space: `metadata apply`."),
        key("commands-was", OldNames(Spelling::Command), Optional, SAME_DATA,
            "Old names of commands: `\"metadata apply\" = [\"metadata push\"]`."),
        OWNER,
        SINCE,
        ALLOW,
    ],
};

#[rustfmt::skip]
static CONSOLE: TableDefinition = TableDefinition {
    doc: "Actions and page views of the web console: a declared name and a declared route pattern, never a payload.",
    keys: &[
        WHY,
        CHART,
        key("actions", Actions, Optional, Again, "The name that is collected = the Redux action type it stands for."),
        key("routes", Routes, Optional, Again,
            "Route patterns: `/data/:source/schema/:schema`. Any other route is `unknown`."),
        key("actions-was", OldNames(Spelling::Entry), Optional, SAME_DATA, "Old names of actions."),
        key("routes-was", OldNames(Spelling::Route), Optional, SAME_DATA, "Old patterns of routes."),
        OWNER,
        SINCE,
        ALLOW,
    ],
};

#[rustfmt::skip]
static EVENT: TableDefinition = TableDefinition {
    doc: "One event with typed fields.",
    keys: &[
        key("component", OneOf(&["server", "cli", "app"]), Required, Again, "Who records it."),
        key("what", Line(200), Required, Again, "What happened when it is recorded. Users read it."),
        WHY,
        CHART,
        key("fields", Each(&FIELD, MAX_FIELDS), Optional, ByParts,
            "Its fields; a recorded event may leave any of them out."),
        key("fold", Duration, Optional, Again,
            "Repeats with the same fields within this time, from `1s` to `1h`, become one event that says how many \
             there were."),
        key("daily", True, Optional, Again,
            "At most one a day (UTC) and installation; the first counts: `daily = true`."),
        key("share", SampleRate, Optional, Again,
            "Only this part of the installations records it, chosen at random, each of them once: `1/10` is about \
             one in ten."),
        WAS,
        OWNER,
        SINCE,
        UNTIL,
        ALLOW,
    ],
};

#[rustfmt::skip]
static FIELD: TableDefinition = TableDefinition {
    doc: "One field of an event. It has exactly one of the nine types; none of them is a text.",
    keys: &[
        key("flag", True, Optional, Again, "True or false: `flag = true`."),
        key("count", Number(1, MAX_NUMBER), Optional, Again, "A whole number from 0 to this bound, inclusive."),
        key("bucket", Edges, Optional, Again, "A number that is rounded down to an edge; 0 is always an edge."),
        key("duration", Durations, Optional, Again, "A time that is rounded down to an edge; 0 is always an edge."),
        key("choice", Names(MAX_LIST), Optional, Again, "One of a closed list; anything else is `other`."),
        key("set", Names(MAX_LIST), Optional, Again, "Several of a closed list; anything else is `other`."),
        key("choice-was", OldNames(Spelling::Entry), Optional, SAME_DATA, "Old names of entries of `choice`."),
        key("set-was", OldNames(Spelling::Entry), Optional, SAME_DATA, "Old names of entries of `set`."),
        key("version", True, Optional, Again, "Three numbers and a closed channel: `version = true`."),
        key("code", Range, Optional, Again,
            "A whole number between two bounds, inclusive: an exit code, an HTTP status."),
        key("country", True, Optional, Again,
            "A country of ISO 3166-1, from a locale that states a region: `country = true`."),
        key("what", Line(200), Optional, Again, "What it is, if its name does not say. Users read it."),
        UNIT,
        WAS,
        ALLOW,
    ],
};

#[rustfmt::skip]
static FUNNEL: TableDefinition = TableDefinition {
    doc: "How many installations come from a first step to a last one within some days, and where they stop. It puts \
          together what is collected anyway: nothing is recorded or sent for it.",
    keys: &[
        key("steps", Steps, Required, NOTHING_COLLECTED,
            "Two to ten steps in their order: the name of an event, the path of a command, the name of an action, or \
             `report` for a report of the server. `event:NAME`, `command:PATH` and `action:NAME` say which, where a name \
             stands for several."),
        key("within", Duration, Required, NOTHING_COLLECTED,
            "Within how many days the steps are taken, from the first one on: `1d` to `90d`, the day of the first step \
             included."),
        key("why", Line(300), Required, NOTHING_COLLECTED, "Which question it answers. Users read it."),
        ALLOW,
    ],
};

/// Why users are not asked about a funnel.
const NOTHING_COLLECTED: Asks = Never("nothing is collected for it");

#[rustfmt::skip]
static PUBLISH: TableDefinition = TableDefinition {
    doc: "Which figures are published for everybody, each a number of installations with noise that hides any one of them: \
          how many were active and since when, of which component, system and version, and the tables that are named here.",
    keys: &[
        key("why", Line(300), Required, Again, "Why figures are published. Users read it."),
        key("every", OneOf(&["month", "quarter"]), Required, Again,
            "What one publication covers: a calendar `month` or `quarter`. A quarter has more installations, so that its \
             figures are sharper, and each installation is in fewer publications."),
        key("tables", PublishTables, Optional, Again,
            "What is published besides, of `commands`, `sizes` (the counts), `actions`, `events.NAME` and `timings.NAME`. \
             The fewer, the sharper their figures."),
        key("licence", OneOf(&["CC0-1.0", "CC-BY-4.0", "ODC-By-1.0"]), Required,
            Never("it is what readers may do with figures"),
            "Under which licence the figures stand, by its SPDX identifier."),
        key("site", Address, Required, Never("it is where the same figures stand"),
            "Where the figures are published: https, no trailing slash."),
        key("keys", VerifierKeys, Required, Never("it is how readers check figures"),
            "Who signs publications, each as `aboveboard publish key new` prints it; several while one is replaced. It stands in \
             every program, so that its users can check what is published."),
        ALLOW,
    ],
};
