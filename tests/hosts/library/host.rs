//! A program that uses a library and knows nothing of telemetry. Were it started a second time, its file would show it.

use std::process::ExitCode;

pub(crate) fn run(total: fn(&[i64]) -> i64) -> ExitCode {
    let numbers: Vec<i64> = std::env::args().skip(1).filter_map(|number| number.parse().ok()).collect();
    let starts = std::fs::read_to_string("starts").unwrap_or_default() + "started\n";
    if std::fs::write("starts", starts).is_err() {
        return ExitCode::FAILURE;
    }
    println!("{}", total(&numbers));
    ExitCode::SUCCESS
}
