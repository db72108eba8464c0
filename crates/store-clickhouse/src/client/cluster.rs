//! All servers of a cluster: one after the other is asked until one answers.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use aboveboard_store::{StoreError, StoreFate};

use super::health::Standing;
use super::request::Patience;
use super::rows::Rows;
use super::server::Server;
use crate::problem::{Problem, error};

/// What a server is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// It must have what the others have.
    Read,
    /// It must take rows.
    Write,
}

/// The servers of a cluster.
#[derive(Debug)]
pub(crate) struct Client {
    shards: Vec<Vec<Arc<Server>>>,
    all: Vec<Arc<Server>>,
    /// Shard and name of replicas that are gone for good.
    retired: RwLock<HashSet<(u32, String)>>,
}

impl Client {
    pub(crate) fn new(shards: Vec<Vec<Arc<Server>>>) -> Self {
        let all = shards.iter().flatten().cloned().collect();
        let client = Self { shards, all, retired: RwLock::default() };
        client.introduce();
        client
    }

    /// Says to each server which others there are.
    fn introduce(&self) {
        let kept = self.servers();
        for server in &self.all {
            let others = kept.iter().filter(|other| !Arc::ptr_eq(other, server)).map(Arc::downgrade);
            server.set_others(others.collect());
        }
    }

    /// How many shards there are.
    pub(crate) fn shards(&self) -> u32 {
        u32::try_from(self.shards.len()).unwrap_or(u32::MAX)
    }

    /// Says which replicas are gone for good: shard and name. They are not asked any more.
    pub(crate) fn retire(&self, retired: HashSet<(u32, String)>) {
        let mut known = self.retired.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *known != retired;
        *known = retired;
        drop(known);
        if is_new {
            self.introduce();
        }
    }

    fn is_kept(&self, server: &Server) -> bool {
        let retired = self.retired.read().unwrap_or_else(PoisonError::into_inner);
        !retired.iter().any(|(shard, name)| *shard == server.shard() && name == server.name())
    }

    /// The servers of a shard, without those that are gone for good.
    pub(crate) fn replicas(&self, shard: u32) -> Vec<Arc<Server>> {
        self.of_shard(shard).iter().filter(|server| self.is_kept(server)).cloned().collect()
    }

    /// All servers, without those that are gone for good.
    pub(crate) fn servers(&self) -> Vec<Arc<Server>> {
        self.all.iter().filter(|server| self.is_kept(server)).cloned().collect()
    }

    fn of_shard(&self, shard: u32) -> &[Arc<Server>] {
        self.shards.get(shard as usize).map_or(&[], Vec::as_slice)
    }

    /// Asks a question of a shard.
    pub(crate) fn select(&self, shard: u32, sql: &str) -> Result<Rows, StoreError> {
        self.select_within(shard, sql, Patience::Read)
    }

    /// Asks a question of a shard that may take its time.
    pub(crate) fn select_within(
        &self,
        shard: u32,
        sql: &str,
        patience: Patience,
    ) -> Result<Rows, StoreError> {
        first(&self.replicas(shard), Need::Read, |server| server.ask(sql, patience))
    }

    /// Asks a question of a table that is on all servers.
    pub(crate) fn select_anywhere(&self, sql: &str) -> Result<Rows, StoreError> {
        first(&self.servers(), Need::Read, |server| server.ask(sql, Patience::Read))
    }

    /// Inserts rows in the format `RowBinary` on a shard; `into` names the table and its columns.
    pub(crate) fn insert(&self, shard: u32, into: &str, rows: &[u8]) -> Result<(), StoreError> {
        first(&self.replicas(shard), Need::Write, |server| server.insert(into, rows))
    }

    /// Inserts rows in a table that is on all servers.
    pub(crate) fn insert_anywhere(&self, into: &str, rows: &[u8]) -> Result<(), StoreError> {
        first(&self.servers(), Need::Write, |server| server.insert(into, rows))
    }

    /// Has a shard do something that its replicas tell each other.
    pub(crate) fn execute(&self, shard: u32, sql: &str) -> Result<(), StoreError> {
        first(&self.replicas(shard), Need::Write, |server| server.execute(sql, Patience::Work))
    }

    /// Has one of these servers do something that has what the others have.
    pub(crate) fn have_done_by_one_that_has_all<T>(
        servers: &[Arc<Server>],
        work: impl Fn(&Server) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        first(servers, Need::Read, work)
    }

    /// Has a server do something with a table that is on all of them.
    pub(crate) fn execute_anywhere(&self, sql: &str) -> Result<(), StoreError> {
        first(&self.servers(), Need::Write, |server| server.execute(sql, Patience::Work))
    }
}

/// The first answer of servers that can be used. Where there is none, those are asked once more that may work by now: that could not be
/// used, or did not answer. One that refused does so again.
fn first<T>(
    servers: &[Arc<Server>],
    need: Need,
    ask: impl Fn(&Server) -> Result<T, Problem>,
) -> Result<T, StoreError> {
    let mut problems = Vec::with_capacity(servers.len());
    for server in servers {
        match ask_one(server, server.standing(), need, &ask) {
            Ok(answer) => return Ok(answer),
            Err(problem) => problems.push((server, problem)),
        }
    }
    for (server, problem) in &mut problems {
        if matches!(problem, Problem::Refused(..)) && server.is_ready() {
            continue;
        }
        match ask_one(server, server.ask_standing(), need, &ask) {
            Ok(answer) => return Ok(answer),
            Err(again) => *problem = again,
        }
    }
    Err(none_of(&problems))
}

fn ask_one<T>(
    server: &Server,
    standing: Standing,
    need: Need,
    ask: impl Fn(&Server) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let uptime = server.uptime();
    let answer = match (standing, need) {
        (Standing::Usable, Need::Read) => {
            ask(server).and_then(|answer| server.has_run_on(uptime).map(|()| answer))
        }
        (Standing::Usable | Standing::Behind(_), Need::Write) => ask(server),
        (Standing::Behind(problem) | Standing::Unusable(problem), _) => Err(problem),
    };
    if let Err(problem @ Problem::Unreachable(_)) = &answer {
        server.set_down(problem);
    }
    answer
}

/// That no server answers, and why each does not.
fn none_of(problems: &[(&Arc<Server>, Problem)]) -> StoreError {
    let is_final = !problems.is_empty() && problems.iter().all(|(_, problem)| problem.is_final());
    let fate = if is_final { StoreFate::Final } else { StoreFate::Transient };
    let each: Vec<_> =
        problems.iter().map(|(server, problem)| format!("{}: {problem}", server.name())).collect();
    error(each.join("; "), fate)
}
