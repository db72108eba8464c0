//! A program that uses a library with telemetry.

mod host;

fn main() -> std::process::ExitCode {
    host::run(aboveboard_hosts_library::total)
}
