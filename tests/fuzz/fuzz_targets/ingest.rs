#![no_main]

use aboveboard_collector::fuzzing::IngestTarget;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    thread_local!(static TARGET: IngestTarget = {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let text = include_str!("../../vectors/telemetry.toml");
        std::fs::write(directory.path().join("vectors.toml"), text).expect("room for a file");
        IngestTarget::new(directory.path()).expect("the manifest of the vectors parses")
    });
    TARGET.with(|target| target.run(data));
});
