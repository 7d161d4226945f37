//! xar: the archive that macOS installer packages are. A header, a zlib-packed table of contents in
//! XML, then a heap of packed files.

use std::ops::Range;

use bytes::Bytes;
use flate2::read::ZlibDecoder;
use roxmltree::{Document, Node, ParsingOptions};
use sha2::Digest;

use super::pkg;
use crate::archive::stream::{self, Counted, Tail};
use crate::field::{name_of, piece, u16_be, u32_be, u64_be};
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::reader::{Context, Refusal};

const TOC_BYTES_MAX: u64 = 64 << 20;
const TOC_NODES_MAX: u32 = 2_000_000;
/// Folders inside folders.
const DEPTH_MAX: usize = 256;

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let early = || Refusal::damaged("the header ends early");
    let header_len = u64::from(u16_be(&input, 4).ok_or_else(early)?);
    let packed_len = u64_be(&input, 8).ok_or_else(early)?;
    let toc_len = u64_be(&input, 16).ok_or_else(early)?;
    if header_len < 28 || toc_len > TOC_BYTES_MAX {
        return Err(Refusal::damaged("sizes in the header that make no sense"));
    }
    let packed = piece(&input, header_len, packed_len)
        .ok_or_else(|| Refusal::damaged("the table of contents ends early"))?;
    let heap = header_len + packed_len;
    let mut decoder = ZlibDecoder::new(packed);
    let toc = cx.unpack_structure(&mut decoder, TOC_BYTES_MAX)?;
    let toc_end = (header_len + decoder.total_in()).min(heap);
    cx.structure(0..toc_end);
    // Behind the numbers stands the name of the digest, where there is any.
    cx.room(28..header_len);
    cx.foreign("(behind the table of contents)", toc_end..heap)?;
    let text = std::str::from_utf8(&toc)
        .map_err(|_| Refusal::damaged("the table of contents is no text"))?;
    // No document types: entities are how XML becomes a bomb.
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: TOC_NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| Refusal::damaged(format!("the table of contents: {error}")))?;
    cx.names_in_members_are_rooted();
    let archive = Archive { input: input.clone(), heap };
    let Some(root) = child(document.root_element(), "toc") else {
        return Err(Refusal::damaged("the table of contents has no toc"));
    };
    archive.checksum(cx, root, packed, u32_be(&input, 24));
    for name in ["signature", "x-signature"] {
        for node in root.children().filter(|n| n.tag_name().name() == name) {
            archive.signature(cx, node)?;
        }
    }
    archive.files(cx, root)
}

struct Archive {
    input: Bytes,
    heap: u64,
}

impl Archive {
    /// The digest of the packed table, at the place in the heap that the table itself names.
    fn checksum(
        &self,
        cx: &mut Context<'_, '_>,
        toc: Node<'_, '_>,
        packed: &[u8],
        kind: Option<u32>,
    ) {
        let Some(node) = child(toc, "checksum") else {
            if kind != Some(0) {
                let detail = "a digest is announced and not there";
                cx.fact(FactKind::IndexDisagrees, Some(24), detail);
            }
            return;
        };
        let Some(range) = self.range(node, "size") else { return };
        cx.structure(range.clone());
        let stored = piece(&self.input, range.start, range.end - range.start);
        let style = node.attribute("style").unwrap_or_default();
        match digest(style, packed) {
            Some(digest) if stored == Some(&digest[..]) => {}
            Some(_) => {
                cx.fact(FactKind::WrongChecksum, Some(range.start), "of the table of contents");
            }
            None => cx.fact(FactKind::WrongChecksum, Some(range.start), format!("style {style}")),
        }
    }

    fn signature(&self, cx: &mut Context<'_, '_>, node: Node<'_, '_>) -> Result<(), Refusal> {
        let Some(range) = self.range(node, "size") else { return Ok(()) };
        let style = node.attribute("style").unwrap_or("unknown");
        let mut certificates =
            node.descendants().filter(|n| n.tag_name().name() == "X509Certificate");
        // The signer's is the first.
        let signer = certificates.next().and_then(|n| n.text()).map(|text| {
            let text: String = text.split_whitespace().collect();
            format!(", key {}", hex(&sha2::Sha256::digest(text)))
        });
        let detail = format!(
            "{style}, {} bytes, {} certificates in the table of contents{}",
            range.end - range.start,
            certificates.count() + usize::from(signer.is_some()),
            signer.unwrap_or_default()
        );
        cx.fact(FactKind::ContainerSignature, Some(range.start), detail);
        let Some(bytes) = cx.slice(&range) else {
            cx.gap(GapReason::Damaged, "a signature outside the archive", None);
            return Ok(());
        };
        cx.signature(range);
        let name = format!("[signature]/{style}");
        cx.inflate(&name, Attributes::default(), &mut &bytes[..], None)?;
        let found = node.descendants().filter(|n| n.tag_name().name() == "X509Certificate");
        for (index, certificate) in found.enumerate() {
            let text = certificate.text().unwrap_or_default();
            let pem = format!(
                "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                text.trim()
            );
            let name = format!("[signature]/{style}.{index}.pem");
            cx.inflate(&name, Attributes::default(), &mut pem.as_bytes(), None)?;
        }
        Ok(())
    }

    /// A stretch of the heap as `offset` and a length give it, in the file.
    fn range(&self, node: Node<'_, '_>, len: &str) -> Option<Range<u64>> {
        let number = |name| child(node, name)?.text()?.trim().parse::<u64>().ok();
        let start = self.heap.checked_add(number("offset")?)?;
        Some(start..start.checked_add(number(len)?)?)
    }

    fn files(&self, cx: &mut Context<'_, '_>, toc: Node<'_, '_>) -> Result<(), Refusal> {
        let mut todo: Vec<(Node<'_, '_>, String, usize)> = Vec::new();
        for node in toc.children().filter(|n| n.tag_name().name() == "file").rev() {
            todo.push((node, String::new(), 0));
        }
        while let Some((node, path, depth)) = todo.pop() {
            let name = child(node, "name").map(name_in).unwrap_or_default();
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            if depth < DEPTH_MAX {
                for inner in node.children().filter(|n| n.tag_name().name() == "file").rev() {
                    todo.push((inner, path.clone(), depth + 1));
                }
            } else {
                cx.member_gap(&path, GapReason::TooDeep, "folders inside folders", None);
            }
            self.file(cx, node, &path)?;
        }
        Ok(())
    }

    fn file(
        &self,
        cx: &mut Context<'_, '_>,
        node: Node<'_, '_>,
        path: &str,
    ) -> Result<(), Refusal> {
        let text = |name: &str| child(node, name).and_then(|n| n.text()).map(str::trim);
        let attributes = Attributes {
            mode: text("mode").and_then(|mode| u32::from_str_radix(mode, 8).ok()),
            uid: text("uid").and_then(|uid| uid.parse().ok()),
            gid: text("gid").and_then(|gid| gid.parse().ok()),
            modified: None,
            capabilities: 0,
        };
        for extended in node.children().filter(|n| n.tag_name().name() == "ea") {
            if let Some(range) = self.range(extended, "length") {
                cx.content(range.clone());
                cx.room(range);
            }
        }
        match text("type") {
            Some("directory") => cx.folder(path),
            Some("symlink") => cx.link(path, attributes, text("link").unwrap_or_default()),
            Some("hardlink") => {
                let target = child(node, "type").and_then(|n| n.attribute("link"));
                match target {
                    Some(target) if target != "original" => cx.link(path, attributes, target),
                    _ => self.data(cx, node, path, attributes),
                }
            }
            Some("file") | None => self.data(cx, node, path, attributes),
            Some(_) => cx.special(path, attributes),
        }
    }

    fn data(
        &self,
        cx: &mut Context<'_, '_>,
        node: Node<'_, '_>,
        path: &str,
        attributes: Attributes,
    ) -> Result<(), Refusal> {
        let Some(data) = child(node, "data") else {
            return cx.member(path, NodeKind::File, attributes, None, Bytes::new());
        };
        let Some(range) = self.range(data, "length") else {
            cx.member_gap(path, GapReason::Damaged, "its place is no number", None);
            return cx.tick();
        };
        let Some(packed) = cx.slice(&range) else {
            cx.member_gap(path, GapReason::Damaged, "it lies outside the archive", None);
            return cx.tick();
        };
        compare(cx, path, data, "archived-checksum", &packed, range.start);
        let expected = child(data, "size").and_then(|n| n.text()?.trim().parse::<u64>().ok());
        let style = child(data, "encoding").and_then(|n| n.attribute("style")).unwrap_or_default();
        let Some(mut decoder) = decoder(style, &packed) else {
            cx.content(range);
            let detail = format!("packed as {style}");
            cx.member_gap(path, GapReason::Unsupported, detail, expected);
            return cx.tick();
        };
        let unpacked = cx.unpack(path, &mut *decoder, expected)?;
        let Some(unpacked) = unpacked else {
            cx.content(range);
            return Ok(());
        };
        let used = if unpacked.complete { decoder.used() } else { u64::MAX };
        let end = range.start.saturating_add(used).min(range.end);
        cx.content(range.start..end);
        cx.foreign("(behind a member's packed data)", end..range.end)?;
        compare(cx, path, data, "extracted-checksum", &unpacked.bytes, range.start);
        pkg::tell(cx, path, &unpacked.bytes);
        cx.member(path, NodeKind::File, attributes, None, unpacked.bytes)
    }
}

impl Counted for ZlibDecoder<&[u8]> {
    fn used(&self) -> u64 {
        self.total_in()
    }
}

fn decoder<'p>(style: &str, packed: &'p [u8]) -> Option<Box<dyn Counted + 'p>> {
    let is_as_said = match style {
        "" | "application/octet-stream" => return Some(Box::new(Tail::new(packed))),
        // The style says gzip; what is stored is zlib.
        "application/x-gzip" => return Some(Box::new(ZlibDecoder::new(packed))),
        "application/x-bzip2" => stream::is_bzip2(packed),
        "application/x-xz" => packed.starts_with(b"\xfd7zXZ\0"),
        "application/x-lzma" => stream::is_lzma(packed),
        _ => false,
    };
    is_as_said.then(|| stream::decoder(packed))
}

fn compare(
    cx: &mut Context<'_, '_>,
    path: &str,
    data: Node<'_, '_>,
    which: &str,
    bytes: &[u8],
    at: u64,
) {
    let Some(node) = child(data, which) else { return };
    let style = node.attribute("style").unwrap_or_default();
    let stored = node.text().unwrap_or_default().trim().to_lowercase();
    let computed = digest(style, bytes).map(|digest| hex(&digest));
    if style != "none" && computed.as_deref() != Some(stored.as_str()) {
        cx.member_fact(path, FactKind::WrongChecksum, Some(at), format!("{which}, {style}"));
    }
}

fn digest(style: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match style.to_ascii_lowercase().as_str() {
        "sha1" => sha1::Sha1::digest(bytes).to_vec(),
        "md5" => md5::Md5::digest(bytes).to_vec(),
        "sha256" => sha2::Sha256::digest(bytes).to_vec(),
        "sha512" => sha2::Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|n| n.is_element() && n.tag_name().name() == name)
}

/// Names that XML cannot hold are stored in base 64.
fn name_in(node: Node<'_, '_>) -> String {
    let text = node.text().unwrap_or_default();
    if node.attribute("enctype") != Some("base64") {
        return text.to_owned();
    }
    super::base64(text).map_or_else(|| text.to_owned(), |bytes| name_of(&bytes))
}

#[cfg(test)]
mod tests;
