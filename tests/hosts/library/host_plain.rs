//! A program that uses a library, before the library had telemetry.

mod host;

fn main() -> std::process::ExitCode {
    host::run(aboveboard_hosts_library_plain::total)
}
