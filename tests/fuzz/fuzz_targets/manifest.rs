#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    aboveboard_fuzz::manifest::run(data);
});
