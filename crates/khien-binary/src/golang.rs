//! Functions of Go programs, which have neither unwind tables nor, when stripped, symbols: the
//! runtime's own table of functions is always there.
//!
//! Source: `runtime/symtab.go` and `debug/gosym/pclntab.go` of Go 1.16 to 1.26.

use crate::fields::Fields;
use crate::functions::Extent;

/// Reads the table (`.gopclntab`, `__gopclntab`). `text` is where the code section starts: from
/// Go 1.26 on the table leaves that out. Empty where the table is of no known version.
pub(crate) fn functions(table: Fields<'_>, text: u64) -> Vec<Extent> {
    read(table, text).unwrap_or_default()
}

fn read(table: Fields<'_>, text: u64) -> Option<Vec<Extent>> {
    let word = table.word_size();
    if table.u16(4)? != 0 || u64::from(table.u8(7)?) != word {
        return None;
    }
    let field = |index: u64| table.word(8 + index * word);
    let count = field(0)?;
    // Offset of the list, its step, and what its addresses count from.
    let (list, step, base) = match table.u32(0)? {
        // 1.16: absolute addresses.
        0xFFFF_FFFA => (field(6)?, word * 2, 0),
        // 1.18 and 1.20: offsets of four bytes.
        0xFFFF_FFF0 | 0xFFFF_FFF1 => {
            let start = field(2)?;
            let base = if start == 0 { text } else { start };
            (field(7)?, 8, Some(base).filter(|base| *base != 0)?)
        }
        _ => return None,
    };
    let mut extents = Vec::new();
    for index in 0..count {
        let at = list.checked_add(index.checked_mul(step)?)?;
        let start = if base == 0 { table.word(at) } else { table.u32(at).map(u64::from) };
        let Some(start) = start.and_then(|start| start.checked_add(base)) else { break };
        extents.push(Extent { start, end: None });
    }
    Some(extents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(start: u64) -> Vec<u8> {
        let mut bytes = vec![0xF1, 0xFF, 0xFF, 0xFF, 0, 0, 1, 8];
        for word in [2, 0, start, 0, 0, 0, 0, 72_u64] {
            bytes.extend(word.to_le_bytes());
        }
        for word in [0x10_u32, 0, 0x40, 0, 0x80] {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn starts_count_from_the_text() {
        let starts = |bytes: &[u8]| -> Vec<u64> {
            let found = functions(Fields::little(bytes), 0x1000);
            found.iter().map(|extent| extent.start).collect()
        };
        assert_eq!(starts(&table(0x40_0000)), [0x40_0010, 0x40_0040]);
        assert_eq!(starts(&table(0)), [0x1010, 0x1040]);
        let mut lying = table(0);
        lying[8..16].fill(0xFF);
        assert_eq!(starts(&lying), [0x1010, 0x1040, 0x1080]);
        for cut in 0..lying.len() {
            starts(&lying[..cut]);
        }
        assert_eq!(starts(b"\xf1\xff\xff\xff"), Vec::<u64>::new());
    }
}
