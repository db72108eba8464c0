tele::manifest!("telemetry.toml");

fn main() {
    let _ = telemetry::Counts { things: 1 };
}
