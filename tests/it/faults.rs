//! Under every fault of the network the host's output and exit code are those of a run without telemetry, and after the
//! fault everything recorded is counted once.

use std::process::Output;

use harness::home::end_pauses;
use harness::proxy::Fault;
use harness::until;

use crate::world::World;

/// What a network can do to a request, by name.
pub(crate) fn faults() -> Vec<(&'static str, Fault)> {
    let reply = |status: &str, headers: &str, body: &str| {
        Fault::Reply(format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ))
    };
    vec![
        ("lost reply", Fault::LoseReply),
        ("cut in the head", Fault::CutRequest(10)),
        ("cut in the body", Fault::CutRequest(400)),
        ("captive portal", reply("200 OK", "content-type: text/html\r\n", "<html>sign in</html>")),
        ("redirect", reply("302 Found", "location: http://127.0.0.1:9/\r\n", "")),
        ("too many", reply("429 Too Many Requests", "retry-after: 1\r\n", "")),
        ("too many, at once again", reply("429 Too Many Requests", "retry-after: 0\r\n", "")),
        ("away", reply("503 Service Unavailable", "retry-after: garbage\r\n", "")),
        ("away for ages", reply("503 Service Unavailable", "retry-after: 99999999999999999999\r\n", "")),
        (
            "away until a day",
            reply("503 Service Unavailable", "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n", ""),
        ),
        ("full", reply("507 Insufficient Storage", "retry-after: -1\r\n", "")),
        ("no HTTP", Fault::Reply("\u{0}\u{1}garbage\r\n\r\n".to_owned())),
        ("a head without end", Fault::Reply(format!("HTTP/1.1 202 Accepted\r\nx: {}", "x".repeat(100_000)))),
        (
            "half a receipt",
            Fault::Reply("HTTP/1.1 202 Accepted\r\ncontent-length: 99\r\n\r\n{\"batch\"".to_owned()),
        ),
        ("broken", reply("500 Internal Server Error", "", "oops")),
        (
            "another batch's receipt",
            reply("202 Accepted", "", r#"{"batch":"00000000-0000-8000-8000-000000000000","accepted":1}"#),
        ),
        ("endless reply", Fault::Endless),
        ("silence", Fault::Silence),
    ]
}

fn essence(output: &Output) -> (Option<i32>, &[u8], &[u8]) {
    (output.status.code(), &output.stdout, &output.stderr)
}

#[test]
fn no_fault_of_the_network_shows_in_the_host_and_none_loses_or_doubles_an_event() {
    let mut world = World::new();
    let arguments = ["migrate", "status", "--project", "nowhere"];
    let bare = world.user.quarry(&arguments).env("ENABLE_TELEMETRY", "false").output().expect("quarry runs");
    let mut users = Vec::new();
    for (name, fault) in faults() {
        // Each fault gets a new user, whose agent has no pause stored yet and whose every command starts the helper.
        users.push(world.next_user());
        world.user.set("QUARRY_TELEMETRY_PERIOD", "0");
        world.quarry_ok(&["telemetry", "on"]);
        let met = world.proxy.connections();
        world.proxy.set(fault);
        let output = world.quarry(&arguments);
        assert_eq!(essence(&output), essence(&bare), "{name}");
        await_connection(&world, met, name);
    }
    world.proxy.set(Fault::None);
    users.push(world.next_user());
    let recorded = users.len() as u64 - 1;
    // The first user never turned telemetry on; each of the others recorded one command.
    for user in users.into_iter().skip(1) {
        world.user = user;
        // Some replies asked for a pause of a day.
        end_pauses(&world.user.state());
        world.send_all();
    }
    assert_eq!(world.collector.await_counted("cli", recorded), recorded);
}

/// Waits until the helper has met the fault: a new connection.
fn await_connection(world: &World, before: usize, name: &str) {
    until(name, || (world.proxy.connections() > before).then_some(()));
}
