//! For how many contexts of one product there is room.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use aboveboard_store::limits::{MAX_UNVERIFIED_CONTEXTS, MAX_VERIFIED_CONTEXTS};
use aboveboard_store::verification::Standing;
use aboveboard_store::versions::OTHER;
use aboveboard_types::envelope::Header;
use aboveboard_types::value::Version;

use crate::batch::{Naming, SentContext};

/// Most contexts of one product that are counted as `other` and keep their version all the same, of verified installations and of all
/// others, so that an operator can give it a name later. Sums have a line for each, and strangers can make them up.
const MAX_KEPT_CONTEXTS: usize = 5_000;

/// Most values of one field that are counted as `other` and kept all the same, as above.
const MAX_KEPT_VALUES: usize = 1_000;

/// The contexts of one product.
#[derive(Debug, Default)]
pub(super) struct Contexts {
    known: HashSet<Arc<SentContext>>,
    /// How many that have names came by installations that are not verified, and by those that are.
    named: [usize; 2],
    /// How many that are kept though they count as `other`.
    kept: [usize; 2],
    /// The values of each field that are kept though they count as `other`.
    values: BTreeMap<String, KeptValues>,
}

/// The values of one field that are kept though they count as `other`.
#[derive(Debug, Default)]
struct KeptValues {
    known: HashSet<Version>,
    kept: [usize; 2],
}

/// The place of what a standing has for itself.
fn share(standing: Standing) -> usize {
    match standing {
        Standing::Unverified => 0,
        Standing::Verified => 1,
    }
}

impl Contexts {
    /// The context of a batch, whose version has a name or not.
    pub(super) fn of(&mut self, header: &Header, has_name: bool, standing: Standing) -> Arc<SentContext> {
        let Header { component, version, os, arch, marks } = *header;
        let sent =
            |naming| SentContext { component, version, naming, os: os.into(), arch: arch.into(), marks };
        let most = match standing {
            Standing::Unverified => MAX_UNVERIFIED_CONTEXTS,
            Standing::Verified => MAX_VERIFIED_CONTEXTS,
        };
        if has_name {
            // Contexts without a version are as many as their closed parts give, so these are few.
            let room = if version == OTHER { usize::MAX } else { most as usize };
            if let Some(known) =
                Self::find_or_add(&mut self.known, &mut self.named, sent(Naming::Named), standing, room)
            {
                return known;
            }
        }
        let kept = &mut self.kept;
        if let Some(known) =
            Self::find_or_add(&mut self.known, kept, sent(Naming::Other), standing, MAX_KEPT_CONTEXTS)
        {
            return known;
        }
        let unkept = SentContext { version: OTHER, marks: marks.of_any_agent(), ..sent(Naming::Unkept) };
        self.intern(unkept)
    }

    fn find_or_add(
        known: &mut HashSet<Arc<SentContext>>,
        counts: &mut [usize; 2],
        context: SentContext,
        standing: Standing,
        room: usize,
    ) -> Option<Arc<SentContext>> {
        if let Some(known) = known.get(&context) {
            return Some(Arc::clone(known));
        }
        if context.version != OTHER {
            let count = &mut counts[share(standing)];
            if *count >= room {
                return None;
            }
            *count += 1;
        }
        let context = Arc::new(context);
        known.insert(Arc::clone(&context));
        Some(context)
    }

    fn intern(&mut self, context: SentContext) -> Arc<SentContext> {
        if let Some(known) = self.known.get(&context) {
            return Arc::clone(known);
        }
        let context = Arc::new(context);
        self.known.insert(Arc::clone(&context));
        context
    }

    /// Takes a context for known that was there before. Who brought it in is not known any more: strangers, it is said, so that
    /// it takes nothing from the others.
    pub(super) fn know(&mut self, context: &Arc<SentContext>) {
        if !self.known.insert(Arc::clone(context)) || context.version == OTHER {
            return;
        }
        match context.naming {
            Naming::Named => self.named[share(Standing::Unverified)] += 1,
            Naming::Other => self.kept[share(Standing::Unverified)] += 1,
            Naming::Unkept => {}
        }
    }

    /// How a value of a field counts that has no name.
    pub(super) fn value(&mut self, field: &str, version: Version, standing: Standing) -> Naming {
        let values = self.values.entry(field.to_owned()).or_default();
        if values.known.contains(&version) {
            return Naming::Other;
        }
        let kept = &mut values.kept[share(standing)];
        if *kept >= MAX_KEPT_VALUES {
            return Naming::Unkept;
        }
        *kept += 1;
        values.known.insert(version);
        Naming::Other
    }
}
