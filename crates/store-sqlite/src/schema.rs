//! The tables, and how a database of an earlier version becomes one of this.
//!
//! Everything is small integers: a product, a name, a context (component, version, system, architecture, marks, which say
//! the coding agent too) and an installation of a product are each written out once, in a dictionary. No table but `installation` holds
//! an installation's id, and numbers are never given twice, so deleting its line there cuts every tie.

use rusqlite::{Connection, Result};

use super::{processes, rebuild};

/// `abvb` in ASCII, in the header of the file: marks our databases.
pub(super) const APPLICATION: i32 = 0x6162_7662;

/// The schema that this program writes: the number of migrations.
pub(super) const NEWEST: u32 = MIGRATIONS.len() as u32;

/// Each brings the schema from its index to the next number. A published one is never changed.
pub(super) const MIGRATIONS: [&str; 5] = [
    r#"
-- Single values: the position in the ingest log, the key of the tombstones, the day of the last round of retention,
-- the day from which tombstones are whole.
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- `next` is the number the next installation gets; `raw_from` the first day whose rows are whole;
-- `retention` for how many days rows may stay by the newest manifest that was here, null before there was one.
CREATE TABLE product (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    next INTEGER NOT NULL DEFAULT 1,
    raw_from INTEGER NOT NULL DEFAULT -2147483648,
    retention INTEGER
) STRICT;

-- Declared names: commands, actions, routes, counts, cells, events, `event.field`, choices.
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- Who recorded. `version_key` sorts like the version.
CREATE TABLE context (
    id INTEGER PRIMARY KEY,
    product INTEGER NOT NULL,
    component TEXT NOT NULL,
    version_key INTEGER NOT NULL,
    os TEXT NOT NULL,
    arch TEXT NOT NULL,
    marks INTEGER NOT NULL,
    UNIQUE (product, component, version_key, os, arch, marks)
) STRICT;

-- The only table with ids of installations. `first_day` is null until an event was placed; `last_day` is the
-- day of receipt until then. The window of the last 64 sequence numbers shows clones of a disk.
CREATE TABLE installation (
    product INTEGER NOT NULL,
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    first_day INTEGER,
    last_day INTEGER,
    sequence INTEGER NOT NULL DEFAULT -1,
    sequences INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (product, id)
) STRICT, WITHOUT ROWID;

-- Ids of batches, with a hash of the body, by day of receipt.
CREATE TABLE batch (id BLOB PRIMARY KEY, hash INTEGER NOT NULL, day INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX batch_day ON batch (day);

-- Raw rows: what one batch says of one day; `events` as in row.rs.
CREATE TABLE row (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    part INTEGER NOT NULL,
    context INTEGER NOT NULL,
    events BLOB NOT NULL,
    PRIMARY KEY (product, day, installation, part)
) STRICT, WITHOUT ROWID;

-- Roll-ups. The cube: how often what happened on which day in which context (axes in delta.rs).
CREATE TABLE cube (
    product INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    day INTEGER NOT NULL,
    name INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    context INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (product, axis, day, name, detail, context)
) STRICT, WITHOUT ROWID;

-- Which installations were seen on which day in which context; `members` as in chunk.rs.
CREATE TABLE active (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    context INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, day, context, chunk)
) STRICT, WITHOUT ROWID;

-- Which installations were seen first on which day.
CREATE TABLE cohort (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, day, chunk)
) STRICT, WITHOUT ROWID;

-- The last report of each installation; `counts` is the stored form of one report.
CREATE TABLE latest (
    product INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    day INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    context INTEGER NOT NULL,
    counts BLOB NOT NULL,
    PRIMARY KEY (product, installation)
) STRICT, WITHOUT ROWID;

-- How many installations were active on a day whose sets are gone, by context.
CREATE TABLE closed (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    context INTEGER NOT NULL,
    installations INTEGER NOT NULL,
    PRIMARY KEY (product, day, context)
) STRICT, WITHOUT ROWID;

-- What was not counted and why, and how much was, by day of receipt. These are counted once, at apply.
CREATE TABLE quality (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    what TEXT NOT NULL,
    context INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (product, day, what, context)
) STRICT, WITHOUT ROWID;

-- Installations that were erased: a keyed hash of product and id, by day of receipt.
CREATE TABLE tombstone (hash BLOB PRIMARY KEY, day INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"#,
    r#"
-- Ids of batches are forgotten once a day, by one pass over them: an index by day took more than the ids.
DROP INDEX batch_day;

-- Rows of days that are over, of up to 4,096 installations together: `bytes` as in block.rs, `rows` how
-- many are in it. Not WITHOUT ROWID: the end of a long blob shares a page with others only in a table with row ids.
CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (product, day, chunk)
) STRICT;

-- Which installations used what on which day: commands, console actions and declared events by the axes of the cube,
-- and successes (axes in delta.rs); `members` as in chunk.rs. Days before this migration have none.
CREATE TABLE used (
    product INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    day INTEGER NOT NULL,
    name INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, axis, day, name, chunk)
) STRICT, WITHOUT ROWID;

-- What a server told last of each of its last runs: sums since a start, by its restart tag, as stored timings; `day` is
-- that of the last report. They are state of apply and no roll-up: a rebuild leaves them.
CREATE TABLE timing (
    product INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    run BLOB NOT NULL,
    day INTEGER NOT NULL,
    sums BLOB NOT NULL,
    PRIMARY KEY (product, installation, run)
) STRICT, WITHOUT ROWID;
"#,
    r#"
-- Removals under way (removal.rs): installations of a product whose ids are gone and whose rows and sets still go, from
-- `first` to `last`; `day` and `chunk` are where the next step begins, `kind` says who asked for it.
CREATE TABLE removal (
    id INTEGER PRIMARY KEY,
    product INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    day INTEGER,
    chunk INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The key of a batch is made of its product, its installation and its id, and the hash is one of its events. What was kept
-- under the id alone names no batch that can come again: whoever sends now proves to be the installation.
DELETE FROM batch;

-- Servers as commands name them (links.rs): by a hash of the id. `number` is that of the installation, or is kept for it
-- until it sends something; `known` says that it has. `day` is the last on which it was named or seen.
CREATE TABLE server (
    product INTEGER NOT NULL,
    reference BLOB NOT NULL,
    number INTEGER NOT NULL,
    day INTEGER NOT NULL,
    known INTEGER NOT NULL,
    PRIMARY KEY (product, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX server_number ON server (product, number);

-- Changes of rows under way (remake.rs): what is changed, as an amendment says it, and where the next step begins.
CREATE TABLE remake (
    id INTEGER PRIMARY KEY,
    product INTEGER NOT NULL,
    change TEXT NOT NULL,
    day INTEGER NOT NULL,
    chunk INTEGER NOT NULL
) STRICT;

-- The installations of a removal; `members` as in chunk.rs.
CREATE TABLE removal_member (
    removal INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (removal, chunk)
) STRICT, WITHOUT ROWID;

-- `received` is the day on which something of an installation was first received, null while others only named it;
-- `spent` up to when the growth of its sums is used up, in seconds since 1970.
ALTER TABLE installation ADD COLUMN received INTEGER;
ALTER TABLE installation ADD COLUMN spent INTEGER;
UPDATE installation SET received = coalesce(first_day, last_day);

-- Which installations were first received on which day.
CREATE TABLE arrived (
    product INTEGER NOT NULL,
    day INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, day, chunk)
) STRICT, WITHOUT ROWID;
INSERT INTO arrived SELECT * FROM cohort;

-- Versions that have a name: of the product (axis 0) or of a field (the number of `event.field`); `day` is the day of
-- receipt on which it got one, `reason` as in versions.rs. They are state of apply and no roll-up: a rebuild leaves them.
CREATE TABLE version (
    product INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    version INTEGER NOT NULL,
    day INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    PRIMARY KEY (product, axis, version)
) STRICT, WITHOUT ROWID;
-- Until now every version had one. Those that were seen on most days keep it.
INSERT INTO version SELECT product, 0, version_key, first, 1 FROM (
    SELECT context.product, version_key, min(day) AS first,
        row_number() OVER (PARTITION BY context.product ORDER BY count(DISTINCT day) DESC, version_key) AS place
    FROM active JOIN context ON context.id = active.context GROUP BY context.product, version_key
) WHERE place <= 250;

-- `stranger` says that an installation that was not verified brought the context in; those count by themselves.
ALTER TABLE context ADD COLUMN stranger INTEGER NOT NULL DEFAULT 0;
CREATE INDEX context_stranger ON context (product, stranger, version_key);

-- `reports` is the number of reports of the installation and day up to and with this row, as `part` is that of events.
-- Those of rows from before this migration are not known.
ALTER TABLE row ADD COLUMN reports INTEGER NOT NULL DEFAULT 0;
-- So is `bytes` what their events take before they are deflated.
ALTER TABLE row ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
-- `report_bytes` is how many of these are of reports.
ALTER TABLE row ADD COLUMN report_bytes INTEGER NOT NULL DEFAULT 0;
-- What is in a block, as `bytes` counts it; that of one from before this migration is not known.
ALTER TABLE block ADD COLUMN inflated INTEGER NOT NULL DEFAULT 0;

-- `dropped` is how many dropped events of the installation were counted on the day of receipt `dropped_day`.
ALTER TABLE installation ADD COLUMN dropped_day INTEGER;
ALTER TABLE installation ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;

-- What a server told last of each of its last processes, all in one: `sums` as in processes.rs; `oldest` is the day of
-- the oldest last report. `migrate` takes over what `timing` remembered of each by itself.
DROP TABLE timing;
CREATE TABLE process (
    product INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    sums BLOB NOT NULL,
    PRIMARY KEY (product, installation)
) STRICT, WITHOUT ROWID;

-- How much verified installations, and how much all others, added to a sum on a day of receipt (weight.rs).
CREATE TABLE weight (
    product INTEGER NOT NULL,
    what TEXT NOT NULL,
    day INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    others INTEGER NOT NULL,
    PRIMARY KEY (product, what, day)
) STRICT, WITHOUT ROWID;

-- Release lines that an operator named.
CREATE TABLE line (
    product INTEGER NOT NULL,
    major INTEGER NOT NULL,
    minor INTEGER NOT NULL,
    PRIMARY KEY (product, major, minor)
) STRICT, WITHOUT ROWID;
"#,
    r#"
-- Which installations used what on which day in which context: commands with how they ended (`detail`, as in the cube),
-- console actions, declared events and reports by the axes of the cube; and successes, which have no context (axes in
-- delta.rs). `migrate` makes it from the rows.
DROP TABLE used;
CREATE TABLE used (
    product INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    day INTEGER NOT NULL,
    name INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    context INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, axis, day, name, detail, context, chunk)
) STRICT, WITHOUT ROWID;

-- Of which installations something was received on which day or in which hour since 1970 (`period`), and how commands
-- ended by day of receipt (axes in receipts.rs); `members` as in chunk.rs. Rows do not say when they were received, so this
-- is state of apply and no roll-up: a rebuild leaves it.
CREATE TABLE received (
    product INTEGER NOT NULL,
    axis INTEGER NOT NULL,
    period INTEGER NOT NULL,
    name INTEGER NOT NULL,
    detail INTEGER NOT NULL,
    context INTEGER NOT NULL,
    chunk INTEGER NOT NULL,
    members BLOB NOT NULL,
    PRIMARY KEY (product, axis, period, name, detail, context, chunk)
) STRICT, WITHOUT ROWID;

-- How many batches were taken in in which hour since 1970, by component; synthetic ones apart, so that they can be cleared
-- away.
CREATE TABLE batch_count (
    product INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    component TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (product, hour, component, synthetic)
) STRICT, WITHOUT ROWID;

-- When the first and the last of them came, in seconds since 1970.
CREATE TABLE batch_ends (
    product INTEGER NOT NULL,
    component TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (product, component, synthetic)
) STRICT, WITHOUT ROWID;

-- `first` is the first day of which there is data of the version, null before there is any.
ALTER TABLE version ADD COLUMN first INTEGER;
UPDATE version SET first = seen.day FROM (
    SELECT context.product, context.version_key, min(day) AS day
    FROM (SELECT context, day FROM active UNION ALL SELECT context, day FROM closed) AS data
    JOIN context ON context.id = data.context
    GROUP BY context.product, context.version_key
) AS seen WHERE version.product = seen.product AND axis = 0 AND version = seen.version_key;
"#,
    r#"
-- `heard` is the last day on which something of an installation was received, null for one of a product that publishes no
-- figures.
ALTER TABLE installation ADD COLUMN heard INTEGER;

-- In which periods of published figures, from `first` to `last`, an installation was there: `value` is what only it can
-- compute of the period, `revision` that of the manifest of its latest batch with events in it. It is state of apply and no
-- roll-up: a rebuild leaves it.
CREATE TABLE counted (
    product INTEGER NOT NULL,
    installation INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    value BLOB NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (product, installation, first, last)
) STRICT, WITHOUT ROWID;
"#,
];

/// Brings the schema to [`NEWEST`] in one transaction; `from` is what it is now.
pub(super) fn migrate(connection: &mut Connection, from: u32) -> Result<()> {
    let transaction = connection.transaction()?;
    for (migration, schema) in MIGRATIONS.iter().zip(0..).skip(from as usize) {
        if schema == 2 {
            transaction.execute_batch("CREATE TEMP TABLE told AS SELECT * FROM timing")?;
        }
        transaction.execute_batch(migration)?;
        if schema == 2 {
            processes::take_over(&transaction, "told", &transaction)?;
            transaction.execute_batch("DROP TABLE told")?;
        }
    }
    if (1..4).contains(&from) {
        rebuild::make_used(&transaction)?;
    }
    if from == 0 {
        // What a new database holds besides its tables. SQLite's generator is seeded by the system's.
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        let values = "INSERT INTO meta VALUES ('position', 0), ('tombstone key', randomblob(32))";
        transaction.execute(values, [])?;
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()
}
