//! `kill -9` of the collector while agents send: nothing acknowledged is missing, nothing is counted twice.

use harness::oracle::acknowledged;
use harness::proxy::Fault;
use harness::rounds;

use crate::world::World;

/// Rounds of one installation, which may send at most fifteen requests a minute.
const ROUNDS_EACH: usize = 5;

#[test]
fn torture_what_was_acknowledged_survives_kill_9_and_counts_once() {
    let mut world = World::new();
    let mut recorded = 0;
    let mut acknowledged = 0;
    for round in 0..rounds(10, 1_000) {
        if round % ROUNDS_EACH == 0 {
            acknowledged += receipts(&world);
            let _ = world.next_user();
            world.quarry_ok(&["telemetry", "on"]);
        }
        world.quarry_ok(&["init", &format!("project-{round}")]);
        recorded += 1;
        // A third of the replies is lost after the collector has acknowledged the batch, which is then sent again.
        world.proxy.set(if round % 3 == 1 { Fault::LoseReply } else { Fault::None });
        let _ = world.quarry(&["telemetry", "send"]);
        world.proxy.set(Fault::None);
        // The kill finds the batch in the ingest log, applied or not.
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
