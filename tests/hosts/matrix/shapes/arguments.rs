//! Programs that have no subcommands of their own, or whose words are all somebody else's.

use crate::line::line;
use crate::shape::Shape;

#[test]
fn no_clap_at_all() {
    Shape {
        name: "no-clap",
        program: "no-clap",
        plain: env!("CARGO_BIN_EXE_hosts-no-clap-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-no-clap"),
        lines: vec![
            line(&["count", "/etc/hostname", "none"]),
            line(&["help"]),
            line(&[]),
            line(&["telemetry"]),
            line(&["--help"]),
            line(&["--version"]),
            line(&["count", "--enable-telemetry=false"]),
        ],
        recorded: &["count", "count", "help"],
    }
    .hold();
}
