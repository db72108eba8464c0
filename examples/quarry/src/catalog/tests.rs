//! The catalog counts and moves what it holds, over a real database.

use super::*;
use crate::telemetry::Counts;
use crate::telemetry::counts::{Permissions, Relationships};

fn relation(name: &str) -> Relation {
    Relation { source: "east".to_owned(), schema: "public".to_owned(), name: name.to_owned() }
}

/// Three tables and a view in two sources, neither of them called `default`.
fn shop() -> Metadata {
    let table = |name: &str, kind| Table {
        table: relation(name),
        kind,
        relationships: Vec::new(),
        permissions: Vec::new(),
        event_triggers: Vec::new(),
    };
    let mut orders = table("orders", RelationKind::Table);
    orders.relationships =
        [("customer", Origin::Automatic), ("lines", Origin::Automatic), ("similar", Origin::Manual)]
            .map(|(name, origin)| Relationship {
                name: name.to_owned(),
                target: "customers".to_owned(),
                origin,
            })
            .to_vec();
    orders.permissions = [
        ("clerk", PermissionKind::Select),
        ("clerk", PermissionKind::Insert),
        ("auditor", PermissionKind::Select),
    ]
    .map(|(role, kind)| Permission { role: role.to_owned(), kind })
    .to_vec();
    orders.event_triggers = (0..5)
        .map(|n| EventTrigger { name: format!("on_order_{n}"), webhook: "http://localhost/hook".to_owned() })
        .collect();
    let mut lines = table("lines", RelationKind::Table);
    lines.table.source = "west".to_owned();
    Metadata {
        tables: vec![
            table("customers", RelationKind::Table),
            orders,
            table("totals", RelationKind::View),
            lines,
        ],
        remote_schemas: vec![RemoteSchema { name: "weather".to_owned(), url: "http://localhost".to_owned() }],
    }
}

#[tokio::test]
async fn counts_say_exactly_what_is_tracked_over_all_sources() {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path()).unwrap();
    assert_eq!(catalog.counts().await.unwrap(), Counts::default());
    catalog.replace(shop()).await.unwrap();
    let expected = Counts {
        tables: 3,
        views: 1,
        relationships: Relationships { manual: 1, automatic: 2 },
        permissions: Permissions { select: 2, insert: 1, update: 0, delete: 0 },
        roles: 2,
        event_triggers: 5,
        remote_schemas: 1,
    };
    assert_eq!(catalog.counts().await.unwrap(), expected);
    let again = Catalog::open(directory.path()).unwrap();
    assert_eq!(again.counts().await.unwrap(), expected, "after a restart");
    catalog.change(Change::UntrackTable(relation("orders"))).await.unwrap();
    let left = Counts { tables: 2, views: 1, remote_schemas: 1, ..Counts::default() };
    assert_eq!(catalog.counts().await.unwrap(), left, "what hung on the table went with it");
}

#[tokio::test]
async fn an_export_applied_elsewhere_is_the_same_catalog() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [here, there] = directories.each_ref().map(|directory| Catalog::open(directory.path()).unwrap());
    here.replace(shop()).await.unwrap();
    let exported = here.export().await.unwrap();
    there.replace(exported.clone()).await.unwrap();
    assert_eq!(there.export().await.unwrap(), exported);
}

#[tokio::test]
async fn a_document_that_names_something_twice_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path()).unwrap();
    catalog.replace(shop()).await.unwrap();
    let before = catalog.export().await.unwrap();
    let mut twice = shop();
    twice.tables.push(twice.tables[0].clone());
    assert!(matches!(catalog.replace(twice).await, Err(CatalogError::Exists(_))));
    assert_eq!(catalog.export().await.unwrap(), before);
}

#[tokio::test]
async fn a_change_to_what_is_not_there_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path()).unwrap();
    let table = relation("nowhere");
    let change = Change::AddPermission { table, role: "clerk".to_owned(), kind: PermissionKind::Select };
    assert!(matches!(catalog.change(change).await, Err(CatalogError::Missing(_))));
    let change = Change::DeleteEventTrigger { name: "none".to_owned() };
    assert!(matches!(catalog.change(change).await, Err(CatalogError::Missing(_))));
}

#[tokio::test]
async fn a_migration_runs_once_and_leaves_nothing_when_it_fails() {
    let directory = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(directory.path()).unwrap();
    let migration = |version, direction, sql: &str| Migration {
        source: "default".to_owned(),
        version,
        name: "orders".to_owned(),
        direction,
        sql: sql.to_owned(),
    };
    let up = || migration(1, Direction::Up, "CREATE TABLE orders (id INTEGER)");
    catalog.migrate(up()).await.unwrap();
    assert!(matches!(catalog.migrate(up()).await, Err(CatalogError::Exists(_))));
    let broken = migration(2, Direction::Up, "CREATE TABLE lines (id INTEGER); CREATE TABEL");
    assert!(matches!(catalog.migrate(broken).await, Err(CatalogError::Invalid(_))));
    let elsewhere = format!("ATTACH '{}' AS x", directory.path().join("stolen").display());
    assert!(catalog.migrate(migration(3, Direction::Up, &elsewhere)).await.is_err());
    assert!(!directory.path().join("stolen").exists());
    let applied = catalog.applied("default".to_owned()).await.unwrap();
    assert_eq!(applied, [AppliedMigration { version: 1, name: "orders".to_owned() }]);
    catalog.migrate(migration(1, Direction::Down, "DROP TABLE orders")).await.unwrap();
    assert_eq!(catalog.applied("default".to_owned()).await.unwrap(), []);
    let outside = Migration { source: "../x".to_owned(), ..up() };
    assert!(matches!(catalog.migrate(outside).await, Err(CatalogError::Invalid(_))));
}

/// Two servers with a connection each, as they would be on two machines with a database between them.
#[tokio::test]
async fn servers_of_one_catalog_keep_what_makes_them_one_installation() {
    use aboveboard::server::StateStore as _;

    let directory = tempfile::tempdir().unwrap();
    let servers = [Catalog::open(directory.path()).unwrap(), Catalog::open(directory.path()).unwrap()];
    let [one, other] = &servers;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(one.load("secret").await.unwrap(), None);
    assert!(!one.swap("secret", text("a"), text("b")).await.unwrap(), "there is no a");
    assert!(one.swap("secret", None, None).await.unwrap());
    assert!(one.swap("secret", None, text("a")).await.unwrap());
    assert!(!other.swap("secret", None, text("b")).await.unwrap(), "somebody was quicker");
    assert!(!other.swap("secret", None, None).await.unwrap());
    assert_eq!(other.load("secret").await.unwrap(), text("a"));
    assert!(other.swap("secret", text("a"), text("b")).await.unwrap());
    assert!(!one.swap("secret", text("a"), None).await.unwrap());
    assert!(one.swap("secret", text("b"), None).await.unwrap());
    assert_eq!(other.load("secret").await.unwrap(), None);

    // Of many that claim the same turn, one has it.
    let claims: Vec<_> = (0..16)
        .map(|server| {
            let catalog = servers[server % 2].clone();
            tokio::spawn(async move { catalog.swap("report", None, Some(server.to_string())).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for claim in claims {
        won += usize::from(claim.await.unwrap());
    }
    assert_eq!(won, 1);
}
