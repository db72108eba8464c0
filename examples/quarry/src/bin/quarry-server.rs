//! The server `quarry-server`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    aboveboard_demo::server::main()
}
