//! What the linker wrote down: debug directory, Rich header.

use md5::{Digest as _, Md5};
use memchr::memmem;

use super::layout::{Layout, text, u32_at};
use crate::authenticode::hex;
use crate::image::{Identity, Toolchain};

/// One entry of the debug directory.
pub(crate) struct Entry<'a> {
    pub(crate) kind: u32,
    pub(crate) data: &'a [u8],
}

/// Bound: entries of the debug directory; there are kinds up to 20.
const ENTRIES_MAX: usize = 64;

/// Entries of the debug directory.
pub(crate) fn entries<'a>(layout: &Layout<'a>) -> impl Iterator<Item = Entry<'a>> {
    let bytes = layout.bytes;
    let size = layout.directory(6).map_or(0, |(_, size)| size as usize / 28);
    let rows = layout.table(6).unwrap_or_default().as_chunks::<28>().0;
    rows.iter().take(size.min(ENTRIES_MAX)).filter_map(move |row| {
        let (kind, size, start) = (u32_at(row, 12)?, u32_at(row, 16)?, u32_at(row, 24)?);
        let end = (start as usize).checked_add(size as usize)?;
        let data = bytes.get(start as usize..end).unwrap_or_default();
        Some(Entry { kind, data })
    })
}

const CODEVIEW: u32 = 2;
const REPRODUCIBLE: u32 = 16;

/// Path and identity of the PDB.
pub(crate) fn identity(layout: &Layout<'_>, identity: &mut Identity) {
    let codeview =
        entries(layout).find(|entry| entry.kind == CODEVIEW && entry.data.starts_with(b"RSDS"));
    let Some(data) = codeview.map(|entry| entry.data) else { return };
    if let (Some(guid), Some(age)) = (data.get(4..20), u32_at(data, 20)) {
        identity.build_id = Some(format!("{}{age:x}", guid_text(guid)));
    }
    let path = text(data.get(24..).unwrap_or_default());
    identity.debug_path = Some(path).filter(|path| !path.is_empty());
}

/// A GUID as symbol servers write it: the first three fields are little-endian.
fn guid_text(guid: &[u8]) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let bytes: Vec<u8> = order.iter().filter_map(|at| guid.get(*at).copied()).collect();
    hex(&bytes)
}

/// Linker, compilers and time.
pub(crate) fn toolchain(layout: &Layout<'_>) -> Toolchain {
    let (major, minor) = layout.linker;
    let mut toolchain =
        Toolchain { linker: Some(format!("{major}.{minor}")), ..Toolchain::default() };
    // A reproducible build has a hash in the place of the time.
    let reproducible = entries(layout).any(|entry| entry.kind == REPRODUCIBLE);
    if !reproducible && layout.time != 0 && layout.time != u32::MAX {
        toolchain.compiled = Some(i64::from(layout.time));
    }
    if let Some(clear) = rich(layout) {
        toolchain.rich_hash = Some(hex(&Md5::digest(&clear)));
        // Four words of header, then pairs: product and build, count.
        for pair in clear.as_chunks::<8>().0.iter().skip(2) {
            if let Some(tool) = u32_at(pair, 0) {
                toolchain.compilers.insert(format!("{}:{}", tool >> 16, tool & 0xFFFF));
            }
        }
    }
    toolchain.compilers.extend(crate::toolchain::go(layout.bytes).map(|go| go.version));
    toolchain.compilers.extend(crate::toolchain::rust(layout.bytes));
    toolchain
}

/// The Rich header decoded, from its `DanS` on. Undocumented; it is between the DOS program and the
/// NT headers, XORed with the word after `Rich`.
fn rich(layout: &Layout<'_>) -> Option<Vec<u8>> {
    let stub = layout.bytes.get(..layout.headers_at.min(0x2000))?;
    let end = memmem::rfind(stub, b"Rich")?;
    let key = u32_at(stub, end + 4)?.to_le_bytes();
    let start = [key[0] ^ b'D', key[1] ^ b'a', key[2] ^ b'n', key[3] ^ b'S'];
    let start = memmem::rfind(stub.get(..end)?, &start)?;
    let coded = stub.get(start..end)?;
    Some(coded.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect())
}
