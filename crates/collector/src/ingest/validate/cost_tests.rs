//! What a batch costs, however its sender orders what is in it.

use std::time::Duration;

use aboveboard_testkit::sender;
use aboveboard_types::possession::Purpose;
use serde_json::json;

use super::*;
use crate::manifests::Manifests;

/// A product that declares as much as the grammar lets it.
fn large_manifest() -> String {
    let mut text = String::from(
        "grammar = 1\n[product]\nid = \"large\"\nname = \"Large\"\nrevision = 1\nendpoint = \"https://t.example\"\n\
         ingest-key = \"large_pub\"\ncontroller = \"Large e.V.\"\ncontact = \"a@b.example\"\nhosting = \"DE\"\n\
         retention = \"90 days\"\n[consent]\nserver = \"notice\"\ncli = \"ask\"\napp = \"ask\"\n[defaults]\n\
         owner = \"a@b.example\"\nsince = 2026-11-01\nuntil = 2028-11-01\n",
    );
    let entries: Vec<_> = (0..100).map(|entry| format!("\"entry-number-{entry:03}\"")).collect();
    let entries = entries.join(",");
    text.push_str(
        "[events.it-happened]\ncomponent = \"app\"\nwhat = \"it happened\"\n\
         why = \"How often does it happen at all?\"\nchart = \"table\"\n[events.it-happened.fields]\n",
    );
    for field in 0..30 {
        let kind = ["choice", "set"][field % 2];
        text.push_str(&format!("field-number-{field:03} = {{ {kind} = [{entries}] }}\n"));
    }
    text.push_str("[cli]\nwhy = \"Which commands are used at all here?\"\nchart = \"table\"\ncommands = [");
    let commands: Vec<_> = (0..400).map(|command| format!("\"command-number-{command:03}\"")).collect();
    text.push_str(&commands.join(","));
    text.push_str("]\n");
    text
}

fn body(component: &str, hash: &str, events: &[serde_json::Value]) -> Vec<u8> {
    let body = json!({
        "wire": 1, "product": "large", "revision": 1, "manifest": hash,
        "batch": "4e200001-1111-8111-8111-000000000001",
        "installation": sender::installation("large", 1).to_string(),
        "component": component, "version": "1.2.3", "os": "linux", "arch": "x86_64", "marks": [],
        "sequence": 0, "events": events, "outcomes": {},
    });
    serde_json::to_vec(&body).unwrap()
}

fn command(number: usize) -> serde_json::Value {
    json!({
        "name": "command", "time": 1_795_338_000, "command": format!("command-number-{number:03}"),
        "run": "33333333-3333-4333-8333-000000000001", "error": false,
    })
}

/// A map written by hand: serde's would sort it.
fn in_order(entries: impl Iterator<Item = (String, serde_json::Value)>) -> String {
    let entries: Vec<_> = entries.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", entries.join(","))
}

/// Puts maps in their order into the places that stand for them.
fn with_maps(body: Vec<u8>, map: &str) -> Vec<u8> {
    String::from_utf8(body).unwrap().replace("\"MAP\"", map).into_bytes()
}

/// The least time of the processor that each of two takes, in turn, which other load on the machine hardly changes.
fn least_times(mut one: impl FnMut(), mut other: impl FnMut()) -> [Duration; 2] {
    let mut least = [Duration::MAX; 2];
    for _ in 0..9 {
        for (time, work) in least.iter_mut().zip([&mut one as &mut dyn FnMut(), &mut other]) {
            let start = processor_time();
            work();
            *time = (*time).min(processor_time() - start);
        }
    }
    least
}

fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

#[test]
fn no_order_of_names_makes_a_batch_costlier_than_the_declared_one() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("large.toml"), large_manifest()).unwrap();
    let manifests = Manifests::load(directory.path()).unwrap();
    let hash = manifests.newest("large").unwrap().declaration.hash.to_string();
    let sender = sender::installation("large", 1);
    let proof = sender::proof(sender, Purpose::Send).unwrap().to_string();
    let context = BatchContext {
        manifests: &manifests,
        closed: &[],
        paused: None,
        key: Some(b"large_pub"),
        proof: Some(&proof),
        voice: None,
        received: 1_795_338_000,
        is_watched: false,
    };
    let event = |map: &str| {
        let events = vec![json!({"name": "it-happened", "time": 1_795_338_000, "fields": "MAP"}); 200];
        with_maps(body("app", &hash, &events), map)
    };
    let fields = |order: &mut dyn Iterator<Item = usize>, entry: usize| {
        in_order(order.map(|number| {
            let entry = format!("entry-number-{entry:03}");
            (format!("field-number-{number:03}"), if number % 2 == 0 { json!(entry) } else { json!([entry]) })
        }))
    };
    let commands = |number: usize| body("cli", &hash, &vec![command(number); 800]);
    for (what, honest, hostile) in [
        ("fields", event(&fields(&mut (0..30), 0)), event(&fields(&mut (0..30).rev(), 99))),
        ("commands", commands(0), commands(399)),
    ] {
        for body in [&honest, &hostile] {
            let checked = validate(body, &context).unwrap();
            assert_eq!(checked.refused, 0, "{what}");
        }
        let [honest, hostile] = least_times(
            || drop(validate(&honest, &context).unwrap()),
            || drop(validate(&hostile, &context).unwrap()),
        );
        println!("{what}: {honest:?} in the declared order, {hostile:?} in the dearest");
        // Where each name is looked for from the front it is twice as much and more, even in a build that is not optimised,
        // where all else costs ten times as much too.
        assert!(hostile < honest * 8 / 5, "{what}: {honest:?}, {hostile:?}");
    }
}
