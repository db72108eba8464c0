//! A server is silent where telemetry is off.

#[cfg(feature = "telemetry")]
#[test]
fn off_does_nothing() {
    aboveboard::assert_silent!(
        env!("CARGO_BIN_EXE_hosts-axum"),
        "axum",
        [""; 0],                 // its arguments
        until = "listening",     // what it prints when it is ready; then it gets SIGTERM
        answer = "data/consent", // below the directory that the agent was given
        undecided = false,       // before anybody has decided it prints its notice
        flag = false,            // it has no --enable-telemetry
        allow = ["AF_INET, SOCK_STREAM", "sin_port=htons(0)", "\"\\1\", 1, MSG_NOSIGNAL"]
    );
}
