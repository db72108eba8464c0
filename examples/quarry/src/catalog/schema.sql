CREATE TABLE IF NOT EXISTS relations (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    schema TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('table', 'view')),
    UNIQUE (source, schema, name)
) STRICT;

CREATE TABLE IF NOT EXISTS relationships (
    relation INTEGER NOT NULL REFERENCES relations ON DELETE CASCADE,
    name TEXT NOT NULL,
    target TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('manual', 'automatic')),
    PRIMARY KEY (relation, name)
) STRICT;

CREATE TABLE IF NOT EXISTS permissions (
    relation INTEGER NOT NULL REFERENCES relations ON DELETE CASCADE,
    role TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('select', 'insert', 'update', 'delete')),
    PRIMARY KEY (relation, role, kind)
) STRICT;

CREATE TABLE IF NOT EXISTS event_triggers (
    name TEXT PRIMARY KEY,
    relation INTEGER NOT NULL REFERENCES relations ON DELETE CASCADE,
    webhook TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS remote_schemas (
    name TEXT PRIMARY KEY,
    url TEXT NOT NULL
) STRICT;

-- What makes the servers of one catalog one installation.
CREATE TABLE IF NOT EXISTS telemetry (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS migrations (
    source TEXT NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (source, version)
) STRICT;
