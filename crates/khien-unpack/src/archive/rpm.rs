//! RPM packages: lead, signature header, header, payload (rpm-format(5), LSB 5).
//!
//! Scripts run as root at installation: each is handed on as a member of its own and is a fact.

mod stripped;

use std::io::Read as _;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{openpgp, stream};
use crate::SpanKind;
use crate::field::{len_u64, name_of, slice, u16_be, u32_be, until_nul};
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::reader::{Context, Refusal};

const LEAD_LEN: u64 = 96;

/// Entries of one header; kernels have some 100,000 files and about 100 tags.
const TAGS_MAX: u32 = 65_536;

/// Scripts: name, tag of the text, tag of the interpreter.
const SCRIPTS: [(&str, u32, u32); 9] = [
    ("prein", 1023, 1085),
    ("postin", 1024, 1086),
    ("preun", 1025, 1087),
    ("postun", 1026, 1088),
    ("verify", 1079, 1091),
    ("pretrans", 1151, 1153),
    ("posttrans", 1152, 1154),
    ("preuntrans", 5104, 5106),
    ("postuntrans", 5105, 5107),
];

/// Triggers: lists of texts, run when another package or file comes or goes.
const TRIGGERS_MAX: usize = 4096;
const TRIGGERS: [(&str, u32, u32, u32); 3] = [
    ("trigger", 1065, 1092, 1066),
    ("filetrigger", 5066, 5067, 5069),
    ("transfiletrigger", 5076, 5077, 5079),
];

/// Signature tags.
const SIGNATURES: [(u32, &str); 7] = [
    (267, "header (DSA or EdDSA)"),
    (268, "header (RSA)"),
    (278, "header (OpenPGP)"),
    (1002, "header and payload (RSA)"),
    (1005, "header and payload (DSA)"),
    (274, "file signatures (IMA)"),
    (276, "file signatures (fs-verity)"),
];

/// A signature of OpenPGP: with its certificate's name and notations some hundred bytes.
const SIGNATURE_BYTES_MAX: usize = 4096;

/// A header: its tags and their store.
struct Header<'a> {
    tags: Vec<Tag>,
    store: &'a [u8],
    range: Range<u64>,
}

struct Tag {
    number: u32,
    kind: u32,
    offset: usize,
    count: u32,
}

impl Tag {
    /// How many bytes of `rest`, where its value begins, it takes.
    fn len(&self, rest: &[u8]) -> usize {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let len = match self.kind {
            3 => count.saturating_mul(2),
            4 => count.saturating_mul(4),
            5 => count.saturating_mul(8),
            6 | 8 | 9 if count > 0 => {
                let nth = if self.kind == 6 { 0 } else { count - 1 };
                memchr::memchr_iter(0, rest).nth(nth).map_or(rest.len(), |end| end + 1)
            }
            _ => count,
        };
        len.min(rest.len())
    }
}

impl<'a> Header<'a> {
    fn parse(bytes: &'a [u8], at: u64) -> Option<Self> {
        let head = slice(bytes, &(at..len_u64(bytes.len())))?;
        if head.get(0..3)? != b"\x8e\xad\xe8" {
            return None;
        }
        let count = u32_be(head, 8).filter(|count| *count <= TAGS_MAX)?;
        let store_len = usize::try_from(u32_be(head, 12)?).ok()?;
        let index_len = usize::try_from(count).ok()?.checked_mul(16)?;
        let store = head.get(16 + index_len..(16 + index_len).checked_add(store_len)?)?;
        let tags = (0..index_len / 16)
            .map(|index| {
                let entry = 16 + index * 16;
                Some(Tag {
                    number: u32_be(head, entry)?,
                    kind: u32_be(head, entry + 4)?,
                    offset: usize::try_from(u32_be(head, entry + 8)?).ok()?,
                    count: u32_be(head, entry + 12)?,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let end = at.checked_add(len_u64(16 + index_len + store_len))?;
        Some(Self { tags, store, range: at..end })
    }

    fn tag(&self, number: u32) -> Option<&Tag> {
        self.tags.iter().find(|tag| tag.number == number)
    }

    /// A string, or the first of several.
    fn text(&self, number: u32) -> Option<&'a [u8]> {
        self.texts(number).next()
    }

    /// Strings of a tag.
    fn texts(&self, number: u32) -> impl Iterator<Item = &'a [u8]> {
        let tag = self.tag(number).filter(|tag| matches!(tag.kind, 6 | 8 | 9));
        let count = tag.map_or(0, |tag| if tag.kind == 6 { 1 } else { tag.count });
        let mut rest = tag.and_then(|tag| self.store.get(tag.offset..)).unwrap_or_default();
        (0..count).map_while(move |_| {
            if rest.is_empty() {
                return None;
            }
            let text = until_nul(rest);
            rest = rest.get(text.len() + 1..).unwrap_or_default();
            Some(text)
        })
    }

    /// Bytes of a binary tag.
    fn binary(&self, number: u32) -> Option<&'a [u8]> {
        let tag = self.tag(number).filter(|tag| tag.kind == 7)?;
        let len = usize::try_from(tag.count).ok()?;
        self.store.get(tag.offset..tag.offset.checked_add(len)?)
    }

    /// Number `index` of a list of `width`-byte numbers.
    fn element(&self, number: u32, kind: u32, index: usize, width: usize) -> Option<&'a [u8]> {
        let tag = self.tag(number).filter(|tag| tag.kind == kind)?;
        if index >= usize::try_from(tag.count).ok()? {
            return None;
        }
        let at = tag.offset.checked_add(index.checked_mul(width)?)?;
        self.store.get(at..at.checked_add(width)?)
    }

    /// Stretches of the store that no tag points at, and binary ones that are no signature.
    fn room(&self) -> Vec<Range<u64>> {
        let start = self.range.end.saturating_sub(len_u64(self.store.len()));
        let at = |place: usize| start.saturating_add(len_u64(place));
        let mut room = Vec::new();
        let mut covered: Vec<Range<usize>> = Vec::new();
        // Hostile: every tag may point at all of the store.
        let mut left = self.store.len().saturating_mul(4);
        for tag in &self.tags {
            let rest = self.store.get(tag.offset..).unwrap_or_default();
            let len = tag.len(rest).min(left);
            left -= len;
            let end = tag.offset.saturating_add(len);
            covered.push(tag.offset..end);
            let is_signature = SIGNATURES.iter().any(|(number, _)| *number == tag.number);
            let max = if is_signature { SIGNATURE_BYTES_MAX } else { 64 };
            if tag.kind == 7 && len > max {
                room.push(at(tag.offset)..at(end));
            }
        }
        covered.sort_unstable_by_key(|range| range.start);
        let mut last = 0_usize;
        for range in covered {
            // Numbers stand at even places.
            if range.start > last.saturating_add(8) {
                room.push(at(last)..at(range.start));
            }
            last = last.max(range.end);
        }
        if last < self.store.len() {
            room.push(at(last)..self.range.end);
        }
        room
    }

    fn number(&self, number: u32) -> Option<u32> {
        let tag = self.tag(number).filter(|tag| tag.kind == 4)?;
        u32_be(self.store, tag.offset)
    }
}

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.structure(0..LEAD_LEN);
    let is_source = u16_be(&input, 6) == Some(1);
    let signatures = Header::parse(&input, LEAD_LEN)
        .ok_or_else(|| Refusal::damaged("signature header of an RPM package"))?;
    cx.signature(signatures.range.clone());
    let start = signatures.range.end.div_ceil(8) * 8;
    cx.claim_if_zero(signatures.range.end..start);
    let header = Header::parse(&input, start)
        .ok_or_else(|| Refusal::damaged(format!("header of an RPM package at {start}")))?;
    cx.structure(header.range.clone());

    for header in [&signatures, &header] {
        for room in header.room() {
            cx.room(room);
        }
    }
    note_capabilities(cx, &header);
    note_signatures(cx, &signatures);
    check_digests(cx, &input, &signatures, &header);
    hand_on_scripts(cx, &header)?;

    let payload = header.range.end..cx.len();
    if !is_source {
        cx.names_in_members_are_rooted();
    }
    let packed = slice(&input, &payload).unwrap_or_default();
    if is_stripped(packed) {
        cx.names_are_rooted();
        cx.content(payload.clone());
        let mut decoder = stream::decoder(packed);
        let unpacked = cx.unpack("payload.cpio", &mut decoder, None)?;
        if unpacked.as_ref().is_some_and(|unpacked| unpacked.complete) {
            let end = payload.start.saturating_add(decoder.used()).min(payload.end);
            cx.claim(SpanKind::Unexplained, end..payload.end);
            cx.foreign("(behind the payload)", end..payload.end)?;
        }
        return match unpacked {
            Some(unpacked) => stripped::read(cx, &header, &unpacked.bytes),
            None => Ok(()),
        };
    }
    let name = format!("payload.cpio{}", packing(&input, &payload));
    cx.file(&name, Attributes::default(), payload)
}

/// Whether the payload names its files by number.
fn is_stripped(packed: &[u8]) -> bool {
    let mut magic = [0; 6];
    stream::decoder(packed).read_exact(&mut magic).is_ok() && magic == *stripped::MAGIC
}

/// The ending that says how the payload is packed: by content, since the tag is only a claim.
fn packing(input: &[u8], payload: &Range<u64>) -> &'static str {
    let head = slice(input, payload).unwrap_or_default();
    let magics: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", ".gz"),
        (b"\xfd7zXZ", ".xz"),
        (b"\x28\xb5\x2f\xfd", ".zst"),
        (b"BZh", ".bz2"),
        (b"\x5d\0\0", ".lzma"),
    ];
    magics.iter().find(|(magic, _)| head.starts_with(magic)).map_or("", |(_, end)| end)
}

/// Rights that programs of the package are given at installation (`%caps`): they stand in the header,
/// and the payload does not know of them.
fn note_capabilities(cx: &mut Context<'_, '_>, header: &Header<'_>) {
    if header.tag(5010).is_none() {
        return;
    }
    let folders: Vec<_> = header.texts(1118).collect();
    for (index, (given, name)) in header.texts(5010).zip(header.texts(1117)).enumerate() {
        if given.is_empty() {
            continue;
        }
        let folder = header.element(1116, 4, index, 4).and_then(|at| u32_be(at, 0));
        let folder = folder.and_then(|at| folders.get(usize::try_from(at).ok()?));
        let path = name_of(&[folder.copied().unwrap_or_default(), name].concat());
        let detail = format!("{path} gets the rights {}", name_of(given));
        cx.fact(FactKind::InstallAction, None, detail);
    }
}

fn note_signatures(cx: &mut Context<'_, '_>, signatures: &Header<'_>) {
    for (tag, what) in SIGNATURES {
        let Some(found) = signatures.tag(tag) else { continue };
        let who: Vec<Option<String>> = match found.kind {
            7 => vec![signatures.binary(tag).and_then(openpgp::describe)],
            // RPM 6: any number of signatures, in base 64.
            8 if tag == 278 => {
                let texts = signatures.texts(tag).take(64);
                texts.map(|text| openpgp::describe(&openpgp::base64(text))).collect()
            }
            _ => vec![None],
        };
        for who in who {
            let detail = who.map_or_else(|| what.to_owned(), |who| format!("{what}: {who}"));
            cx.fact(FactKind::ContainerSignature, Some(signatures.range.start), detail);
        }
    }
}

/// SHA-256 of the header (tag 273 of the signature header) and of the payload (tag 5092).
fn check_digests(
    cx: &mut Context<'_, '_>,
    input: &[u8],
    signatures: &Header<'_>,
    header: &Header<'_>,
) {
    if let Some(stored) = signatures.text(273) {
        check_digest(cx, "header", stored, slice(input, &header.range), header.range.start);
    }
    // 8 is SHA-256.
    if header.number(5093).unwrap_or(8) == 8
        && let Some(stored) = header.text(5092)
    {
        let payload = slice(input, &(header.range.end..len_u64(input.len())));
        check_digest(cx, "payload", stored, payload, header.range.end);
    }
}

fn check_digest(
    cx: &mut Context<'_, '_>,
    what: &str,
    stored: &[u8],
    bytes: Option<&[u8]>,
    at: u64,
) {
    let digest = Sha256::digest(bytes.unwrap_or_default());
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if !stored.eq_ignore_ascii_case(found.as_bytes()) {
        let detail = format!("{what}: SHA-256 {found}, stored {}", name_of(stored));
        cx.fact(FactKind::WrongChecksum, Some(at), detail);
    }
}

fn hand_on_scripts(cx: &mut Context<'_, '_>, header: &Header<'_>) -> Result<(), Refusal> {
    for (name, text, interpreter) in SCRIPTS {
        let with = header.texts(interpreter).map(name_of).collect::<Vec<_>>().join(" ");
        match header.text(text) {
            Some(text) => script(cx, name, &with, text)?,
            // An interpreter alone is run too: `%post -p /sbin/ldconfig`.
            None if !with.is_empty() => {
                cx.fact(FactKind::InstallAction, None, format!("{name} runs {with}"));
            }
            None => {}
        }
    }
    for (name, texts, interpreters, on) in TRIGGERS {
        let on = header.texts(on).map(name_of).take(64).collect::<Vec<_>>().join(" ");
        let interpreters: Vec<_> =
            header.texts(interpreters).take(TRIGGERS_MAX).map(name_of).collect();
        for (index, text) in header.texts(texts).enumerate() {
            if index >= TRIGGERS_MAX {
                let detail = format!("more than {TRIGGERS_MAX} scripts of {name}");
                cx.gap(GapReason::TooManyEntries, detail, None);
                break;
            }
            let with = interpreters.get(index).map_or("", String::as_str);
            script(cx, &format!("{name}-{index} (on {on})"), with, text)?;
        }
    }
    Ok(())
}

fn script(
    cx: &mut Context<'_, '_>,
    name: &str,
    interpreter: &str,
    text: &[u8],
) -> Result<(), Refusal> {
    let with = if interpreter.is_empty() { "/bin/sh" } else { interpreter };
    let detail = format!("{name} runs a script of {} bytes with {with}", text.len());
    cx.fact(FactKind::InstallAction, None, detail);
    let ending = match with {
        _ if with.contains("lua") => "lua",
        _ if with.contains("python") => "py",
        _ if with.contains("perl") => "pl",
        _ => "sh",
    };
    let short = name.split(' ').next().unwrap_or(name);
    let input = cx.input();
    let bytes = input.slice_ref(text);
    cx.member(
        &format!("scripts/{short}.{ending}"),
        NodeKind::File,
        Attributes::default(),
        None,
        bytes,
    )
}
