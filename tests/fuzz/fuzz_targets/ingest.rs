#![no_main]

use aboveboard_collector::fuzzing::Stand;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    thread_local!(static STAND: Stand = {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let text = include_str!("../../vectors/telemetry.toml");
        std::fs::write(directory.path().join("vectors.toml"), text).expect("room for a file");
        Stand::new(directory.path()).expect("the manifest of the vectors parses")
    });
    STAND.with(|stand| stand.run(data));
});
