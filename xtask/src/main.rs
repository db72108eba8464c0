//! The repository's own tasks. `cargo xtask` lists them.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task speaks to the person who runs it")]

mod bench;
mod costs;
mod hosts;
mod layering;
mod mutants;
mod package;
mod platforms;
mod run;
mod setup;
mod size;
mod test;
mod tidy;
mod torture;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask TASK

  test       install what is missing (Debian, as root), then check and test everything
  quick      the same without set-up, supply chain, console package and browser: between two edits
  hosts      the small hosts beside their twins without telemetry; `hosts release off`, debug and on by default
  clients    the clients for Node, Python and Go and their guides alone, with the programs that were built last
  layering   prove that crates, folders and files use each other as ARCHITECTURE.md draws it, and in no circle
  tidy       prove what no compiler checks: names, links, quoted code, cited tests, lengths, which files there are
  msrv       prove that no dependency asks for a newer compiler than the crate that depends on it
  package    package what is published, and build each package from its own files (slow)
  minimal    build what others embed with the oldest dependencies that Cargo.toml allows (slow)
  size       build `aboveboard-agent` as for a release, with and without its uploader, and hold it to its size (slow)
  costs      measure what embedding costs small programs, and write the table of the README (slow)
  platforms  test what has a half for Windows under Wine, and check what compiles for macOS (Debian, as root; slow)
  bench      whole programs side by side, ours and its peers'; `bench ROUNDS`
  mutants    break the promises of published figures one by one, each of which a test must notice; `mutants WORD` (slow)
  torture    the long runs: kills, floods and faults in full count, then `platforms`, `package`, `minimal` and `size`
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let result = match task.as_str() {
        "test" => test::all(),
        "quick" => test::quick(),
        "hosts" => hosts::run(&rest),
        "clients" => test::clients(),
        "layering" => layering::check(),
        "tidy" => tidy::check(),
        "package" => package::package(package::Verify::Yes),
        "minimal" => package::minimal(),
        "msrv" => package::msrv(),
        "size" => size::check(),
        "costs" => costs::run(),
        "platforms" => platforms::run(),
        "bench" => bench::run(&rest),
        "mutants" => mutants::run(&rest),
        "torture" => torture::run(&rest),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
