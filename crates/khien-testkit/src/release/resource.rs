//! The resource section of a PE file: version information and raw data.

use super::layout::Layout;
use super::payload::LINE;

/// What a file says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Version {
    pub(crate) company: String,
    pub(crate) product: String,
    pub(crate) description: String,
    pub(crate) original_filename: String,
    pub(crate) number: [u16; 4],
}

impl Version {
    fn text(&self) -> String {
        self.number.map(|part| part.to_string()).join(".")
    }

    /// `VS_VERSIONINFO`, with the line of all fixtures as its comment.
    fn bytes(&self) -> Vec<u8> {
        let text = self.text();
        let strings = [
            ("Comments", LINE),
            ("CompanyName", &self.company),
            ("FileDescription", &self.description),
            ("FileVersion", &text),
            ("OriginalFilename", &self.original_filename),
            ("ProductName", &self.product),
            ("ProductVersion", &text),
        ];
        let strings: Vec<Vec<u8>> =
            strings.iter().map(|(key, value)| block(key, Value::Text(value), &[])).collect();
        let table = block("040904B0", Value::None, &strings);
        let info = block("StringFileInfo", Value::None, &[table]);
        let translation = block("Translation", Value::Bytes(vec![0x09, 0x04, 0xB0, 0x04]), &[]);
        let variables = block("VarFileInfo", Value::None, &[translation]);
        let [a, b, c, d] = self.number.map(usize::from);
        let mut fixed = Layout::new();
        fixed.u32(0xFEEF_04BD).u32(0x1_0000).u16(b).u16(a).u16(d).u16(c).u16(b).u16(a).u16(d);
        fixed.u16(c).u32(0x3F).u32(0).u32(0x4_0004).u32(1).u32(0).u32(0).u32(0);
        block("VS_VERSION_INFO", Value::Bytes(fixed.0), &[info, variables])
    }
}

enum Value<'v> {
    Bytes(Vec<u8>),
    None,
    Text(&'v str),
}

/// A block of version information: length, length of the value, kind, key, value, children.
fn block(key: &str, value: Value<'_>, children: &[Vec<u8>]) -> Vec<u8> {
    let (bytes, units, text) = match value {
        Value::Bytes(bytes) => (bytes.clone(), bytes.len(), 0),
        Value::None => (Vec::new(), 0, 1),
        Value::Text(text) => {
            let bytes = utf16(text);
            (bytes.clone(), bytes.len() / 2, 1)
        }
    };
    let mut out = Layout::new();
    out.u16(0).u16(units).u16(text).bytes(utf16(key)).align(4).bytes(bytes);
    for child in children {
        out.align(4).bytes(child);
    }
    let len = u16::try_from(out.len()).expect("a small block");
    out.0[..2].copy_from_slice(&len.to_le_bytes());
    out.0
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

const RCDATA: usize = 10;
const VERSION: usize = 16;

/// Numbers and bytes of the resources of one type.
type Rows = Vec<(usize, Vec<u8>)>;

/// The section: types, then numbers, then languages, then the bytes.
pub(crate) fn directory(base: usize, version: &Version, data: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut types: Vec<(usize, Rows)> = Vec::new();
    if !data.is_empty() {
        let rows = data.iter().map(|(number, bytes)| (usize::from(*number), bytes.clone()));
        types.push((RCDATA, rows.collect()));
    }
    types.push((VERSION, vec![(1, version.bytes())]));
    let names: usize = types.iter().map(|(_, rows)| rows.len()).sum();
    let mut name_table = 16 + 8 * types.len();
    let mut language_table =
        name_table + types.iter().map(|(_, r)| 16 + 8 * r.len()).sum::<usize>();
    let mut row = language_table + 24 * names;
    let mut bytes_at = (row + 16 * names).next_multiple_of(16);
    let header = |out: &mut Layout, rows: usize| {
        out.u32(0).u32(0).u16(0).u16(0).u16(0).u16(rows);
    };
    let mut out = Layout::new();
    header(&mut out, types.len());
    for (kind, rows) in &types {
        out.u32(*kind).u32(0x8000_0000 | name_table);
        name_table += 16 + 8 * rows.len();
    }
    for (_, rows) in &types {
        header(&mut out, rows.len());
        for (number, _) in rows {
            out.u32(*number).u32(0x8000_0000 | language_table);
            language_table += 24;
        }
    }
    for _ in 0..names {
        header(&mut out, 1);
        out.u32(0x0409).u32(row);
        row += 16;
    }
    for (_, bytes) in types.iter().flat_map(|(_, rows)| rows) {
        out.u32(base + bytes_at).u32(bytes.len()).u32(0).u32(0);
        bytes_at = (bytes_at + bytes.len()).next_multiple_of(16);
    }
    for (_, bytes) in types.iter().flat_map(|(_, rows)| rows) {
        out.align(16).bytes(bytes);
    }
    out.0
}
