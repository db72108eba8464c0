//! kill -9 of quarry's CLI and of its helper before a system call of theirs, with a real collector behind: what a
//! command had recorded is acknowledged and counted, and nothing twice.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use aboveboard_delivery::jitter::Jitter;
use harness::home::Home;
use harness::oracle::acknowledged;
use harness::rounds;

use crate::world::World;

/// The calls before which a kill can make a difference to the disk or to the collector.
const CALLS: &str = "openat,flock,fstat,newfstatat,write,pread64,pwrite64,getdents64,?renameat,renameat2,?unlinkat,\
                     ?mkdirat,fdatasync,close,socket,connect,sendto,recvfrom,prlimit64,getrandom";

/// Kills of one installation: it may ask for fifteen requests a minute and no more.
const KILLS_EACH: u64 = 5;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Record,
    Send,
    Helper,
}

impl Act {
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

/// Every call of an act from the first that touches the telemetry's places, by its kind and its place in its kind.
type Points = BTreeMap<String, Vec<u32>>;

fn points(world: &World, act: Act) -> Points {
    world.quarry_ok(&["init", &format!("before-{act:?}")]);
    let trace = world.user.data().join(format!("{act:?}.trace"));
    let strace = ["-e", &format!("trace={CALLS}"), "-o", trace.to_str().expect("a path")];
    let output = act.command(&world.user, "project", &strace).output().expect("strace runs");
    assert!(output.status.success(), "{act:?}: {output:?}");
    let text = std::fs::read_to_string(&trace).expect("a trace");
    let main = text.split(' ').next().expect("a process").to_owned();
    let (mut counts, mut points, mut is_ours) = (BTreeMap::new(), Points::new(), false);
    for line in text.lines().filter(|line| line.starts_with(&main)) {
        let Some(call) = line.split('(').next().and_then(|call| call.rsplit(' ').next()) else { continue };
        let count = counts.entry(call.to_owned()).or_insert(0_u32);
        *count += 1;
        is_ours |= line.contains("/quarry/");
        if is_ours && line.contains('(') {
            points.entry(call.to_owned()).or_default().push(*count);
        }
    }
    assert!(points.values().map(Vec::len).sum::<usize>() > 20, "{act:?}: {points:?}");
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
    let all = Act::ALL.map(|act| (act, points(&world, act)));
    world.send_all();
    let mut sum = receipts(&world.user);
    let (mut kills, mut started, mut finished) = (0, sum, sum);
    let mut by_act: BTreeMap<Act, u64> = BTreeMap::new();
    while kills < wanted {
        let _ = world.next_user();
        world.quarry_ok(&["telemetry", "on"]);
        for round in 0..KILLS_EACH {
            let project = format!("project-{round}");
            let (act, points) = pick(&mut dice, &all);
            started += 1;
            if *act != Act::Record {
                world.quarry_ok(&["init", &project]);
                finished += 1;
            }
            let output = killed(&mut dice, &world.user, &project, *act, points);
            if output.status.signal() == Some(9) {
                kills += 1;
                *by_act.entry(*act).or_default() += 1;
            } else if *act == Act::Record {
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
        by_act.iter().map(|(act, number)| format!("{act:?} {number}")).collect::<Vec<_>>()
    );
    assert!((finished..=started).contains(&sum), "of {started} commands, {finished} ended and {sum} arrived");
    assert_eq!(world.collector.await_counted("cli", sum), sum, "acknowledged and counted differ");
}

fn killed(dice: &mut Jitter, user: &Home, project: &str, act: Act, points: &Points) -> Output {
    let kinds: Vec<_> = points.iter().collect();
    let (call, counts) = pick(dice, &kinds);
    let count = pick(dice, counts);
    let inject = format!("inject={call}:signal=KILL:when={count}");
    let trace = format!("trace={call}");
    act.command(user, project, &["-e", &trace, "-e", &inject, "-o", "/dev/null"])
        .output()
        .expect("strace runs")
}

/// A claim is taken over a minute after it was made. That minute passes here.
fn age_claims(spool: &Path) {
    let Ok(entries) = std::fs::read_dir(spool) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().into_string().expect("a name of ours");
        if let Some((batch, _)) = name.split_once(".claim-") {
            let aged = spool.join(format!("{batch}.claim-1.json"));
            std::fs::rename(entry.path(), aged).expect("nobody holds it any more");
        }
    }
}

fn receipts(user: &Home) -> u64 {
    acknowledged(&user.state()).get("cli").copied().unwrap_or(0)
}

fn pick<'a, T>(dice: &mut Jitter, all: &'a [T]) -> &'a T {
    &all[usize::try_from(dice.between(0, all.len() as u64 - 1)).expect("a small number")]
}
