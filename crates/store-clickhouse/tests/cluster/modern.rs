//! ClickHouse of today: each statement of a collector is asked of it and of the version that all tests run with, and answered the same, byte for
//! byte. In long runs alone, for which it is installed.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use aboveboard_replay::{Backend as _, JournalEntry};
use aboveboard_store_clickhouse::ClickHouse;
use aboveboard_testkit::clickhouse::{Compared, Comparison, Double};

use crate::contract;
use crate::fixture::{DAY, NOON, block, config};

/// One in so many of the cases of the contract: two servers work for each, one statement after the other.
const ONE_CASE_IN: u32 = 8;

/// ClickHouse's error of a statement that it cannot parse.
const SYNTAX: &str = "Code: 62.";

/// Where ClickHouse of today is installed; none where this is no long run.
fn package() -> Option<PathBuf> {
    std::env::var_os("ABOVEBOARD_TORTURE")?;
    let package = Double::package();
    let must_run = std::env::var_os("ABOVEBOARD_MUST_RUN").is_some();
    assert!(
        package.is_some() || !must_run,
        "must run, and cannot: nothing says where ClickHouse of today is"
    );
    package
}

/// Has both asked something. Fails where they answered differently.
fn compare(package: &Path, asked: impl FnOnce(&Comparison)) -> Compared {
    let both = Comparison::start(package);
    let ended = catch_unwind(AssertUnwindSafe(|| asked(&both)));
    let compared = both.finish();
    // What fails behind a difference fails by it.
    assert!(compared.difference().is_none(), "{}", compared.difference().unwrap_or_default());
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
    compared
}

#[test]
fn torture_clickhouse_of_today_answers_every_statement_as_the_oldest_that_works_does() {
    let Some(package) = package() else { return };
    let compared = compare(&package, |both| {
        contract::passes(ONE_CASE_IN, &both.address(), |statement| both.run(statement));
    });
    for (kind, times) in compared.kinds() {
        println!("{times:6} {kind}");
    }
    println!("{}", compared.told());
    assert_eq!(compared.unused(), [""; 0], "these are no exceptions any more");
}

#[test]
fn torture_clickhouse_of_today_says_the_same_of_blocks_that_it_lost() {
    let Some(package) = package() else { return };
    let compared = compare(&package, |both| {
        let data = tempfile::tempdir().unwrap();
        let open = || ClickHouse::open(&config(&both.address()), data.path()).unwrap();
        let cluster = open();
        let sent = block(cluster.node(), 0, 100);
        cluster.append(sent.clone()).unwrap();
        cluster.flush().unwrap();
        drop(cluster);
        // Nobody saw it there: it is looked for, twice in vain.
        for lost in ["arrival DROP PARTITION '2024-10-04'", "journal DROP PARTITION 202410"] {
            both.run(&format!("ALTER TABLE aboveboard.{lost}"));
            open().flush().unwrap();
        }
        let cluster = open();
        assert_eq!(cluster.settled().unwrap(), sent.end);
        assert_eq!(cluster.blocks(DAY).unwrap().len(), 1);
        // A month later the rows of its day go.
        let closed = JournalEntry::Closed {
            shard: 0,
            day: DAY + 30,
            generation: 1,
            sums: 1,
            first_day: DAY + 30,
            without: Vec::new(),
        };
        cluster.note(NOON, &[closed]).unwrap();
        cluster.forget_receipts(0, 0).unwrap();
        assert_eq!(cluster.blocks(DAY).unwrap(), []);
    });
    println!("{}", compared.told());
}

/// It is told apart by its version, and given a setting that older ones do not know.
#[test]
fn torture_a_collector_keeps_a_log_in_clickhouse_of_today() {
    let Some(package) = package() else { return };
    let double = Double::start(&package);
    let data = tempfile::tempdir().unwrap();
    let cluster = ClickHouse::open(&config(&double.address()), data.path()).unwrap();
    let sent = block(cluster.node(), 0, 100);
    cluster.append(sent.clone()).unwrap();
    cluster.flush().unwrap();
    assert_eq!(cluster.settled().unwrap(), sent.end);
    let names: Vec<_> = cluster.blocks(DAY).unwrap().into_iter().map(|(_, name, _)| name).collect();
    let mut kept = cluster.batches(0, DAY, &names).unwrap();
    kept.sort_by_key(|batch| batch.order);
    assert_eq!(kept, sent.batches);
}

/// It cannot run them: it has no ZooKeeper, and says so once it has understood them.
#[test]
fn torture_clickhouse_of_today_understands_what_needs_zookeeper() {
    let Some(package) = package() else { return };
    let double = Double::start(&package);
    let refused = |statement: &str| {
        let error = double.try_ask(statement).unwrap_err();
        assert!(!error.starts_with(SYNTAX), "{statement}: {error}");
        error
    };
    let table = "t (n UInt64) ENGINE = ReplicatedMergeTree('/clickhouse/t', 'a') ORDER BY n";
    for statement in [&format!("CREATE TABLE {table}"), "SYSTEM DROP REPLICA 'a' FROM ZKPATH '/clickhouse/t'"]
    {
        let error = refused(statement);
        assert!(error.to_lowercase().contains("zookeeper"), "{statement}: {error}");
    }
    // Older versions alone attach a table by its definition. They are those that cannot drop a replica by a statement.
    assert!(refused(&format!("ATTACH TABLE {table}")).starts_with("Code: 80."));
    // What is wrong is seen.
    assert!(
        double.try_ask("SYSTEM DROP REPLICA 'a' OF ZKPATH '/clickhouse/t'").unwrap_err().starts_with(SYNTAX)
    );
}
