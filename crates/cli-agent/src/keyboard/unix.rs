//! Lines from a person at the terminal, within a time limit.

use std::io::{Stdin, stdin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// Longest line that is read as an answer, in bytes: the longest answer has four.
const MAX_LINE_BYTES: usize = 64;

/// How late it is noticed at most that this process is asked to end, where the signal comes just before a wait.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// The value of a special character that the terminal does not obey.
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

/// What Ctrl-C and Ctrl-\ type where the terminal has no characters of its own for interrupt and quit.
const CTRL_C: u8 = 0x03;
const CTRL_BACKSLASH: u8 = 0x1c;

/// Whether something was typed that nobody has read yet, be it half a line.
pub(crate) fn is_typed_ahead() -> bool {
    // By lines, the terminal says nothing of a line that has no end yet.
    let keys = Modes::set(|modes| {
        modes.local_modes.remove(LocalModes::ICANON);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    });
    keys.is_none() || wait_for_input(&stdin(), Duration::ZERO) == Some(true)
}

/// The terminal while a person is asked: it shows what is typed and hands it out by lines, whatever the program did to its
/// modes, and Ctrl-C ends a line, whatever the program does about signals. What the program had set comes back at the end.
#[derive(Debug)]
pub(crate) struct Keyboard {
    modes: Modes,
    /// The characters of Ctrl-C and Ctrl-\.
    ends: [u8; 2],
}

impl Keyboard {
    /// `None` where the terminal cannot be set.
    pub(crate) fn take() -> Option<Self> {
        let mut ends = [CTRL_C, CTRL_BACKSLASH];
        let modes = Modes::set(|modes| {
            let codes = &mut modes.special_codes;
            for (end, code) in ends.iter_mut().zip([SpecialCodeIndex::VINTR, SpecialCodeIndex::VQUIT]) {
                if codes[code] != DISABLED {
                    *end = codes[code];
                }
                codes[code] = DISABLED;
            }
            codes[SpecialCodeIndex::VEOL] = ends[0];
            codes[SpecialCodeIndex::VEOL2] = ends[1];
            modes.input_modes.insert(InputModes::ICRNL);
            modes.input_modes.remove(InputModes::IGNCR | InputModes::INLCR);
            modes.output_modes.insert(OutputModes::OPOST | OutputModes::ONLCR);
            modes.local_modes.insert(
                LocalModes::ICANON
                    | LocalModes::ISIG
                    | LocalModes::IEXTEN
                    | LocalModes::ECHO
                    | LocalModes::ECHOE
                    | LocalModes::ECHOK
                    | LocalModes::ECHOCTL,
            );
        })?;
        Some(Self { modes, ends })
    }

    /// The next line, without its end. `None` after the time limit, at the end of input, after Ctrl-C, once `ends` is set,
    /// and for a line that is too long to be an answer. What was typed after the line stays for whoever reads next.
    pub(crate) fn read_line(&self, limit: Duration, ends: &AtomicBool) -> Option<String> {
        let stdin = &self.modes.stdin;
        let deadline = Instant::now() + limit;
        let mut line = Vec::new();
        loop {
            let left = deadline.checked_duration_since(Instant::now())?;
            let has_input = wait_for_input(stdin, left.min(MAX_DELAY))?;
            if ends.load(Relaxed) {
                return None;
            }
            if !has_input {
                continue;
            }
            let mut chunk = [0; MAX_LINE_BYTES];
            // The buffer of std may hold what the host read ahead; the terminal hands out one line at a time.
            let read = match rustix::io::read(stdin, &mut chunk) {
                Ok(0) => return None,
                Ok(read) => read,
                Err(Errno::AGAIN | Errno::INTR) => continue,
                Err(_) => return None,
            };
            line.extend_from_slice(&chunk[..read]);
            match line.last() {
                // The rest of a line that is too long would be a command for the shell.
                Some(b'\n') if line.len() <= MAX_LINE_BYTES => {
                    line.pop();
                    return String::from_utf8(line).ok();
                }
                Some(end) if *end == b'\n' || self.ends.contains(end) => return None,
                _ => {}
            }
        }
    }
}

/// Modes of the terminal that are set for a while.
struct Modes {
    stdin: Stdin,
    before: Termios,
}

impl std::fmt::Debug for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Modes").finish_non_exhaustive()
    }
}

impl Modes {
    /// Changes the modes of the terminal on stdin; what was typed stays. `None` where it has none or does not let itself be
    /// set.
    fn set(change: impl FnOnce(&mut Termios)) -> Option<Self> {
        let stdin = stdin();
        let before = tcgetattr(&stdin).ok()?;
        let mut modes = before.clone();
        change(&mut modes);
        tcsetattr(&stdin, OptionalActions::Now, &modes).ok()?;
        Some(Self { stdin, before })
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        // A terminal that went away needs nothing any more.
        let _ = tcsetattr(&self.stdin, OptionalActions::Now, &self.before);
    }
}

/// Whether something can be read within the limit, or before a signal. `None` where it cannot be waited for.
fn wait_for_input(stdin: &Stdin, limit: Duration) -> Option<bool> {
    let limit = Timespec::try_from(limit).ok()?;
    match poll(&mut [PollFd::new(stdin, PollFlags::IN)], Some(&limit)) {
        Ok(ready) => Some(ready > 0),
        // A stop and continue (Ctrl-Z, fg) is no answer.
        Err(Errno::INTR) => Some(false),
        Err(_) => None,
    }
}
