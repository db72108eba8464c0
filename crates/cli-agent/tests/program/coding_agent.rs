//! What a coding agent runs.

use std::collections::BTreeSet;

use super::tool::{CLOSED, Home};

#[test]
fn what_a_coding_agent_runs_is_recorded_with_its_name_and_apart_from_what_a_person_types() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    for variables in
        [&[][..], &[("CURSOR_TRACE_ID", "x")], &[("CURSOR_AGENT", "1")], &[("ABOVEBOARD_MARK", "agent")]]
    {
        assert!(home.tool(CLOSED).arg("good").envs(variables.iter().copied()).status().unwrap().success());
    }
    let spool = home.state().join("spool");
    let segments = std::fs::read_dir(spool).unwrap().map(|entry| entry.unwrap().path());
    let headers = segments.filter_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().next()?.split_once(' ')?.1.to_owned();
        let json: serde_json::Value = serde_json::from_str(&line).ok()?;
        json["segment"].is_number().then_some(json)
    });
    let of = |json: &serde_json::Value| {
        let has_mark = json["marks"].as_array().unwrap().iter().any(|mark| mark == "agent");
        (has_mark, json["agent"].as_str().map(str::to_owned))
    };
    let found: BTreeSet<_> = headers.map(|json| of(&json)).collect();
    let expected = [(false, None), (true, Some("cursor".to_owned())), (true, Some("other".to_owned()))];
    assert_eq!(found, expected.into());
}
