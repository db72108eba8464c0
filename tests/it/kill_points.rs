//! `kill -9` of quarry's CLI and of its helper before a random one of their system calls, with a real collector: what a
//! command recorded is acknowledged and counted, and nothing twice.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use aboveboard_delivery::jitter::Jitter;
use harness::home::Home;
use harness::oracle::acknowledged;
use harness::rounds;

use crate::world::World;

/// The system calls before which a kill can make a difference to the disk or to the collector.
const CALLS: &str = "openat,flock,fstat,newfstatat,write,pread64,pwrite64,getdents64,?renameat,renameat2,?unlinkat,\
                     ?mkdirat,fdatasync,close,socket,connect,sendto,recvfrom,prlimit64,getrandom";

/// Kills of one installation, which may send at most fifteen requests a minute.
const KILLS_EACH: u64 = 5;

/// The process that is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Record,
    Send,
    Helper,
}

impl Victim {
    const ALL: [Self; 3] = [Self::Record, Self::Send, Self::Helper];

    /// The command behind `strace` and its arguments.
    fn command(self, user: &Home, project: &str, strace: &[&str]) -> Command {
        let mut command = user.program("strace");
        command.args(["-qq", "-f"]).args(strace).arg(harness::binary("quarry"));
        command.args(match self {
            Self::Record => vec!["init", project],
            Self::Send => vec!["telemetry", "send"],
            Self::Helper => vec!["telemetry-deliver"],
        });
        if self == Self::Helper {
            command.env("ABOVEBOARD_DELIVER", "quarry");
        }
        command.stderr(Stdio::null());
        command
    }
}

/// The calls of a victim from the first one that touches telemetry's directories: by name, and the number in that name.
type Points = BTreeMap<String, Vec<u32>>;

fn points(world: &World, victim: Victim) -> Points {
    world.quarry_ok(&["init", &format!("before-{victim:?}")]);
    let trace = world.user.data().join(format!("{victim:?}.trace"));
    let strace = ["-e", &format!("trace={CALLS}"), "-o", trace.to_str().expect("a path")];
    let output = victim.command(&world.user, "project", &strace).output().expect("strace runs");
    assert!(output.status.success(), "{victim:?}: {output:?}");
    let text = std::fs::read_to_string(&trace).expect("a trace");
    let main = text.split(' ').next().expect("a process").to_owned();
    let mut counts = BTreeMap::new();
    let mut points = Points::new();
    let mut is_ours = false;
    for line in text.lines().filter(|line| line.starts_with(&main)) {
        let Some(call) = line.split('(').next().and_then(|call| call.rsplit(' ').next()) else { continue };
        let count = counts.entry(call.to_owned()).or_insert(0_u32);
        *count += 1;
        is_ours |= line.contains("/quarry/");
        if is_ours && line.contains('(') {
            points.entry(call.to_owned()).or_default().push(*count);
        }
    }
    assert!(points.values().map(Vec::len).sum::<usize>() > 20, "{victim:?}: {points:?}");
    points
}

#[test]
fn torture_what_a_command_recorded_is_counted_once_wherever_it_and_its_helper_are_killed() {
    let wanted = rounds(24, 2_500) as u64;
    let given = std::env::var("ABOVEBOARD_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| Jitter::of_this_run().between(0, u64::MAX));
    println!("ABOVEBOARD_SEED={seed}");
    let mut dice = Jitter::seeded(seed);
    let mut world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    let all = Victim::ALL.map(|victim| (victim, points(&world, victim)));
    world.send_all();
    let mut sum = receipts(&world.user);
    let mut kills = 0;
    let mut started = sum;
    let mut finished = sum;
    let mut by_victim: BTreeMap<Victim, u64> = BTreeMap::new();
    while kills < wanted {
        let _ = world.next_user();
        world.quarry_ok(&["telemetry", "on"]);
        for round in 0..KILLS_EACH {
            let project = format!("project-{round}");
            let (victim, points) = pick(&mut dice, &all);
            started += 1;
            if *victim != Victim::Record {
                world.quarry_ok(&["init", &project]);
                finished += 1;
            }
            let output = killed(&mut dice, &world.user, &project, *victim, points);
            if output.status.signal() == Some(9) {
                kills += 1;
                *by_victim.entry(*victim).or_default() += 1;
            } else if *victim == Victim::Record {
                assert!(output.status.success(), "{output:?}");
                finished += 1;
            }
        }
        age_claims(&world.user.state().join("spool"));
        world.send_all();
        sum += receipts(&world.user);
    }
    println!(
        "{{\"run\":\"program kills\",\"seed\":{seed},\"kills\":{kills},\"of\":{:?},\"started\":{started},\
         \"finished\":{finished},\"acknowledged\":{sum}}}",
        by_victim.iter().map(|(victim, number)| format!("{victim:?} {number}")).collect::<Vec<_>>()
    );
    assert!((finished..=started).contains(&sum), "of {started} commands, {finished} ended and {sum} arrived");
    assert_eq!(world.collector.await_counted("cli", sum), sum, "acknowledged and counted differ");
}

fn killed(dice: &mut Jitter, user: &Home, project: &str, victim: Victim, points: &Points) -> Output {
    let kinds: Vec<_> = points.iter().collect();
    let (call, counts) = pick(dice, &kinds);
    let count = pick(dice, counts);
    let inject = format!("inject={call}:signal=KILL:when={count}");
    let trace = format!("trace={call}");
    victim
        .command(user, project, &["-e", &trace, "-e", &inject, "-o", "/dev/null"])
        .output()
        .expect("strace runs")
}

/// A process may take over a claim that is a minute old. This makes every claim that old.
fn age_claims(spool: &Path) {
    let Ok(entries) = std::fs::read_dir(spool) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().expect("a name of ours");
        if let Some((batch, _)) = name.split_once(".claim-") {
            let aged = spool.join(format!("{batch}.claim-1.json"));
            std::fs::rename(entry.path(), aged).expect("its process is dead");
        }
    }
}

fn receipts(user: &Home) -> u64 {
    acknowledged(&user.state()).get("cli").copied().unwrap_or(0)
}

fn pick<'a, T>(dice: &mut Jitter, all: &'a [T]) -> &'a T {
    &all[usize::try_from(dice.between(0, all.len() as u64 - 1)).expect("a small number")]
}
