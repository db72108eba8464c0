//! The contract of every store, on a real server of ClickHouse: a database for each store, in the order in which they are made.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_replay::memory::{Closing, TestedNode};
use aboveboard_replay::{ClusterKey, ClusterReader};
use aboveboard_store::read::StoreReader;
use aboveboard_store_clickhouse::{ClickHouse, ClusterConfig, ServerAddress};
use aboveboard_store_contract::{Cases, PRODUCTS, Sketch, every_store_passes};
use aboveboard_testkit::clickhouse::{Server, ServerSettings};

/// One in so many of the cases that are drawn for a store in a file: each makes a database, its tables, and closes days.
const ONE_CASE_IN: u32 = 16;

/// What a collector keeps of closed days.
const CACHE_BYTES: usize = 4 << 20;

type Node = TestedNode<ClickHouse>;

fn key() -> ClusterKey {
    ClusterKey::new([7; 32])
}

/// The ids of the installations of the contract by their keys, in hexadecimal digits.
fn ids() -> BTreeMap<String, String> {
    let all =
        PRODUCTS.into_iter().flat_map(|product| (0..=255).map(move |number| (product, Sketch::id(number))));
    let named =
        all.map(|(product, id)| (format!("{:016x}", key().of_installation(product, id).0), id.to_string()));
    named.collect()
}

/// The stores of the contract, each by its directory.
struct Stores<'s> {
    /// Where the server answers.
    address: &'s str,
    /// Has it do something that no store does.
    run: &'s dyn Fn(&str),
    made: Cell<u32>,
    databases: RefCell<HashMap<PathBuf, (String, ClusterReader<ClickHouse>)>>,
}

impl Stores<'_> {
    fn open(&self, directory: &Path, database: String) -> Node {
        let config = ClusterConfig {
            shards: vec![vec![ServerAddress::parse(self.address).unwrap()]],
            database: database.clone(),
            user: None,
            password: None,
            key: key(),
            certificates: None,
            cache_bytes: CACHE_BYTES,
        };
        let cluster = ClickHouse::open(&config, directory).unwrap();
        let node = TestedNode::open(Arc::new(cluster), key(), ids()).unwrap().closing(Closing::Always);
        self.databases.borrow_mut().insert(directory.to_owned(), (database, node.reader.clone()));
        node
    }

    /// A new store. Those whose directories are gone are done with.
    fn fresh(&self, directory: &Path) -> Node {
        self.databases.borrow_mut().retain(|directory, (database, _)| {
            if !directory.exists() {
                (self.run)(&format!("DROP DATABASE {database}"));
            }
            directory.exists()
        });
        self.made.set(self.made.get() + 1);
        self.open(directory, format!("store_{}", self.made.get()))
    }

    fn again(&self, directory: &Path) -> Node {
        let database = self.databases.borrow()[directory].0.clone();
        self.open(directory, database)
    }

    fn reader(&self, directory: &Path) -> Box<dyn StoreReader> {
        Box::new(self.databases.borrow()[directory].1.clone())
    }
}

/// One in so many cases of the contract, on the server that answers there. `run` has it do something.
pub(crate) fn passes(one_case_in: u32, address: &str, run: impl Fn(&str)) {
    let stores = Stores { address, run: &run, made: Cell::new(0), databases: RefCell::default() };
    every_store_passes(
        Cases::one_in(one_case_in),
        |directory| stores.fresh(directory),
        |directory| stores.again(directory),
        |directory| stores.reader(directory),
    );
}

#[test]
fn a_cluster_of_clickhouse_passes_the_contract_of_every_store() {
    let server = Server::start(&ServerSettings::default());
    passes(ONE_CASE_IN, &server.address(), |statement| server.run(statement));
}
