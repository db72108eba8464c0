//! kill -9 of the collector in the middle: nothing acknowledged is missing, nothing is counted twice.

use harness::oracle::acknowledged;
use harness::proxy::Fault;
use harness::rounds;

use crate::world::World;

/// Rounds that one installation takes part in: it may ask for fifteen requests a minute and no more.
const ROUNDS_EACH: usize = 5;

#[test]
fn torture_what_was_acknowledged_survives_kill_9_and_counts_once() {
    let mut world = World::new();
    let (mut recorded, mut acknowledged) = (0, 0);
    for round in 0..rounds(10, 1_000) {
        if round % ROUNDS_EACH == 0 {
            acknowledged += receipts(&world);
            let _ = world.next_user();
            world.quarry_ok(&["telemetry", "on"]);
        }
        world.quarry_ok(&["init", &format!("project-{round}")]);
        recorded += 1;
        // A third of the replies is lost after the collector has acknowledged; the batch is sent again.
        world.proxy.set(if round % 3 == 1 { Fault::LoseReply } else { Fault::None });
        let _ = world.quarry(&["telemetry", "send"]);
        world.proxy.set(Fault::None);
        // Killed with the batch in the log, applied or not.
        if round % 2 == 0 {
            world.collector.restart();
            world.proxy.point_at(world.collector.address());
        }
        if (round + 1) % ROUNDS_EACH == 0 {
            world.send_all();
        }
    }
    acknowledged += receipts(&world);
    assert_eq!(acknowledged, recorded, "something recorded was never acknowledged");
    assert_eq!(world.collector.await_counted("cli", recorded), recorded, "recorded and counted differ");
}

fn receipts(world: &World) -> u64 {
    acknowledged(&world.user.state()).get("cli").copied().unwrap_or(0)
}
