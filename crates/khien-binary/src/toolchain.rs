//! Marks that compilers leave in any executable format.
//!
//! Sources: Go `debug/buildinfo` (layout of the build information), rustc's `-Zlocation-detail`
//! defaults (standard library paths under `/rustc/COMMIT`).

use std::collections::BTreeSet;

use crate::fields::uleb128;

/// What the build information of a Go program says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Go {
    /// Version of the compiler, such as `go1.24.1`.
    pub(crate) version: String,
    /// Path of the main module.
    pub(crate) module: Option<String>,
    /// Version of the main module; `(devel)` when built from a checkout.
    pub(crate) module_version: Option<String>,
}

/// Longest build information that is read; a large program's list of modules takes some 50 KiB.
const GO_INFO_MAX: usize = 4 * 1024 * 1024;

/// Finds the build information of Go 1.18 and later, wherever the format put it.
pub(crate) fn go(bytes: &[u8]) -> Option<Go> {
    let magic = b"\xff Go buildinf:";
    // Programs that read build information carry the magic as text too; only a few places are tried.
    memchr::memmem::find_iter(bytes, magic).take(16).find_map(|start| {
        let header = bytes.get(start..)?.get(..32)?;
        // Before 1.18 the header held pointers.
        if header.get(15)? & 2 == 0 {
            return None;
        }
        let mut at = start + 32;
        let version = sized_text(bytes, &mut at)?;
        if !version.starts_with("go1") && !version.starts_with("devel") {
            return None;
        }
        let mut go = Go { version, ..Go::default() };
        // The list stands between two marks of 16 bytes.
        if let Some(list) = sized_text(bytes, &mut at) {
            for line in list.lines() {
                let mut columns = line.split('\t');
                if columns.next() == Some("mod") {
                    go.module = columns.next().map(str::to_owned);
                    go.module_version = columns.next().map(str::to_owned);
                }
            }
        }
        Some(go)
    })
}

fn sized_text(bytes: &[u8], at: &mut usize) -> Option<String> {
    let len = usize::try_from(uleb128(bytes, at)?).ok().filter(|len| *len <= GO_INFO_MAX)?;
    let text = bytes.get(*at..at.checked_add(len)?)?;
    *at += len;
    Some(String::from_utf8_lossy(text).into_owned())
}

/// Versions of the Rust compiler: `rustc version 1.95.0 (…)` where the compiler wrote its name, else
/// the commits of the standard libraries whose paths panics print.
pub(crate) fn rust(bytes: &[u8]) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = memchr::memmem::find_iter(bytes, b"rustc version ")
        .take(64)
        .filter_map(|start| {
            let text = bytes.get(start..)?;
            let text = text.get(..64).unwrap_or(text);
            let end =
                text.iter().position(|byte| !(0x20..0x7F).contains(byte)).unwrap_or(text.len());
            let text = std::str::from_utf8(text.get(..end)?).ok()?;
            let version = text.split(' ').nth(2)?;
            version
                .starts_with(|first: char| first.is_ascii_digit())
                .then(|| format!("rustc {version}"))
        })
        .collect();
    if found.is_empty() {
        found = memchr::memmem::find_iter(bytes, b"/rustc/")
            .take(4096)
            .filter_map(|start| {
                let commit = bytes.get(start + 7..)?.get(..40)?;
                commit
                    .iter()
                    .all(u8::is_ascii_hexdigit)
                    .then(|| format!("rustc {}", String::from_utf8_lossy(commit)))
            })
            .take(256)
            .collect();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_and_rust_marks() {
        let mut file = vec![0_u8; 100];
        file.extend(b"\xff Go buildinf:");
        file.extend([8, 2]);
        file.extend([0; 16]);
        file.push(8);
        file.extend(b"go1.24.1");
        let list = "0123456789abcdefpath\texample.org/tool\nmod\texample.org/tool\tv1.2.3\th1:x\n0123456789abcdef";
        file.push(u8::try_from(list.len()).expect("short"));
        file.extend(list.as_bytes());
        let go = go(&file).expect("build information");
        assert_eq!(go.version, "go1.24.1");
        assert_eq!(go.module.as_deref(), Some("example.org/tool"));
        assert_eq!(go.module_version.as_deref(), Some("v1.2.3"));

        let commit = "0123456789abcdef0123456789abcdef01234567";
        let path = format!("x/rustc/{commit}/library/core/src/option.rs");
        assert_eq!(rust(path.as_bytes()), [format!("rustc {commit}")].into());
        assert_eq!(
            rust(b"\0rustc version 1.95.0 (abc 2026-01-01)\0"),
            ["rustc 1.95.0".to_owned()].into()
        );
        assert!(rust(b"rustc version ").is_empty());
    }
}
