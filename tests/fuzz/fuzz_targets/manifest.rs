#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aboveboard_testkit::fuzz::manifest::run(data);
});
