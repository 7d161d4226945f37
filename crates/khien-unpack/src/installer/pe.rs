//! What installers need to know of the program they are: sections, overlay, resources.
//!
//! Only places. What the program is and does is looked at elsewhere.

use std::ops::Range;

use crate::field::{self, piece, u16_le, u32_le};

/// Sections that are read.
const SECTIONS_MAX: u16 = 96;
/// Resources that are read, and folders of resources inside folders.
const RESOURCES_MAX: usize = 20_000;

/// One section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) name: [u8; 8],
    /// Where it lies in the file.
    pub(crate) file: Range<u64>,
    address: u64,
}

/// One resource: its type, name and language, and where its bytes lie in the file.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// `TYPE/NAME/LANGUAGE`, numbers in decimal.
    pub(crate) name: String,
    pub(crate) range: Range<u64>,
}

/// A PE file by its headers.
#[derive(Clone, Debug)]
pub(crate) struct Pe<'a> {
    bytes: &'a [u8],
    pub(crate) sections: Vec<Section>,
    /// Where the last section ends.
    pub(crate) end: u64,
    /// The certificate table.
    pub(crate) certificates: Option<Range<u64>>,
    resources: u64,
    /// Data directories that the headers announce; Windows reads 16.
    pub(crate) directories: u32,
}

impl<'a> Pe<'a> {
    /// Reads the headers; `None` where they make no sense.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        if !bytes.starts_with(b"MZ") {
            return None;
        }
        let at = u64::from(u32_le(bytes, 0x3C)?);
        if u32_le(bytes, at)? != 0x0000_4550 {
            return None;
        }
        let optional = at + 24;
        let directories = match u16_le(bytes, optional)? {
            0x10B => optional + 96,
            0x20B => optional + 112,
            _ => return None,
        };
        let table = optional + u64::from(u16_le(bytes, at + 20)?);
        let count = u16_le(bytes, at + 6)?.min(SECTIONS_MAX);
        let sections: Vec<Section> =
            (0..u64::from(count)).map_while(|i| section(bytes, table + i * 40)).collect();
        let end = sections.iter().map(|s| s.file.end).max()?.max(table + u64::from(count) * 40);
        let start = u64::from(u32_le(bytes, directories + 32)?);
        let len = u64::from(u32_le(bytes, directories + 36)?);
        let inside = start >= end && start + len <= field::len(bytes) && len > 0;
        Some(Self {
            bytes,
            sections,
            end: end.min(field::len(bytes)),
            certificates: inside.then(|| start..start + len),
            resources: u64::from(u32_le(bytes, directories + 16)?),
            directories: u32_le(bytes, directories - 4)?,
        })
    }

    /// What follows the last section, up to the certificate table or the file's end.
    pub(crate) fn overlay(&self) -> Range<u64> {
        let end = self.certificates.as_ref().map_or(field::len(self.bytes), |c| c.start);
        self.end..end.max(self.end)
    }

    /// The bytes of a section by name.
    pub(crate) fn section(&self, name: &[u8]) -> Option<&'a [u8]> {
        let section = self.sections.iter().find(|s| {
            let end = s.name.iter().position(|b| *b == 0).unwrap_or(8);
            s.name.get(..end) == Some(name)
        })?;
        piece(self.bytes, section.file.start, section.file.end - section.file.start)
    }

    fn offset(&self, address: u64) -> Option<u64> {
        let section = self
            .sections
            .iter()
            .find(|s| address >= s.address && address - s.address < s.file.end - s.file.start)?;
        Some(section.file.start + (address - section.address))
    }

    /// All resources: three levels of folders (type, name, language), then the place.
    pub(crate) fn resources(&self) -> Vec<Resource> {
        let mut out = Vec::new();
        if self.resources == 0 {
            return out;
        }
        let Some(root) = self.offset(self.resources) else { return out };
        let mut todo = vec![(root, String::new(), 0)];
        let mut seen = 0;
        while let Some((at, name, level)) = todo.pop() {
            let (Some(named), Some(numbered)) =
                (u16_le(self.bytes, at + 12), u16_le(self.bytes, at + 14))
            else {
                continue;
            };
            for index in 0..u64::from(named) + u64::from(numbered) {
                seen += 1;
                if seen > RESOURCES_MAX {
                    return out;
                }
                let entry = at + 16 + index * 8;
                let (Some(key), Some(to)) =
                    (u32_le(self.bytes, entry), u32_le(self.bytes, entry + 4))
                else {
                    break;
                };
                let key = self.resource_key(root, key);
                let name = if name.is_empty() { key } else { format!("{name}/{key}") };
                let to_at = root + u64::from(to & 0x7FFF_FFFF);
                if to & 0x8000_0000 != 0 && level < 2 {
                    todo.push((to_at, name, level + 1));
                } else if to & 0x8000_0000 == 0 {
                    out.extend(self.resource(to_at, name));
                }
            }
        }
        out.sort_by_key(|r| (r.range.start, r.range.end));
        out
    }

    fn resource_key(&self, root: u64, key: u32) -> String {
        if key & 0x8000_0000 == 0 {
            return key.to_string();
        }
        let at = root + u64::from(key & 0x7FFF_FFFF);
        let len = u64::from(u16_le(self.bytes, at).unwrap_or(0)).min(256);
        let units: Vec<u16> = (0..len).map_while(|i| u16_le(self.bytes, at + 2 + i * 2)).collect();
        String::from_utf16_lossy(&units)
    }

    fn resource(&self, at: u64, name: String) -> Option<Resource> {
        let start = self.offset(u64::from(u32_le(self.bytes, at)?))?;
        let len = u64::from(u32_le(self.bytes, at + 4)?);
        piece(self.bytes, start, len)?;
        Some(Resource { name, range: start..start + len })
    }
}

fn section(bytes: &[u8], at: u64) -> Option<Section> {
    let name = piece(bytes, at, 8)?.try_into().ok()?;
    let len = u64::from(u32_le(bytes, at + 16)?);
    let start = u64::from(u32_le(bytes, at + 20)?);
    let address = u64::from(u32_le(bytes, at + 12)?);
    let file = if len == 0 { 0..0 } else { start..start + len };
    Some(Section { name, file, address })
}
