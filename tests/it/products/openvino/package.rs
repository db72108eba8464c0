//! The backend for the real package `openvino_telemetry`.

use serde_json::{Value, json};

use super::tools::{Tools, fields};
use crate::products::profile::OPENVINO;
use crate::products::sent::{batches, events};

#[test]
fn what_a_tool_tells_openvino_telemetry_becomes_what_is_declared_and_nothing_else_leaves() {
    let Some(tools) = Tools::with_package() else { return };
    let mo = |words: &[&str]| tools.run(tools.program("mo.py", words));
    // The package allows it by itself; the agent does not.
    assert!(mo(&["hunter2.onnx"]).status.success());
    assert!(!tools.machine.state(OPENVINO).exists(), "nobody has answered");
    assert!(tools.ovc(&["telemetry", "on"]).status.success());
    assert!(mo(&["hunter2.onnx"]).status.success());
    let failed = mo(&["hunter2.pdmodel"]);
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(String::from_utf8_lossy(&failed.stderr).contains("cannot load hunter2.pdmodel"));
    let converted: Vec<Value> = fields(&tools.sent("model-converted"))
        .into_iter()
        .map(|fields| json!([fields["framework"], fields["failed"], fields["stage"], fields["compressed"]]))
        .collect();
    assert_eq!(converted, [json!(["onnx", false, null, true]), json!(["paddle", true, null, true])]);
    let commands = events(&tools.machine.state(OPENVINO), "command");
    let outcomes: Vec<_> = commands.iter().map(|command| (&command["command"], &command["error"])).collect();
    assert_eq!(outcomes, [(&json!("mo"), &json!(false)), (&json!("mo"), &json!(true))]);
    assert_eq!(tools.machine.counted(OPENVINO, "cli", 4), 4);
    // What the package's own file forbids does not reach the agent.
    let opt_out = tools.machine.home.path().join("intel/openvino_telemetry");
    std::fs::write(opt_out, "0").expect("its file");
    assert!(mo(&["hunter2.onnx"]).status.success());
    assert_eq!(tools.sent("command").len(), 2);
    assert_eq!(tools.others.connections(), 0, "nobody else was asked for");
    tools.machine.assert_nowhere(OPENVINO, &["hunter2", "2023.3.0", "G-W5E9RNLD4H"]);
}

/// All that the package offers, called with texts that nobody declared, by a program that is none of the tools.
const CANARIES: &str = r#"
import aboveboard_backend, openvino_telemetry
from openvino_telemetry.main import OptInStatus
telemetry = openvino_telemetry.Telemetry("hunter2", "hunter2", "hunter2", backend="aboveboard", enable_opt_in_dialog=False)
telemetry.send_event("ovc", "framework", "hunter2")
for category in ["ovc", "hunter2", "nncf_pt", "/home/hunter2"]:
    telemetry.start_session(category, hunter2="hunter2")
    for action in ["framework", "conversion_method", "conversion_result", "compression_started", "preset",
                   "cli_parameters", "input_shapes", "error_info", "exception_occured", "hunter2"]:
        for label in ["hunter2", "/home/hunter2/model.onnx", "compress_to_fp16:hunter2", "{'hunter2': 1}", None, 7, ["hunter2"]]:
            telemetry.send_event(category, action, label, 2, app_name="hunter2", app_version="hunter2", hunter2="hunter2")
            telemetry.send_event(category, action, label, force_send=True)
    telemetry.send_error(category, "cannot open /home/hunter2", hunter2="hunter2")
    telemetry.send_stack_trace(category, "Traceback: hunter2", hunter2="hunter2")
    telemetry.send_opt_in_event(OptInStatus.DECLINED, label="hunter2", force_send=True)
    telemetry.end_session(category, hunter2="hunter2")
telemetry.end_session("ovc")
telemetry.start_session("ovc")
telemetry.send_event("ovc", "conversion_method", "tf_frontend")
telemetry.send_event("ovc", "conversion_result", "success")
telemetry.end_session("ovc")
telemetry.start_session("nncf_ov")
telemetry.send_event("nncf_ov", "compression_started", "compress_weights_api")
telemetry.end_session("nncf_ov")
telemetry.force_shutdown(1.0)
"#;

#[test]
fn no_text_that_openvino_telemetry_is_given_leaves_the_machine() {
    let Some(tools) = Tools::with_package() else { return };
    assert!(tools.ovc(&["telemetry", "on"]).status.success());
    let output = tools.runs(CANARIES);
    assert!(output.status.success() && output.stderr.is_empty() && output.stdout.is_empty(), "{output:?}");
    let mut called = fields(&tools.sent("conversion-called"));
    for fields in &mut called {
        let took = fields.as_object_mut().and_then(|fields| fields.remove("took"));
        assert_eq!(took, Some(json!(0)));
    }
    // A session of the tool's name, of a name that is none, of a path, and one as a library has it.
    let other = json!({"framework": "other"});
    assert_eq!(
        called,
        [other.clone(), other.clone(), other, json!({"framework": "tensorflow", "failed": false})]
    );
    assert_eq!(
        fields(&events(&tools.machine.state(OPENVINO), "model-compressed")),
        [
            json!({"framework": "pytorch", "method": "other", "preset": "other", "failed": false}),
            json!({"framework": "openvino", "method": "weight-compression", "failed": false}),
        ]
    );
    let outcomes: Vec<Value> =
        batches(&tools.machine.state(OPENVINO)).into_iter().map(|batch| batch["outcomes"].clone()).collect();
    assert!(
        outcomes.iter().all(|outcome| *outcome == json!({})),
        "the backend asks for nothing undeclared: {outcomes:?}"
    );
    assert_eq!(tools.others.connections(), 0, "nobody else was asked for");
    tools.machine.assert_nowhere(OPENVINO, &["hunter2"]);
}
