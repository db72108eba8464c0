//! Five small programs in the shape of real products. Which one it is, the name says under which it is called.
#![forbid(unsafe_code)]

mod devfile;
mod hasura;
mod openvino;
mod pcf_dev;
mod podman_desktop;
mod serve;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let called = std::env::args_os().next().unwrap_or_default();
    match Path::new(&called).file_name().and_then(|name| name.to_str()).unwrap_or_default() {
        "hasura-server" => hasura::server::main(),
        "hasura" => hasura::cli::main(),
        "podman-desktop" => podman_desktop::main(),
        "ovc" => openvino::tool(),
        "nncf" => openvino::library(),
        "cf-dev" => pcf_dev::main(),
        "devfile-registry" => devfile::registry(),
        "odo" => devfile::client(),
        name => {
            complain(&format!("{name}: call it by the name of one of its programs, see its README"));
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stderr, reason = "what goes wrong is said on stderr")]
fn complain(words: &str) {
    eprintln!("{words}");
}
