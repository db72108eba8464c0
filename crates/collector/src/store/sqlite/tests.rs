use std::path::Path;

use super::*;
use crate::store::contract;

fn file(directory: &Path) -> PathBuf {
    directory.join("store.sqlite")
}

fn fresh(directory: &Path) -> SqliteStore {
    open(&file(directory), Expect::New).unwrap()
}

#[test]
fn sqlite_passes_the_contract_of_every_store() {
    contract::every_store_passes(fresh, |directory| open(&file(directory), Expect::Existing).unwrap());
}
