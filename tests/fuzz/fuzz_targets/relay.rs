#![no_main]

use aboveboard_types::declaration::Declaration;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    thread_local!(static DECLARATION: &'static Declaration = {
        let manifest = aboveboard_manifest::parse(include_str!("../../vectors/telemetry.toml"), "telemetry.toml");
        Box::leak(Box::new(manifest.expect("the manifest of the vectors parses").declaration()))
    });
    DECLARATION.with(|declaration| {
        let _ = aboveboard_agent::fuzz_relay(declaration, data);
    });
});
