//! The signature of a Java archive (JAR File Specification, "Signed JAR File"): a message over a
//! signature file, which names the digest of the manifest, which names the digests of the members.
//!
//! The three are members of their own, in any order, so they are put together once all are seen. Only
//! SHA-256 digests are followed to the members; others end the check, which the signature then says.

use std::collections::BTreeMap;

use bytes::Bytes;
use khien_binary::signature::{Signature, State};
use sha2::{Digest, Sha256};

use super::FileProfile;

/// Bytes of these that are kept in all, and how many of them. What is left out leaves the signature
/// without its content, which it then does not fit.
const BYTES_MAX: usize = 32 << 20;
const KEPT_MAX: usize = 256;

const MANIFEST: &str = "MANIFEST.MF";
const FOLDER: &str = "META-INF/";

/// What of archives' signatures was seen, by path.
#[derive(Default)]
pub(super) struct Kept {
    /// Paths with their last name in upper case, as readers fold it.
    files: BTreeMap<String, Bytes>,
    bytes: usize,
}

impl Kept {
    /// Keeps a file that belongs to an archive's signature.
    pub(super) fn look_at(&mut self, path: &str, bytes: &Bytes) {
        let Some((archive, name)) = placed(path) else { return };
        let kept = name == MANIFEST || is_block(&name) || name.ends_with(".SF");
        let bytes_after = self.bytes.saturating_add(bytes.len());
        if kept && bytes_after <= BYTES_MAX && self.files.len() < KEPT_MAX {
            self.bytes = bytes_after;
            self.files.insert(format!("{archive}{FOLDER}{name}"), bytes.clone());
        }
    }

    /// Reads the signature of each archive, and says so where it is not about what is there.
    pub(super) fn finish(&self, files: &mut [FileProfile]) {
        let mut found = Vec::new();
        for (position, file) in files.iter().enumerate() {
            let Some((archive, name)) = placed(file.path.as_raw()) else { continue };
            let of = |name: &str| self.files.get(&format!("{archive}{FOLDER}{name}"));
            let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
            let (Some(block), Some(list)) = (of(&name), of(&format!("{stem}.SF"))) else {
                continue;
            };
            if !is_block(&name) {
                continue;
            }
            let Ok(mut signature) =
                khien_binary::authenticode::signed_message(block, Some(list.as_ref()))
            else {
                continue;
            };
            let manifest = of(MANIFEST).map_or(&[][..], Bytes::as_ref);
            follow(&mut signature, archive, list, manifest, files);
            found.push((position, signature));
        }
        for (position, signature) in found {
            if let Some(file) = files.get_mut(position) {
                file.certified_by = Some(signature);
            }
        }
    }
}

/// The archive's path with its separator, and the last name in upper case, of a file in `META-INF`.
fn placed(path: &str) -> Option<(&str, String)> {
    let at = path.rfind("!/").map_or(0, |at| at + 2);
    let (archive, member) = path.split_at_checked(at)?;
    let (folder, name) = member.split_at_checked(FOLDER.len())?;
    (folder.eq_ignore_ascii_case(FOLDER) && !name.contains('/'))
        .then(|| (archive, name.to_uppercase()))
}

fn is_block(name: &str) -> bool {
    [".RSA", ".DSA", ".EC"].iter().any(|ending| name.ends_with(ending))
}

/// From the signature file to the manifest to the members.
fn follow(
    signature: &mut Signature,
    archive: &str,
    list: &[u8],
    manifest: &[u8],
    files: &[FileProfile],
) {
    let fail = |signature: &mut Signature, why: String| {
        signature.state = State::Invalid;
        signature.remarks.insert(0, why);
    };
    let stated = sections(list);
    let stated = stated.first().and_then(|main| main.get("sha-256-digest-manifest"));
    let Some(stated) = stated else {
        signature
            .remarks
            .push("the manifest's digest is of a kind that is not followed".to_owned());
        return;
    };
    if *stated != base64(&Sha256::digest(manifest)) {
        return fail(signature, "the manifest is not the one that was signed".to_owned());
    }
    let digests: BTreeMap<String, Option<String>> = sections(manifest)
        .into_iter()
        .skip(1)
        .filter_map(|mut section| Some((section.remove("name")?, section.remove("sha-256-digest"))))
        .collect();
    for file in files {
        let path = file.path.as_raw();
        let Some(member) = path.strip_prefix(archive).filter(|rest| !rest.is_empty()) else {
            continue;
        };
        let part = member.contains("!/") || placed(path).is_some_and(|(own, _)| own == archive);
        let other = match digests.get(member) {
            _ if part => false,
            Some(Some(digest)) => bytes_of(&file.sha256).is_none_or(|own| base64(&own) != *digest),
            Some(None) => false,
            // Text may lie beside what is signed; what is run may not.
            None => is_run(member),
        };
        if other {
            return fail(signature, format!("{member} is not what was signed"));
        }
    }
}

fn is_run(member: &str) -> bool {
    [".class", ".jar", ".so", ".dll", ".dylib", ".jnilib"].iter().any(|end| member.ends_with(end))
}

/// Sections of a manifest: attributes with their names in lower case, lines that go on put together.
fn sections(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let text = text.replace("\n ", "");
    text.split("\n\n")
        .map(|section| {
            let lines = section.lines().filter_map(|line| line.split_once(": "));
            lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()
        })
        .filter(|section: &BTreeMap<_, _>| !section.is_empty())
        .collect()
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4_u32 {
            let value = bits >> (18 - 6 * digit) & 63;
            let shown = usize::try_from(value).ok().and_then(|value| DIGITS.get(value));
            let there = usize::try_from(digit).is_ok_and(|digit| digit <= group.len());
            out.push(shown.filter(|_| there).map_or('=', |digit| char::from(*digit)));
        }
    }
    out
}

#[cfg(test)]
mod tests;
