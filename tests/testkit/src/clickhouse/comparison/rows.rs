//! Answers in the format `RowBinary`, taken apart by the types of their columns.

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) of_type: String,
}

impl Column {
    /// The columns that `DESCRIBE TABLE` tells: a line each, name and type first.
    pub(super) fn described(answer: &[u8]) -> Option<Vec<Self>> {
        let text = std::str::from_utf8(answer).ok()?;
        let column = |line: &str| {
            let mut fields = line.split('\t');
            Some(Self { name: fields.next()?.to_owned(), of_type: fields.next()?.to_owned() })
        };
        text.lines().map(column).collect()
    }

    /// Whether its values are arrays whose items come in no order.
    fn is_gathered(&self) -> bool {
        self.name.contains("groupArray(")
    }
}

/// A row, value by value.
pub(super) type Row = Vec<Vec<u8>>;

/// The rows of an answer. Items that come in no order are put in one. None where it does not consist of such rows.
pub(super) fn rows(columns: &[Column], answer: &[u8]) -> Option<Vec<Row>> {
    let mut rest = answer;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let mut row = Vec::new();
        for column in columns {
            row.push(value(column, &mut rest)?);
        }
        rows.push(row);
    }
    Some(rows)
}

fn value(column: &Column, rest: &mut &[u8]) -> Option<Vec<u8>> {
    let inner = column.of_type.strip_prefix("Array(").and_then(|text| text.strip_suffix(')'));
    let Some(inner) = inner.filter(|_| column.is_gathered()) else {
        return scalar(&column.of_type, rest).map(<[u8]>::to_vec);
    };
    let mut items = Vec::new();
    for _ in 0..length(rest)? {
        items.push(scalar(inner, rest)?);
    }
    items.sort_unstable();
    Some(items.concat())
}

/// A value as it is, its length included.
fn scalar<'a>(of_type: &str, rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let whole = *rest;
    if let Some(inner) = of_type.strip_prefix("Array(").and_then(|text| text.strip_suffix(')')) {
        for _ in 0..length(rest)? {
            scalar(inner, rest)?;
        }
    } else {
        let width = match of_type {
            "String" => length(rest)?,
            of_type => width(of_type)?,
        };
        *rest = rest.get(width..)?;
    }
    Some(&whole[..whole.len() - rest.len()])
}

/// How many bytes a value takes.
fn width(of_type: &str) -> Option<usize> {
    Some(match of_type {
        "UInt8" | "Int8" => 1,
        "UInt16" | "Int16" | "Date" => 2,
        "UInt32" | "Int32" | "DateTime" => 4,
        "UInt64" | "Int64" => 8,
        of_type => of_type.strip_prefix("FixedString(")?.strip_suffix(')')?.parse().ok()?,
    })
}

/// A number of seven bits a byte, the lowest first.
fn length(rest: &mut &[u8]) -> Option<usize> {
    let mut length = 0;
    for shift in (0..56).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}
