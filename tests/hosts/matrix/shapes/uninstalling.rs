//! What a program that removes itself leaves of its telemetry: nothing.

use std::path::Path;

use aboveboard_testing::Collector;
use tempfile::TempDir;

use crate::line::line;
use crate::shape::Shape;
use crate::state::{STATES, User};
use crate::twin::Twin;

#[test]
fn a_program_that_removes_itself() {
    let shape = Shape {
        name: "uninstall",
        program: "uninstall",
        plain: env!("CARGO_BIN_EXE_hosts-uninstall-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-uninstall"),
        lines: vec![line(&["list"])],
        recorded: &["list"],
    };
    shape.hold();
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let program = Twin::new(Path::new(shape.embedded), folder.path(), shape.program);
    for state in STATES {
        let collector = Collector::start(shape.declaration());
        let user = User::new(shape.declaration(), state, &collector.endpoint());
        program.run(&line(&["list"]), &user.home, folder.path());
        user.home.await_end_of_programs();
        let code = program.run(&line(&["uninstall"]), &user.home, folder.path()).code();
        assert_eq!(code, Some(0), "{state:?}");
        let left = user.home.files();
        // A build without telemetry touches nothing, the answer to another build included.
        assert!(left.is_empty() || !cfg!(feature = "telemetry"), "{state:?}: {left:?}");
    }
}
