//! Faults of a cluster by chance, for half an hour.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aboveboard_delivery::jitter::Jitter;
use aboveboard_testkit::clickhouse::is_installed;
use harness::must_run;

use super::scene::Scene;
use super::senders::below;

/// How long it goes on.
const LENGTH: Duration = Duration::from_secs(1_800);

/// So many faults come between two comparisons.
const FAULTS_AT_ONCE: u64 = 6;

/// What can befall it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    KillReplica,
    PauseReplica,
    KillZooKeeper,
    KillCollector,
    WipeReplica,
    WipeReplicaAlone,
    RetireCollector,
    ReplaceReplica,
    PassADay,
    KillEverything,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::KillReplica,
        Self::PauseReplica,
        Self::KillZooKeeper,
        Self::KillCollector,
        Self::WipeReplica,
        Self::WipeReplicaAlone,
        Self::RetireCollector,
        Self::ReplaceReplica,
        Self::PassADay,
        Self::KillEverything,
    ];

    /// Whether it is about the servers alone, so that a collector may be away meanwhile.
    fn is_of_servers(self) -> bool {
        matches!(
            self,
            Self::KillReplica
                | Self::PauseReplica
                | Self::KillZooKeeper
                | Self::WipeReplica
                | Self::WipeReplicaAlone
        )
    }
}

/// The seed that `ABOVEBOARD_SEED` names, or one of this run.
fn seed() -> u64 {
    let given = std::env::var("ABOVEBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| Jitter::of_this_run().between(0, u64::MAX))
}

fn befall(scene: &mut Scene, dice: &mut Jitter, kind: Kind, number: u64) {
    let place = (below(dice, 2), below(dice, 2));
    let collector = below(dice, scene.sites.len());
    match kind {
        Kind::KillReplica => scene.kill_replica_in_mid_block(place, dice.between(1, 12) as u32),
        Kind::PauseReplica => scene.pause_replica(place),
        Kind::KillZooKeeper => scene.kill_zookeeper(),
        Kind::KillCollector => scene.kill_collector_between_insert_and_checkpoint(collector),
        Kind::WipeReplica => scene.wipe_replica_while_its_peer_is_paused(place),
        Kind::WipeReplicaAlone => scene.wipe_replica(place),
        Kind::RetireCollector => scene.retire_collector(collector),
        Kind::ReplaceReplica => scene.replace_replica(place, &format!("r{number}")),
        Kind::PassADay => scene.pass_a_day(),
        Kind::KillEverything => scene.kill_everything(),
    }
}

#[test]
fn torture_what_is_acknowledged_counts_once_through_faults_by_chance() {
    // A slice that says anything takes longer than a run of all tests may: the faults one by one are in the scripted test.
    if std::env::var_os("ABOVEBOARD_TORTURE").is_none() {
        return;
    }
    if !is_installed() {
        return must_run("ClickHouse or ZooKeeper is not installed");
    }
    let seed = seed();
    // With it the run can be repeated.
    println!("ABOVEBOARD_SEED={seed}");
    let mut dice = Jitter::seeded(seed);
    let mut scene = Scene::start(seed);
    let mut faults: BTreeMap<Kind, u64> = BTreeMap::new();
    let start = Instant::now();
    let mut number = 0;
    while start.elapsed() < LENGTH {
        number += 1;
        let kind = Kind::ALL[below(&mut dice, Kind::ALL.len())];
        let away = below(&mut dice, 2 * scene.sites.len());
        let away = Some(away).filter(|away| kind.is_of_servers() && *away < scene.sites.len());
        println!("{:.0} s: {number}. {kind:?} without {away:?}", start.elapsed().as_secs_f32());
        if let Some(place) = away {
            scene.kill_collector(place);
        }
        befall(&mut scene, &mut dice, kind, number);
        if let Some(place) = away {
            scene.restart_collector(place);
        }
        *faults.entry(kind).or_default() += 1;
        scene.account().check();
        if number.is_multiple_of(FAULTS_AT_ONCE) {
            scene.settle();
            println!("{:.0} s: {}", start.elapsed().as_secs_f32(), scene.summary());
        }
    }
    scene.settle();
    println!("seed {seed}: {number} faults {faults:?}; {}", scene.summary());
}
