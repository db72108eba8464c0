//! Exact numbers: two stores that differ by one installation, and of which the noise hides it, give the same site.

use std::collections::VecDeque;

use aboveboard_published::counted;

use super::super::samples::kiln;
use super::noises::exact;
use super::sites::{site_of, site_with};
use super::stores::{FIRED, PRODUCT, Sent, apply_more, data_directory, erasure, faithful, gathered, quarter};
use crate::publish::{Noise, NoiseError};

/// Noise that was drawn before, with what two stores differ by taken off cell by cell, and one line of the list that was the
/// other's.
struct Shifted<N> {
    inner: N,
    shifts: VecDeque<i64>,
    line: Option<[u8; 16]>,
}

impl<N: Noise> Noise for Shifted<N> {
    fn gaussian(&mut self, variance: u64) -> Result<i64, NoiseError> {
        Ok(self.inner.gaussian(variance)? + self.shifts.pop_front().unwrap())
    }

    fn below(&mut self, bound: u32) -> Result<u32, NoiseError> {
        self.inner.below(bound)
    }

    fn bytes(&mut self) -> Result<[u8; 16], NoiseError> {
        self.line.take().map_or_else(|| self.inner.bytes(), Ok)
    }
}

#[test]
fn two_stores_that_differ_by_one_installation_give_the_same_bytes_where_the_noise_makes_up_for_it() {
    let manifest = kiln();
    let others = faithful(0..150);
    let events = [(FIRED, 0), (FIRED, 1), (FIRED, 3)];
    let one = [5, 9].map(|day| Sent { installation: 7_000, day, component: "cli", events: &events }.entry());
    // The first in the store, where in the other its line is the first that is nobody's.
    let both = [one.to_vec(), others.clone()].concat();
    let few = gathered(&manifest, &others).unwrap();
    let many = gathered(&manifest, &both).unwrap();
    let more = |(many, few): (&u64, &u64)| i64::try_from(*many).unwrap() - i64::try_from(*few).unwrap();
    let shifts: VecDeque<i64> = many.cells().iter().zip(few.cells()).map(more).collect();
    assert_eq!(shifts.iter().sum::<i64>(), 6, "the headline and a command");
    let value = many.counted.iter().find(|value| !few.counted.contains(value)).unwrap();
    let id = quarter().to_string();
    let line = counted::line_bytes(PRODUCT, &id, value);
    let store_of_few = data_directory(&others);
    let store_of_many = data_directory(&both);
    let mut compared = 0;
    for seed in 0..6 {
        let (drawn_of_many, of_many) = site_of(store_of_many.path(), &mut exact(seed));
        let mut shifted = Shifted { inner: exact(seed), shifts: shifts.clone(), line: Some(line) };
        let (drawn_of_few, of_few) = site_of(store_of_few.path(), &mut shifted);
        assert_eq!(drawn_of_few, drawn_of_many);
        assert!(of_many[&format!("{id}/counted.txt")].len() > 100 * 33);
        assert_eq!(of_few.keys().collect::<Vec<_>>(), of_many.keys().collect::<Vec<_>>());
        for (path, bytes) in of_few {
            assert!(of_many[&path] == bytes, "{path} tells them apart");
            compared += bytes.len();
        }
    }
    assert!(compared > 300_000, "{compared}");
    // Where the noise does not make up for it, some figure is another one.
    let (_, of_many) = site_of(store_of_many.path(), &mut exact(0));
    let (_, of_few) = site_of(store_of_few.path(), &mut exact(0));
    assert_ne!(of_few, of_many);
}

#[test]
fn the_site_of_a_small_product_is_the_same_however_small_it_is() {
    let site = |installations: u32, seed| {
        let data = data_directory(&faithful(0..installations));
        let (drawn, site) = site_of(data.path(), &mut exact(seed));
        assert!(drawn.is_small);
        site
    };
    let none = site(0, 1);
    let publication = format!("{}/publication.json", quarter());
    assert!(none.contains_key(&publication) && none.contains_key("feed.xml"));
    assert!(!none.keys().any(|path| path.contains("counted") || path.contains("commands")), "{none:?}");
    for (installations, seed) in [(1, 2), (20, 3), (60, 4), (60, 5), (60, 6)] {
        assert_eq!(site(installations, seed), none, "{installations}");
    }
    let data = data_directory(&faithful(0..200));
    let (drawn, site) = site_of(data.path(), &mut exact(1));
    assert!(!drawn.is_small && site != none, "a larger one is seen");
}

#[test]
fn an_erasure_after_the_draw_changes_no_byte_of_it() {
    let entries = faithful(0..150);
    let data = data_directory(&entries);
    let (_, before) = site_with(data.path(), data.path(), &mut exact(1));
    apply_more(data.path(), entries.len(), &[erasure(7)]);
    let (_, after) = site_with(data.path(), data.path(), &mut exact(2));
    assert_eq!(after, before);
    // Drawn again with the same noise it would show by how much the counts differ.
    let (_, again) = site_of(data.path(), &mut exact(1));
    assert_ne!(again, before);
}
