//! Rows in the format `RowBinary`: numbers little-endian, a length before each text and array, nothing between.

use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;

use crate::problem::malformed;

/// Writes rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowWriter(Vec<u8>);

impl RowWriter {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// How many bytes were written.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn u8(&mut self, number: u8) -> &mut Self {
        self.0.push(number);
        self
    }

    pub(crate) fn u32(&mut self, number: u32) -> &mut Self {
        self.fixed(&number.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, number: u64) -> &mut Self {
        self.fixed(&number.to_le_bytes())
    }

    pub(crate) fn i32(&mut self, number: i32) -> &mut Self {
        self.fixed(&number.to_le_bytes())
    }

    pub(crate) fn i64(&mut self, number: i64) -> &mut Self {
        self.fixed(&number.to_le_bytes())
    }

    /// A `Date`: the nearest day that fits.
    pub(crate) fn date(&mut self, day: Day) -> &mut Self {
        self.fixed(&date(day).to_le_bytes())
    }

    /// A `FixedString`, or what is written as it is.
    pub(crate) fn fixed(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A `String`.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.length(bytes.len()).fixed(bytes)
    }

    /// A `String`.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// How many items of an array follow.
    pub(crate) fn length(&mut self, length: usize) -> &mut Self {
        let mut rest = length as u64;
        while rest >= 0x80 {
            self.0.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        self.0.push(rest as u8);
        self
    }
}

/// The number of a `Date` that is nearest to a day.
pub(crate) fn date(day: Day) -> u16 {
    u16::try_from(day.max(0)).unwrap_or(u16::MAX)
}

/// Reads rows.
#[derive(Debug)]
pub(crate) struct Rows {
    bytes: Vec<u8>,
    at: usize,
}

type Read<T> = Result<T, StoreError>;

impl Rows {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, at: 0 }
    }

    /// Whether all was read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// As many bytes as are left.
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, length: usize) -> Read<&[u8]> {
        if length > self.left() {
            return Err(malformed("it ends within a row"));
        }
        let from = self.at;
        self.at += length;
        Ok(&self.bytes[from..self.at])
    }

    /// A `FixedString`.
    pub(crate) fn fixed<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut fixed = [0; N];
        fixed.copy_from_slice(self.take(N)?);
        Ok(fixed)
    }

    pub(crate) fn u8(&mut self) -> Read<u8> {
        Ok(u8::from_le_bytes(self.fixed()?))
    }

    pub(crate) fn u32(&mut self) -> Read<u32> {
        Ok(u32::from_le_bytes(self.fixed()?))
    }

    pub(crate) fn u64(&mut self) -> Read<u64> {
        Ok(u64::from_le_bytes(self.fixed()?))
    }

    pub(crate) fn i32(&mut self) -> Read<i32> {
        Ok(i32::from_le_bytes(self.fixed()?))
    }

    pub(crate) fn i64(&mut self) -> Read<i64> {
        Ok(i64::from_le_bytes(self.fixed()?))
    }

    /// A `Date`.
    pub(crate) fn date(&mut self) -> Read<Day> {
        Ok(Day::from(u16::from_le_bytes(self.fixed()?)))
    }

    /// A `String`.
    pub(crate) fn bytes(&mut self) -> Read<&[u8]> {
        let length = self.length()?;
        self.take(length)
    }

    /// A `String`.
    pub(crate) fn text(&mut self) -> Read<&str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| malformed("a text is not UTF-8"))
    }

    /// How many items of an array follow. Each takes at least a byte, so it is never more than there can be.
    pub(crate) fn length(&mut self) -> Read<usize> {
        let mut length = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            length |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(length)
                    .ok()
                    .filter(|length| *length <= self.left())
                    .ok_or_else(|| malformed("it ends within a row"));
            }
        }
        Err(malformed("a length has no end"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(a: u64, b: i64, c: i32, d: u32, e: u8, text: String, day in 0..65_536i32) {
            let mut writer = RowWriter::default();
            writer.u64(a).i64(b).i32(c).u32(d).u8(e).text(&text).date(day).fixed(&[1, 2, 3]);
            let mut rows = Rows::new(writer.into_bytes());
            prop_assert_eq!((rows.u64().unwrap(), rows.i64().unwrap(), rows.i32().unwrap()), (a, b, c));
            prop_assert_eq!((rows.u32().unwrap(), rows.u8().unwrap()), (d, e));
            prop_assert_eq!(rows.text().unwrap(), text);
            prop_assert_eq!((rows.date().unwrap(), rows.fixed().unwrap()), (day, [1, 2, 3]));
            prop_assert!(rows.is_at_end());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let mut rows = Rows::new(bytes);
            while rows.length().is_ok() && rows.text().is_ok() && rows.u64().is_ok() {}
        }
    }

    #[test]
    fn a_day_without_a_date_is_the_nearest_that_has_one() {
        assert_eq!([date(-1), date(0), date(20_000), date(70_000)], [0, 0, 20_000, u16::MAX]);
    }
}
