//! Reading numbers and texts.

use std::fmt;
use std::sync::Arc;

/// Bytes that are no stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEncoded;

impl fmt::Display for NotEncoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these bytes are not what a collector writes")
    }
}

impl std::error::Error for NotEncoded {}

/// What is left to read of a form.
#[derive(Debug)]
pub(super) struct Bytes<'b> {
    texts: Vec<Arc<str>>,
    left: &'b [u8],
}

impl<'b> Bytes<'b> {
    /// Reads a form to its end.
    pub(super) fn whole<T>(
        bytes: &'b [u8],
        take: impl FnOnce(&mut Self) -> Result<T, NotEncoded>,
    ) -> Result<T, NotEncoded> {
        let mut all = Self { texts: Vec::new(), left: bytes };
        let count = all.count(1)?;
        all.texts.reserve(count);
        for _ in 0..count {
            let length = all.count(1)?;
            let text = std::str::from_utf8(all.take(length)?).map_err(|_| NotEncoded)?;
            all.texts.push(Arc::from(text));
        }
        let value = take(&mut all)?;
        if all.left.is_empty() { Ok(value) } else { Err(NotEncoded) }
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], NotEncoded> {
        let (taken, left) = self.left.split_at_checked(length).ok_or(NotEncoded)?;
        self.left = left;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], NotEncoded> {
        let (taken, left) = self.left.split_first_chunk().ok_or(NotEncoded)?;
        self.left = left;
        Ok(*taken)
    }

    /// A number. There is one way to write each.
    pub(super) fn number(&mut self) -> Result<u64, NotEncoded> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                return Err(NotEncoded);
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 { Err(NotEncoded) } else { Ok(number) };
            }
        }
        Err(NotEncoded)
    }

    /// A number of a smaller type.
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Result<T, NotEncoded> {
        T::try_from(self.number()?).map_err(|_| NotEncoded)
    }

    /// A number that may be negative.
    pub(super) fn signed<T: TryFrom<i64>>(&mut self) -> Result<T, NotEncoded> {
        let number = self.number()?;
        let number = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        T::try_from(number).map_err(|_| NotEncoded)
    }

    /// How many things come, each of which takes at least so many bytes.
    fn count(&mut self, each: usize) -> Result<usize, NotEncoded> {
        let count: usize = self.small()?;
        if count <= self.left.len() / each { Ok(count) } else { Err(NotEncoded) }
    }

    pub(super) fn flag(&mut self) -> Result<bool, NotEncoded> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(NotEncoded),
        }
    }

    pub(super) fn text(&mut self) -> Result<Arc<str>, NotEncoded> {
        let place: usize = self.small()?;
        self.texts.get(place).cloned().ok_or(NotEncoded)
    }

    pub(super) fn option<T>(
        &mut self,
        take: impl FnOnce(&mut Self) -> Result<T, NotEncoded>,
    ) -> Result<Option<T>, NotEncoded> {
        if self.flag()? { take(self).map(Some) } else { Ok(None) }
    }

    /// Some things, each of which takes a byte at least.
    pub(super) fn list<T>(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<T, NotEncoded>,
    ) -> Result<Vec<T>, NotEncoded> {
        let count = self.count(1)?;
        (0..count).map(|_| take(self)).collect()
    }

    /// One of a closed list.
    pub(super) fn one_of<T: Copy, N>(&mut self, all: &[(T, N)]) -> Result<T, NotEncoded> {
        let place: usize = self.small()?;
        all.get(place).map(|(one, _)| *one).ok_or(NotEncoded)
    }
}
