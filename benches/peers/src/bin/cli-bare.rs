//! A CLI without telemetry: the floor of the next.
fn main() {
    let _ = aboveboard_peers::tree().get_matches();
}
