//! Writing numbers and texts.

use std::collections::HashMap;
use std::sync::Arc;

/// A form that is being written.
#[derive(Debug, Default)]
pub(super) struct Form {
    texts: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u64>,
    body: Vec<u8>,
}

impl Form {
    pub(super) fn number(&mut self, number: u64) {
        push_number(&mut self.body, number);
    }

    /// A number that may be negative: small ones are short either way.
    pub(super) fn signed(&mut self, number: i64) {
        self.number(zigzag(number));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
    }

    pub(super) fn flag(&mut self, flag: bool) {
        self.body.push(u8::from(flag));
    }

    pub(super) fn text(&mut self, text: &Arc<str>) {
        let place = match self.places.get(text) {
            Some(place) => *place,
            None => {
                let place = self.texts.len() as u64;
                self.texts.push(Arc::clone(text));
                self.places.insert(Arc::clone(text), place);
                place
            }
        };
        self.number(place);
    }

    /// A flag whether there is one, and the one.
    pub(super) fn option<T>(&mut self, option: Option<T>, push: impl FnOnce(&mut Self, T)) {
        self.flag(option.is_some());
        if let Some(value) = option {
            push(self, value);
        }
    }

    /// How many there are, and each.
    pub(super) fn list<T>(
        &mut self,
        list: impl ExactSizeIterator<Item = T>,
        mut push: impl FnMut(&mut Self, T),
    ) {
        self.number(list.len() as u64);
        list.for_each(|item| push(self, item));
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        let Self { texts, body, .. } = self;
        let mut all =
            Vec::with_capacity(body.len() + texts.iter().map(|text| text.len() + 2).sum::<usize>() + 2);
        push_number(&mut all, texts.len() as u64);
        for text in texts {
            push_number(&mut all, text.len() as u64);
            all.extend_from_slice(text.as_bytes());
        }
        all.extend(body);
        all
    }
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}
