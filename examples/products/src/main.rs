//! Small programs built like real products. The name under which the binary is called selects one.
#![forbid(unsafe_code)]

mod openvino;
mod output;
mod podman_desktop;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()).unwrap_or_default() {
        "podman-desktop" => podman_desktop::main(),
        "ovc" => openvino::tool(),
        "nncf" => openvino::library(),
        name => {
            output::error(&format!("{name}: call it by the name of one of its programs, see its README"));
            ExitCode::from(2)
        }
    }
}
