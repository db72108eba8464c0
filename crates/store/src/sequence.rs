//! Sequence numbers show clones: two disks with the same id send the same numbers in different batches.

/// The last 64 sequence numbers of an installation: the highest, and which of the 64 up to it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceWindow {
    /// The highest number that came; -1 before there is one.
    pub highest: i64,
    /// Bit `n` stands for the number `highest - n`.
    pub bits: i64,
}

impl SequenceWindow {
    /// The window before any batch.
    pub const EMPTY: Self = Self { highest: -1, bits: 0 };

    /// Notes a number. Returns false if the window shows that it came before.
    pub fn note(&mut self, number: u64) -> bool {
        let Ok(number) = i64::try_from(number) else { return true };
        let ahead = number.saturating_sub(self.highest);
        if ahead > 0 {
            self.bits = if ahead < 64 { self.bits << ahead | 1 } else { 1 };
            self.highest = number;
            return true;
        }
        let behind = -ahead;
        if behind >= 64 {
            return true;
        }
        let is_new = self.bits >> behind & 1 == 0;
        self.bits |= 1 << behind;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_shows_twice_only_within_the_window() {
        let mut window = SequenceWindow::EMPTY;
        for new in [0, 1, 5, 3, 70, 69, 7] {
            assert!(window.note(new), "{new}");
        }
        for again in [70, 69, 7] {
            assert!(!window.note(again), "{again}");
        }
        assert!(window.note(0), "beyond the window nothing is claimed");
        assert!(window.note(u64::MAX));
    }
}
