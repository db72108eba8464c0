//! What the tool tells.

use serde_json::{Value, json};

use super::tools::{Tools, fields};
use crate::products::profile::OPENVINO;
use crate::products::sent::events;

#[test]
fn the_tool_reports_its_outcome_and_the_stage_of_a_failure_and_no_path() {
    let Some(tools) = Tools::install() else { return };
    assert!(tools.ovc(&["telemetry", "on"]).status.success());
    let codes: Vec<Option<i32>> = [
        &["hunter2.onnx", "--compress-to-fp16"][..],
        &["hunter2.onnx", "--size", "7"],
        &["hunter2.pdmodel"],
        &["missing.hunter2"],
        &["--hunter2"],
    ]
    .into_iter()
    .map(|words| tools.ovc(words).status.code())
    .collect();
    assert_eq!(codes, [Some(0), Some(1), Some(1), Some(1), Some(2)]);
    let converted: Vec<Value> = fields(&tools.sent("model-converted"))
        .into_iter()
        .map(|fields| json!([fields["framework"], fields["failed"], fields["stage"], fields["compressed"]]))
        .collect();
    assert_eq!(
        converted,
        [
            json!(["onnx", false, null, true]),
            json!(["onnx", true, "shape", false]),
            json!(["paddle", true, "load", false]),
            json!(["other", true, "load", false]),
        ]
    );
    let commands = events(&tools.machine.state(OPENVINO), "command");
    let outcomes: Vec<&Value> = commands.iter().map(|command| &command["error"]).collect();
    assert_eq!(outcomes, [false, true, true, true, true]);
    assert_eq!(tools.machine.counted(OPENVINO, "cli", 9), 9);
    tools.machine.assert_nowhere(OPENVINO, &["hunter2", "missing"]);
}
