//! The library obeys the answers that are given to the tools of its family.

use std::path::PathBuf;

use serde_json::json;

use super::tools::{Tools, fields};
use crate::products::profile::OPENVINO;
use crate::products::sent::batches;

#[test]
fn row_10_the_library_that_never_asks_sends_after_a_yes_to_another_tool_of_the_family_and_only_then() {
    let Some(tools) = Tools::install() else { return };
    tools.compress();
    assert_eq!(tools.machine.home.files(), Vec::<PathBuf>::new(), "nobody has answered");
    // Another product of the family, which asks for itself.
    let manifest = std::fs::read_to_string(OPENVINO.manifest()).expect("the manifest");
    let zoo = tools.machine.given("zoo.toml", &manifest.replace("id = \"openvino\"", "id = \"model-zoo\""));
    let answer = |verb: &str| {
        let mut agent = tools.machine.home.program(tools.folder.join("aboveboard-agent"));
        agent.env("MODEL_ZOO_TELEMETRY_ENDPOINT", tools.machine.proxy.address());
        agent.env("MODEL_ZOO_TELEMETRY_ALLOW_PRIVATE", "true");
        assert!(agent.arg("--manifest").arg(&zoo).arg(verb).output().expect("it runs").status.success());
    };
    answer("on");
    tools.compress();
    let compressed = tools.sent("model-compressed");
    assert_eq!(
        fields(&compressed),
        [json!({"framework": "pytorch", "framework-version": "2.1.0", "method": "quantization",
                "training": false, "preset": "mixed", "failed": false})]
    );
    assert_eq!(tools.machine.counted(OPENVINO, "app", 1), 1);
    let requests = tools.machine.proxy.connections();
    answer("off");
    tools.compress();
    assert!(!tools.machine.state(OPENVINO).exists(), "the family's no deletes what the library recorded");
    assert_eq!(tools.machine.proxy.connections(), requests);
    tools.machine.assert_nowhere(OPENVINO, &["hunter2"]);
}

#[test]
fn row_11_an_opt_out_deletes_all_of_the_tools_and_the_library_and_a_later_yes_is_a_new_installation() {
    let Some(tools) = Tools::install() else { return };
    let verb = |words: &[&str]| assert!(tools.ovc(words).status.success(), "{words:?}");
    verb(&["telemetry", "on"]);
    verb(&["hunter2.onnx"]);
    tools.compress();
    assert_eq!(tools.sent("model-compressed").len(), 1);
    let state = tools.machine.state(OPENVINO);
    let before = batches(&state)[0]["installation"].clone();
    let requests = tools.machine.proxy.connections();
    verb(&["hunter2.onnx"]);
    tools.compress();
    verb(&["telemetry", "off"]);
    assert!(!state.exists(), "id, counters and spool are gone");
    verb(&["hunter2.onnx"]);
    tools.compress();
    assert_eq!(tools.ovc(&["telemetry", "send"]).status.code(), Some(3));
    assert!(!state.exists() && tools.machine.proxy.connections() == requests, "zero requests follow");
    verb(&["telemetry", "on"]);
    verb(&["hunter2.onnx"]);
    assert_eq!(tools.sent("command").len(), 1, "what was recorded before the no never leaves");
    assert_ne!(batches(&state)[0]["installation"], before);
}
