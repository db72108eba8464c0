//! A progress bar on stderr; nothing if that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the line is drawn while there is no progress.
const BEAT: Duration = Duration::from_millis(200);

/// A line that is shown until this is dropped.
pub(super) struct Progress {
    line: ProgressBar,
    measured: bool,
}

impl Progress {
    /// Begins with the time alone; how much there is to do follows later, or never.
    pub(super) fn new(what: &'static str) -> Self {
        let line =
            ProgressBar::new_spinner().with_style(style("{spinner} {msg}, {elapsed}")).with_message(what);
        line.tick();
        line.enable_steady_tick(BEAT);
        Self { line, measured: false }
    }

    /// Shows how many rows are done, of how many.
    pub(super) fn rows(&mut self, done: u64, of: u64) {
        self.line.set_position(done);
        if !self.measured {
            self.measured = true;
            self.line.set_style(style("{msg} [{wide_bar}] {human_pos}/{human_len} rows, {eta} left"));
            self.line.set_length(of);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}

/// Without colours, and in characters that every terminal has.
fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").tick_chars("|/-\\ ")
}
