//! Whatever the network does, the host's output and exit code are those of a run without telemetry, and once the
//! fault is over everything recorded is counted once.

use std::process::Output;

use harness::proxy::Fault;

use crate::world::World;

fn faults() -> Vec<(&'static str, Fault)> {
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
        ("away", reply("503 Service Unavailable", "retry-after: garbage\r\n", "")),
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
    // Every command starts the helper, which meets the fault in the background.
    world.user.set("QUARRY_TELEMETRY_PERIOD", "0");
    world.quarry_ok(&["telemetry", "on"]);
    let arguments = ["migrate", "status", "--project", "nowhere"];
    let bare = world.user.quarry(&arguments).env("ENABLE_TELEMETRY", "false").output().expect("quarry runs");
    let mut recorded = 0;
    for (name, fault) in faults() {
        world.proxy.set(fault);
        let output = world.quarry(&arguments);
        recorded += 1;
        assert_eq!(essence(&output), essence(&bare), "{name}");
    }
    world.proxy.set(Fault::None);
    world.send_all();
    assert_eq!(world.collector.await_counted("cli", recorded), recorded);
}
