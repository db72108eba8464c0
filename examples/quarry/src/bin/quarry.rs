//! The command line program `quarry`.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    aboveboard_demo::cli::main()
}
