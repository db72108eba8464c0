//! One server of the cluster, and whether it can be used.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::health::{Health, Standing};
use super::lost::{self, Asked, Awaited, Part};
use super::request::{Access, Patience};
use super::rows::Rows;
use crate::config::ServerAddress;
use crate::problem::Problem;

/// How long a server counts as what it was when it was asked last.
const MAX_HEALTH_AGE: Duration = Duration::from_secs(2);

/// Servers before this version do not know the setting, and refuse what they do not know.
const FIRST_WITH_ASYNC_INSERT: u32 = 22;

/// Texts of questions can hold the keys of many batches. Servers know both limits since long.
const SETTINGS: [(&str, &str); 4] = [
    // Without this an error in the middle of an answer is text behind its rows, and the status says that all is well.
    ("wait_end_of_query", "1"),
    ("max_query_size", "67108864"),
    ("max_ast_elements", "4000000"),
    ("max_expanded_ast_elements", "8000000"),
];

/// Errors of a server that has lost its tables.
const NO_TABLES: [u32; 2] = [60, 81];

/// Makes a server ready to be used, and says how many of its tables are replicated.
pub(crate) trait Preparation: std::fmt::Debug + Send + Sync {
    /// `is_known` where it was ready before, and has lost its tables.
    fn prepare(&self, server: &Server, is_known: bool) -> Result<u64, Problem>;

    /// On how many servers a row of a table is seen before whoever sent it lets go of it, where all servers have the table; none where only
    /// those of a shard have it, which must all have the row.
    fn holders(&self, table: &str) -> Option<usize>;
}

/// How long a server ran when it said so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uptime {
    seconds: u32,
    said: Instant,
}

/// When a server was last seen to be well.
#[derive(Clone, Copy, Debug)]
struct Before {
    /// When it was asked last, if it could be used; none where it could not, or did not answer since.
    usable: Option<Instant>,
    /// When it could be used at all, with the tables that it has now.
    well: Option<Instant>,
}

/// What is known of a server.
#[derive(Debug)]
struct Known {
    standing: Standing,
    /// By how many seconds it was behind the other replica when it last said so.
    delay: Option<u64>,
    asked: Option<Instant>,
    uptime: Option<Uptime>,
    is_being_asked: bool,
    /// When somebody found out that it does not answer, or was started anew.
    down: Option<Instant>,
    /// When it was last seen to have all that it needs to be used, with the tables that it has now.
    well: Option<Instant>,
    /// Since when it lacks nothing but parts that it must fetch; none where it can be used, or lacks more.
    back: Option<Instant>,
    /// How many of its tables are replicated; none before it was made ready.
    replicated: Option<u64>,
    /// Whether it was ever ready.
    was_ready: bool,
    /// Parts that it waits for and that no server has.
    lost: HashSet<Part>,
}

/// A server.
#[derive(Debug)]
pub(crate) struct Server {
    shard: u32,
    address: ServerAddress,
    database: String,
    access: Access,
    preparation: Arc<dyn Preparation>,
    /// The first number of its version; 0 before it was asked.
    version: AtomicU32,
    known: Mutex<Known>,
    /// The other servers of the cluster that are not gone for good.
    others: Mutex<Vec<Weak<Self>>>,
}

impl Server {
    pub(crate) fn new(
        shard: u32,
        address: ServerAddress,
        database: &str,
        access: Access,
        preparation: Arc<dyn Preparation>,
    ) -> Self {
        let standing = Standing::Unusable(Problem::Unreachable("it was not asked yet".to_owned()));
        let known = Known {
            standing,
            delay: None,
            asked: None,
            uptime: None,
            is_being_asked: false,
            down: None,
            well: None,
            back: None,
            replicated: None,
            was_ready: false,
            lost: HashSet::new(),
        };
        Self {
            shard,
            address,
            database: database.to_owned(),
            access,
            preparation,
            version: AtomicU32::new(0),
            known: Mutex::new(known),
            others: Mutex::default(),
        }
    }

    /// Says which other servers the cluster has, without those that are gone for good.
    pub(super) fn set_others(&self, others: Vec<Weak<Self>>) {
        *self.others.lock().unwrap_or_else(PoisonError::into_inner) = others;
    }

    /// The other servers of the cluster that are not gone for good.
    pub(crate) fn others(&self) -> Vec<Arc<Self>> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.iter().filter_map(Weak::upgrade).collect()
    }

    /// The number of its shard.
    pub(crate) fn shard(&self) -> u32 {
        self.shard
    }

    /// What it is called in messages, and as a replica.
    pub(crate) fn name(&self) -> &str {
        self.address.name()
    }

    /// The database with everything in it.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Keeps the first number of its version.
    pub(crate) fn set_version(&self, major: u32) {
        self.version.store(major, Ordering::Relaxed);
    }

    /// The first number of its version; 0 before it was asked.
    pub(crate) fn version(&self) -> u32 {
        self.version.load(Ordering::Relaxed)
    }

    /// Asks a question of the server as it is, whatever its standing.
    pub(crate) fn ask(&self, sql: &str, patience: Patience) -> Result<Rows, Problem> {
        let mut parameters = vec![("database", self.database.as_str())];
        parameters.extend(SETTINGS);
        let format = format!("{sql} FORMAT RowBinary");
        self.send(&parameters, format.as_bytes(), patience).map(Rows::new)
    }

    /// Has the server do something outside of the database, which may be missing.
    pub(crate) fn ask_outside(&self, sql: &str, patience: Patience) -> Result<Vec<u8>, Problem> {
        self.send(&SETTINGS, sql.as_bytes(), patience)
    }

    /// Has the server do something.
    pub(crate) fn execute(&self, sql: &str, patience: Patience) -> Result<(), Problem> {
        let mut parameters = vec![("database", self.database.as_str())];
        parameters.extend(SETTINGS);
        self.send(&parameters, sql.as_bytes(), patience).map(drop)
    }

    /// Inserts rows, given in the format `RowBinary`; `into` names table and columns.
    pub(crate) fn insert(&self, into: &str, rows: &[u8]) -> Result<(), Problem> {
        let sql = format!("INSERT INTO {into} FORMAT RowBinary");
        let mut parameters = vec![("database", self.database.as_str()), ("query", &sql)];
        parameters.extend(SETTINGS);
        // The engine knows a block again that it has lost since, and stores nothing. Rows that come twice count once anyway.
        parameters.push(("insert_deduplicate", "0"));
        if self.version() >= FIRST_WITH_ASYNC_INSERT {
            parameters.push(("async_insert", "0"));
        }
        self.send(&parameters, rows, Patience::Insert).map(drop)
    }

    fn send(&self, parameters: &[(&str, &str)], body: &[u8], patience: Patience) -> Result<Vec<u8>, Problem> {
        let sent = self.access.send(&self.address.url(), parameters, body, patience);
        if let Err(Problem::Refused(code, _)) = &sent
            && NO_TABLES.contains(code)
        {
            self.change(|known| known.replicated = None);
        }
        sent
    }

    /// Whether its tables are there, as far as is known.
    pub(crate) fn is_ready(&self) -> bool {
        self.change(|known| known.replicated.is_some())
    }

    /// Counts as unusable until it was asked again.
    pub(crate) fn set_down(&self, problem: &Problem) {
        self.change(|known| {
            known.standing = Standing::Unusable(problem.clone());
            known.asked = None;
            known.down = Some(Instant::now());
            known.back = None;
        });
    }

    /// How it stands. One that could be used is asked again when its time has come; one that could not is asked by a thread of its own,
    /// since that may take its time.
    pub(crate) fn standing(self: &Arc<Self>) -> Standing {
        let (known, is_due) = self.look();
        match known {
            Standing::Usable if is_due => self.ask_standing(),
            known if is_due => {
                let server = Arc::clone(self);
                // Where there is no thread to be had, the next caller tries again.
                let _ = std::thread::Builder::new().spawn(move || server.ask_standing());
                known
            }
            known => known,
        }
    }

    /// By how many seconds it was behind the other replica when it was last asked; none where it did not say.
    pub(crate) fn delay(&self) -> Option<u64> {
        self.change(|known| known.delay)
    }

    fn look(&self) -> (Standing, bool) {
        self.change(|known| {
            let is_old = known.asked.is_none_or(|asked| asked.elapsed() >= MAX_HEALTH_AGE);
            (known.standing.clone(), is_old && !known.is_being_asked)
        })
    }

    /// Asks how it stands.
    pub(crate) fn ask_standing(&self) -> Standing {
        let (replicated, was_ready, before) = self.change(|known| {
            known.is_being_asked = true;
            if known.replicated.is_none() {
                // The tables that it will have are others.
                known.well = None;
            }
            let usable = known.asked.filter(|_| known.standing == Standing::Usable);
            (known.replicated, known.was_ready, Before { usable, well: known.well })
        });
        // What comes of it is true of this time: it may end before somebody hears of it.
        let begun = Instant::now();
        let asked = self.find_standing(replicated, was_ready, before);
        self.change(|known| {
            let (standing, replicated, delay) = match asked {
                Ok((standing, replicated, delay)) => (standing, Some(replicated), Some(delay)),
                Err(problem) => (Standing::Unusable(problem), known.replicated, None),
            };
            known.delay = delay;
            known.is_being_asked = false;
            if standing == Standing::Usable && known.down.is_some_and(|down| down > begun) {
                // It may have answered before it went down, or was started anew.
                return known.standing.clone();
            }
            if standing != known.standing {
                tracing::info!(server = self.name(), %standing, "a server of ClickHouse changed");
            }
            if !matches!(standing, Standing::Behind(_)) {
                known.back = None;
            }
            if standing == Standing::Usable {
                known.well = Some(begun);
            }
            known.was_ready |= replicated.is_some();
            known.replicated = replicated;
            known.standing = standing.clone();
            known.asked = Some(begun);
            standing
        })
    }

    /// How it stands, and how many of its tables are replicated.
    fn find_standing(
        &self,
        replicated: Option<u64>,
        was_ready: bool,
        before: Before,
    ) -> Result<(Standing, u64, u64), Problem> {
        let prepare = || self.preparation.prepare(self, was_ready);
        let expected = replicated.map_or_else(prepare, Ok)?;
        let health = self.health()?;
        if health.replicated < expected {
            // It has lost its tables, and works again.
            self.change(|known| known.well = None);
            let expected = prepare()?;
            let health = self.health()?;
            return Ok((health.standing(expected, false), expected, health.delay));
        }
        let has_run_on = |since: Instant| !health.was_started_within(since.elapsed());
        let went_on = before.usable.is_some_and(has_run_on);
        let standing = health.standing(expected, went_on);
        if matches!(standing, Standing::Behind(_)) && health.only_awaits(expected, went_on) {
            let back = if went_on { None } else { Some(self.back_for(&health)) };
            let awaited = self.await_no_lost(back, before.well.is_some_and(has_run_on))?;
            return Ok((health.awaiting(&awaited).standing(expected, went_on), expected, health.delay));
        }
        Ok((standing, expected, health.delay))
    }

    /// For how long it lacks nothing but parts.
    fn back_for(&self, health: &Health) -> Duration {
        self.change(|known| {
            let now = Instant::now();
            let known_back = known.back.filter(|back| !health.was_started_within(now - *back));
            now - *known.back.insert(known_back.unwrap_or(now))
        })
    }

    /// How long it has waited for each part that may still come. Where it is back since so long a time, what came since is as much on its way
    /// as it is to one that is well. `has_all_it_had` says that it is the process that was well before, which has lost nothing since.
    fn await_no_lost(&self, back: Option<Duration>, has_all_it_had: bool) -> Result<Vec<u64>, Problem> {
        let ask = |sql: &str| self.ask(sql, Patience::Health);
        let awaited = lost::awaited(Asked { ask: &ask, database: &self.database })?;
        let mut known = self.change(|known| {
            known.lost.retain(|part| awaited.iter().any(|awaited| awaited.part == *part));
            known.lost.clone()
        });
        let may_be = |awaited: &&Awaited| awaited.may_be_lost() && !known.contains(&awaited.part);
        let missed: Vec<&Part> = awaited.iter().filter(may_be).map(|awaited| &awaited.part).collect();
        if !missed.is_empty() {
            let not_held = self.without_held(missed, has_all_it_had);
            // What so few have was not settled, since it was not seen here: whoever sent it has it still.
            let is_unsettled = |part: &Part, away: usize| {
                self.preparation.holders(&part.table).is_none_or(|holders| away < holders)
            };
            let is_lost =
                |part: &Part, away: usize| away == 0 || (has_all_it_had && is_unsettled(part, away));
            known.extend(
                not_held.iter().filter(|(part, away)| is_lost(part, *away)).map(|(part, _)| (*part).clone()),
            );
            let lost = not_held.into_iter().filter(|(_, away)| *away == 0).map(|(part, _)| part.clone());
            self.change(|now| now.lost.extend(lost));
        }
        Ok(awaited
            .iter()
            .filter(|awaited| !known.contains(&awaited.part))
            .filter(|awaited| back.is_none_or(|back| !awaited.came_within(back)))
            .map(|awaited| awaited.seconds)
            .collect())
    }

    /// Those of some parts that no other server has that answers, and how many do not answer that may have it. `is_hurried` does not ask those
    /// that are known to be away.
    fn without_held<'p>(&self, missed: Vec<&'p Part>, is_hurried: bool) -> Vec<(&'p Part, usize)> {
        let mut parts: Vec<_> = missed.into_iter().map(|part| (part, 0)).collect();
        for other in self.others() {
            // A table is on the servers of its shard, or on all.
            let may_have =
                |part: &Part| other.shard == self.shard || self.preparation.holders(&part.table).is_some();
            let asked: Vec<_> = parts.iter().map(|(part, _)| *part).filter(|part| may_have(part)).collect();
            if asked.is_empty() {
                continue;
            }
            let is_away = is_hurried && matches!(other.look().0, Standing::Unusable(_));
            let ask = |sql: &str| other.ask(sql, Patience::Health);
            let held = || lost::held(Asked { ask: &ask, database: &other.database }, &asked).ok();
            match if is_away { None } else { held() } {
                Some(held) => parts.retain(|(part, _)| !held.contains(part)),
                None => parts.iter_mut().filter(|(part, _)| may_have(part)).for_each(|(_, away)| *away += 1),
            }
        }
        parts
    }

    fn health(&self) -> Result<Health, Problem> {
        let rows = self.ask(&Health::question(&self.database), Patience::Health)?;
        let health =
            Health::read(rows).map_err(|_| Problem::Answer("it does not say how its replicas are"))?;
        self.change(|known| known.uptime = Some(Uptime { seconds: health.uptime, said: Instant::now() }));
        Ok(health)
    }

    /// How long it ran when it said so last.
    pub(crate) fn uptime(&self) -> Option<Uptime> {
        self.change(|known| known.uptime)
    }

    /// Whether it has run on since it said how long it runs. One that was started anew since then may have answered with what it had long ago,
    /// or with an empty disk.
    pub(crate) fn has_run_on(&self, since: Option<Uptime>) -> Result<(), Problem> {
        let at_least =
            since.map_or(u64::MAX, |Uptime { seconds, said }| u64::from(seconds) + said.elapsed().as_secs());
        let answer = self.ask("SELECT toUInt32(uptime())", Patience::Health)?.u32();
        let uptime = answer.map_err(|_| Problem::Answer("it does not say how long it runs"))?;
        // Both numbers are of whole seconds.
        if u64::from(uptime) + 1 >= at_least {
            return Ok(());
        }
        let anew = Problem::Behind("it was started anew while it was asked".to_owned());
        self.set_down(&anew);
        Err(anew)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
