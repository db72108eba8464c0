//! A bridge beside the relay of its server: what pages report leaves with the relay's deliveries.

use std::process::Command;
use std::time::{Duration, Instant};

use aboveboard_testing::Collector;
use aboveboard_types::declaration::Component;

use super::host::{AGENT, Bridge, Host, manifest, post, send, token};

#[test]
fn what_a_busy_console_reports_leaves_before_the_next_report() {
    let text = std::fs::read_to_string(manifest()).unwrap();
    let manifest_of_server = aboveboard_manifest::parse(&text, "telemetry.toml").unwrap();
    let collector = Collector::start(Box::leak(Box::new(manifest_of_server.declaration())));
    let host = Host::new();
    let reports_to = |mut command: Command| {
        command.env("QUARRY_TELEMETRY_ENDPOINT", collector.endpoint());
        command
    };
    let mut relay = reports_to(host.equip(Command::new(AGENT)));
    relay.env("QUARRY_TELEMETRY_PERIOD", "3600");
    relay.args(["relay", "--server", "--directory", "data", "--manifest"]).arg(manifest());
    let mut relay = Bridge::start(&mut relay);
    relay.tell(b"{\"relay\":1}\n{\"counts\":{\"tables\":3}}\n");
    while relay.told()["wants"] != "counts" {}
    relay.tell(b"{\"counts\":{\"tables\":3}}\n");
    // The first report is on its way, and the next is due in an hour.
    assert_eq!(collector.await_batch().envelope.header.component, Component::Server);

    let bridge = Bridge::start(&mut reports_to(host.of_server()));
    let secret = bridge.secret();
    let token = token(&host.socket(), &secret);
    let events = vec![r#"{"route":"/data","action":"table_tracked"}"#; 128].join(",");
    let body = format!(r#"{{"session":"0b0f3c5e-6f0a-4f5e-9d50-3c8f1c0a2b7d","events":[{events}]}}"#);
    let post = post(&secret, &token, &body);
    let began = Instant::now();
    let of_console = loop {
        // One that comes too soon after the others is refused, as those of a page are.
        send(&host.socket(), post.as_bytes());
        let batches = collector.batches();
        if let Some(batch) =
            batches.into_iter().find(|batch| batch.envelope.header.component == Component::Console)
        {
            break batch;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "they wait for the next report");
    };
    assert!(of_console.events.len() > 100, "{}", of_console.events.len());
    bridge.close();
    relay.close();
}
