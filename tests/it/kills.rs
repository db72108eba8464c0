//! kill -9 of the collector in the middle: nothing acknowledged is missing, nothing is counted twice.

use harness::oracle::acknowledged;
use harness::proxy::Fault;
use harness::rounds;

use crate::world::World;

#[test]
fn torture_what_was_acknowledged_survives_kill_9_and_counts_once() {
    let mut world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    let rounds = rounds(8, 1_000);
    let mut recorded = 0;
    for round in 0..rounds {
        world.quarry_ok(&["init", &format!("project-{round}")]);
        recorded += 1;
        // A third of the replies is lost after the collector has acknowledged; the batch is sent again.
        world.proxy.set(if round % 3 == 1 { Fault::LoseReply } else { Fault::None });
        let _ = world.quarry(&["telemetry", "send"]);
        world.proxy.set(Fault::None);
        if round % 2 == 0 {
            world.collector.restart();
            world.proxy.point_at(world.collector.address());
        }
    }
    world.quarry_ok(&["telemetry", "send"]);
    assert_eq!(world.collector.await_counted("cli", recorded), recorded, "recorded and counted differ");
    let receipts = acknowledged(&world.user.state());
    assert!(receipts["cli"] <= recorded, "{receipts:?}");
    // A fresh event still passes.
    world.quarry_ok(&["init", "afterwards"]);
    world.quarry_ok(&["telemetry", "send"]);
    assert_eq!(world.collector.await_counted("cli", recorded + 1), recorded + 1);
}
