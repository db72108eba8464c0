#![no_main]

use aboveboard_testkit::fuzz::segment::Stand;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    thread_local!(static STAND: Stand = Stand::new());
    STAND.with(|stand| stand.run(data));
});
