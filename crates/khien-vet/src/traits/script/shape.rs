//! How a script is written: what a person or an ordinary bundler does not write.

use khien_lineage::TraitKind;

use super::Language;
use crate::traits::collect::{Collector, place};

/// Identifiers such as `_0x3fa2b1` below which a script is not said to be made of them.
const HEX_NAMES_MIN: u64 = 24;

/// Bytes of `\x41` escapes below which they are not told.
const ESCAPES_MIN: u64 = 2048;

/// Bytes of one encoded constant below which it is not told.
const ENCODED_MIN: usize = 8192;

/// Bytes of one line from which it is told.
const LINE_MIN: usize = 20_000;

/// Adds the shapes of one script.
pub(super) fn measure(code: &[u8], language: Language, out: &mut Collector) {
    if !matches!(language, Language::Js | Language::Python | Language::Php) {
        return;
    }
    let names = hex_names(code);
    if names.count >= HEX_NAMES_MIN {
        let evidence = place(names.first, 0, "_0x…");
        let bytes = names.count.saturating_mul(8);
        out.add(TraitKind::OpaqueBytes, "script:hex-names", bytes, evidence);
    }
    let escapes = memchr::memmem::find_iter(code, b"\\x").count();
    let escapes = u64::try_from(escapes).unwrap_or(u64::MAX).saturating_mul(4);
    let size = u64::try_from(code.len()).unwrap_or(u64::MAX);
    // Generated Python modules carry their descriptions in escapes.
    let counts = language != Language::Python;
    if counts && escapes >= ESCAPES_MIN && escapes.saturating_mul(5) >= size {
        let first = memchr::memmem::find(code, b"\\x").unwrap_or(0);
        let evidence = place(first, 0, "\\x…");
        out.add(TraitKind::OpaqueBytes, "script:escapes", escapes, evidence);
    }
    encoded(code, out);
    let mut from = 0_usize;
    for line in code.split(|b| *b == b'\n') {
        if line.len() >= LINE_MIN {
            let amount = u64::try_from(line.len()).unwrap_or(u64::MAX);
            let evidence = place(from, line.len(), "");
            out.add(TraitKind::CapabilityRule, "script-long-line", amount, evidence);
        }
        from = from.saturating_add(line.len()).saturating_add(1);
    }
}

struct HexNames {
    count: u64,
    first: usize,
}

/// Identifiers of the kind that obfuscators make.
fn hex_names(code: &[u8]) -> HexNames {
    let mut names = HexNames { count: 0, first: 0 };
    for at in memchr::memmem::find_iter(code, b"_0x") {
        let digits = code.get(at.saturating_add(3)..).unwrap_or_default();
        if digits.iter().take_while(|b| b.is_ascii_hexdigit()).take(4).count() == 4 {
            if names.count == 0 {
                names.first = at;
            }
            names.count = names.count.saturating_add(1);
        }
    }
    names
}

/// Long constants in base64 or hexadecimal that are no picture, font or the like.
fn encoded(code: &[u8], out: &mut Collector) {
    let in_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    let mut at = 0_usize;
    while let Some(rest) = code.get(at..).filter(|rest| rest.len() >= ENCODED_MIN) {
        // A run of that length covers every multiple of it: look only there.
        let probe = rest.get(..ENCODED_MIN).unwrap_or_default();
        if let Some(stop) = probe.iter().rposition(|b| !in_base64(b)) {
            at = at.saturating_add(stop).saturating_add(1);
            continue;
        }
        let len = rest.iter().take_while(|b| in_base64(b)).count();
        let run = rest.get(..len).unwrap_or_default();
        if !KNOWN.iter().any(|start| run.starts_with(start)) && is_dense(probe) {
            let evidence = place(at, len, "");
            let amount = u64::try_from(len).unwrap_or(u64::MAX);
            out.add(TraitKind::OpaqueBytes, "script:encoded-constant", amount, evidence);
        }
        at = at.saturating_add(len);
    }
}

/// Base64 of pictures (PNG, JPEG, GIF, SVG, WebP), fonts, WebAssembly and sound.
const KNOWN: &[&[u8]] = &[
    b"iVBOR", b"/9j/", b"R0lGOD", b"PHN2Zy", b"PD94bW", b"UklGR", b"d09GM", b"d09GR", b"AAEAAAA",
    b"T1RUTw", b"AGFzbQ", b"SUQz", b"T2dnUw", b"AAAAI", b"AAAAG", b"JVBERi",
];

/// Whether the characters are as even as those of encoded noise: words and tables are not.
fn is_dense(run: &[u8]) -> bool {
    let mut counts = [0_u64; 256];
    for b in run {
        if let Some(count) = counts.get_mut(usize::from(*b)) {
            *count = count.saturating_add(1);
        }
    }
    let used = counts.iter().filter(|c| **c > 0).count();
    let squares: u64 = counts.iter().map(|c| c.saturating_mul(*c)).sum();
    let len = u64::try_from(run.len()).unwrap_or(u64::MAX);
    // Σp² is 1/64 for even base64 and 1/16 for even hexadecimal; a fifth more is still dense.
    let alphabet = if used <= 17 { 16 } else { 64 };
    squares.saturating_mul(alphabet).saturating_mul(5) <= len.saturating_mul(len).saturating_mul(6)
}
