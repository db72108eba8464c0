//! Times and sizes as people write them: `5s`, `64MiB`.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserializer, Error, Visitor};

/// Spellings of the units of time with their milliseconds.
const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Spellings of the units of size with their bytes.
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// Reads a time for a field: a whole number with `ms`, `s`, `m`, `h` or `d`.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let visitor = UnitVisitor { units: &TIMES, example: "a time such as \"5s\" or \"250ms\"" };
    deserializer.deserialize_str(visitor).map(Duration::from_millis)
}

/// Reads a size for a field: a whole number with `B`, `KiB`, `MiB` or `GiB`.
pub(super) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_str(UnitVisitor { units: &SIZES, example: "a size such as \"64MiB\"" })
}

struct UnitVisitor {
    units: &'static [(&'static str, u64)],
    example: &'static str,
}

impl Visitor<'_> for UnitVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.example)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit);
        let factor =
            self.units.iter().find(|(name, _)| *name == unit.trim_start()).map(|(_, factor)| *factor);
        number
            .parse::<u64>()
            .ok()
            .zip(factor)
            .and_then(|(number, factor)| number.checked_mul(factor))
            .ok_or_else(|| E::custom(format_args!("{text:?} is not {}", self.example)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_needed_and_nothing_overflows() {
        let read = |text: &str| {
            UnitVisitor { units: &TIMES, example: "" }.visit_str::<serde::de::value::Error>(text)
        };
        assert_eq!(read("5s").unwrap(), 5_000);
        assert_eq!(read("250 ms").unwrap(), 250);
        for wrong in ["", "5", "s", "-1s", "1.5s", "5 parsecs", "18446744073709551615d"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
