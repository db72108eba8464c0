//! Contexts and names in rows of closed days. Each is kept once, however many rows name it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aboveboard_replay::{Naming, SentContext};
use aboveboard_store::packed_version::{pack_version, unpack_version};
use aboveboard_store::read::ReadResult;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::Marks;

use crate::client::{RowWriter, Rows};
use crate::problem::malformed;

/// How many contexts and names are kept to be given out again. Quotas hold a product far below; above, all are forgotten, and those in
/// use stay with who has them.
const MAX_INTERNED: usize = 1 << 18;

/// The spelling of no context at all: no component has an empty name.
const NONE: &str = "";

/// Writes the columns of [`CONTEXT`](super::tables::CONTEXT).
pub(super) fn write_context(row: &mut RowWriter, context: Option<&SentContext>) {
    let Some(context) = context else {
        row.text(NONE).u64(0).u8(0).text(NONE).text(NONE).fixed(&0_u16.to_le_bytes());
        return;
    };
    row.text(context.component.name())
        .u64(pack_version(context.version))
        .u8(naming_number(context.naming))
        .text(&context.os)
        .text(&context.arch)
        .fixed(&context.marks.bits().to_le_bytes());
}

fn naming_number(naming: Naming) -> u8 {
    match naming {
        Naming::Named => 0,
        Naming::Other => 1,
        Naming::Unkept => 2,
    }
}

fn naming(number: u8) -> ReadResult<Naming> {
    match number {
        0 => Ok(Naming::Named),
        1 => Ok(Naming::Other),
        2 => Ok(Naming::Unkept),
        _ => Err(malformed("a version is counted in an unknown way")),
    }
}

/// What was read before, to be given out again.
#[derive(Debug, Default)]
pub(super) struct Interned {
    contexts: HashMap<Vec<u8>, Arc<SentContext>>,
    names: HashSet<Arc<str>>,
    /// The columns of the context that is read.
    columns: Vec<u8>,
}

impl Interned {
    /// Reads a name.
    pub(super) fn name(&mut self, rows: &mut Rows) -> ReadResult<Arc<str>> {
        let text = rows.text()?;
        if let Some(known) = self.names.get(text) {
            return Ok(Arc::clone(known));
        }
        if self.names.len() >= MAX_INTERNED {
            self.names.clear();
        }
        let name: Arc<str> = text.into();
        self.names.insert(Arc::clone(&name));
        Ok(name)
    }

    /// Reads the columns of [`CONTEXT`](super::tables::CONTEXT).
    pub(super) fn context(&mut self, rows: &mut Rows) -> ReadResult<Option<Arc<SentContext>>> {
        let component = Self::component(rows)?;
        let version = rows.u64()?;
        let naming = naming(rows.u8()?)?;
        self.columns.clear();
        self.columns.extend(version.to_le_bytes());
        self.columns.push(naming_number(naming));
        self.columns.extend(component.map_or(NONE, Component::name).bytes());
        // Names have no such byte, so no two contexts are spelled alike.
        self.columns.push(0);
        let os_begin = self.columns.len();
        self.columns.extend(rows.bytes()?);
        let os_end = self.columns.len();
        self.columns.push(0);
        self.columns.extend(rows.bytes()?);
        let arch_end = self.columns.len();
        let marks = rows.fixed::<2>()?;
        self.columns.extend(marks);
        let Some(component) = component else { return Ok(None) };
        if let Some(known) = self.contexts.get(&self.columns) {
            return Ok(Some(Arc::clone(known)));
        }
        let text = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).map_err(|_| malformed("a system is not UTF-8"))?;
            Ok::<Arc<str>, aboveboard_store::StoreError>(text.into())
        };
        let context = Arc::new(SentContext {
            component,
            version: unpack_version(version),
            naming,
            os: text(&self.columns[os_begin..os_end])?,
            arch: text(&self.columns[os_end + 1..arch_end])?,
            marks: Marks::from_bits(u16::from_le_bytes(marks)),
        });
        if self.contexts.len() >= MAX_INTERNED {
            self.contexts.clear();
        }
        self.contexts.insert(self.columns.clone(), Arc::clone(&context));
        Ok(Some(context))
    }

    /// The same where there must be one.
    pub(super) fn some_context(&mut self, rows: &mut Rows) -> ReadResult<Arc<SentContext>> {
        self.context(rows)?.ok_or_else(|| malformed("a row has no context"))
    }

    fn component(rows: &mut Rows) -> ReadResult<Option<Component>> {
        match rows.text()? {
            NONE => Ok(None),
            name => Component::parse(name).map(Some).ok_or_else(|| malformed("a component is not known")),
        }
    }
}
