//! Chance that repeats: SplitMix64, enough for made-up data and for nothing else.

/// A stream of numbers from a seed.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// From 0 up to, not including, 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to, not including, `bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    pub(super) fn bytes(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }

    /// One of a list, the earlier ones more often; `None` of an empty one.
    pub(super) fn pick<'l, T>(&mut self, list: &'l [T]) -> Option<&'l T> {
        let share = self.unit();
        list.get(scaled(list.len() as u64, share * share))
    }

    /// One of a list with weights.
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(T, u64)]) -> Option<T> {
        let mut at = self.below(list.iter().map(|(_, weight)| weight).sum());
        list.iter()
            .find(|(_, weight)| {
                at < *weight || {
                    at -= weight;
                    false
                }
            })
            .map(|(item, _)| *item)
    }

    /// A number of things as people have them: mostly few, sometimes many.
    pub(super) fn size(&mut self, typical: f64) -> u64 {
        let spread = self.unit() + self.unit() + self.unit() - 1.5;
        scaled(1, typical * (spread * 2.6).exp()) as u64
    }
}

/// `whole × share`, rounded down.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "made-up sizes are small and not negative"
)]
pub(super) fn scaled(whole: u64, share: f64) -> usize {
    (whole as f64 * share) as usize
}
