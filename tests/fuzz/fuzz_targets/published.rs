#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aboveboard_testkit::fuzz::published::run(data);
});
