//! A command that was renamed, through a real collector that has both revisions of the manifest.

use aboveboard_manifest::parse;
use serde_json::Value;

use crate::collector::Collector;

const QUARRY: &str = include_str!("../../../../examples/quarry/telemetry.toml");

/// The next revision, in which `init` is called `begin`.
fn renamed() -> String {
    let text = QUARRY
        .replace("revision = 1\n", "revision = 2\n")
        .replace("    \"init\",\n", "    \"begin\",\n")
        .replace("steps = [\"init\", ", "steps = [\"begin\", ")
        .replace(
            "[events.migrations-ended]\n",
            "[cli.commands-was]\nbegin = [\"init\"]\n\n[events.migrations-ended]\n",
        );
    assert_eq!(parse(&text, "telemetry.toml").unwrap().lints(), []);
    text
}

/// A batch of an agent that has the next revision.
fn newer(number: u64, command: &str) -> String {
    let [before, after] = [QUARRY, &renamed()].map(|text| parse(text, "telemetry.toml").unwrap().hash);
    let body = Collector::batch(number).replace("\"revision\":1", "\"revision\":2").replace(&before, &after);
    body.replace("\"command\":\"init\"", &format!("\"command\":\"{command}\""))
}

fn rows(collector: &Collector, table: &str, filters: &str) -> Vec<Value> {
    let json = collector.get(&format!("/api/tables/{table}.json?product=quarry&show=all{filters}"));
    json["rows"].as_array().unwrap().clone()
}

#[test]
fn older_agents_go_on_under_the_old_name_and_the_page_shows_one_trend() {
    let collector = Collector::new();
    collector.push();
    collector.post(1);
    collector.totals(1);
    assert!(collector.push_text(&renamed()).status.success());
    collector.post(2);
    collector.post_body(3, newer(3, "begin"));
    // Each batch is checked against its own revision: the newer one has no `init`, the older no `begin`.
    collector.post_body(4, newer(4, "init"));
    collector.post_body(5, Collector::batch(5).replace("\"command\":\"init\"", "\"command\":\"begin\""));
    collector.post(6);
    collector.totals(4);
    let commands = rows(&collector, "commands", "");
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert_eq!((&commands[0]["command"], &commands[0]["runs"]), (&"begin".into(), &4.into()));
    let refused =
        rows(&collector, "quality", "").into_iter().map(|row| row["times"].clone()).collect::<Vec<_>>();
    assert!(refused.contains(&2.into()), "two events were not declared: {refused:?}");
    for filters in ["", "&used=command:begin", "&used=command:init"] {
        let steps = rows(&collector, "funnels", filters);
        assert_eq!((&steps[0]["what"], &steps[0]["installations"]), (&"command:begin".into(), &4.into()));
    }
    // Rows stay as they were recorded.
    let exported = collector.ask("export", &["--product", "quarry"]);
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("init") && exported.contains("begin"), "{exported}");
}
