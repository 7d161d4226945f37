//! Windows Installer databases: MSI packages, patches and transforms.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;
use std::ops::Range;

use bytes::Bytes;

use super::compound::{Compound, EntryKind, Place};
use super::tables::{self, TableStreams, Tables};
use super::{cab, msi_actions, msi_files};
use crate::NodeKind;
use crate::field::{self, len_u64};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

/// Class identifiers of packages, patches and transforms: `000C1084-...`, `...86` and `...82`.
const CLASSES: [[u8; 4]; 3] = [[0x84, 0x10, 0x0C, 0], [0x86, 0x10, 0x0C, 0], [0x82, 0x10, 0x0C, 0]];
const CLASS_REST: [u8; 12] = [0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// Tables of the tables: they list themselves nowhere.
const SYSTEM_TABLES: [&str; 4] = ["_Tables", "_Columns", "_StringPool", "_StringData"];
/// Streams that every database may have.
const SIGNATURES: [&str; 2] = ["\u{5}DigitalSignature", "\u{5}MsiDigitalSignatureEx"];
const SUMMARIES: [&str; 2] = ["\u{5}SummaryInformation", "\u{5}DocumentSummaryInformation"];

/// Whether a compound file is an installer database: by the class of its root, or by having a
/// string pool.
pub(crate) fn is_msi(bytes: &[u8]) -> bool {
    let Ok(file) = Compound::parse(bytes) else { return false };
    let class = file.class();
    let (head, rest) = class.split_at(4);
    CLASSES.iter().any(|c| c == head) && rest == CLASS_REST
        || file.entries.iter().any(|e| tables::stream_name(&e.name).0 == "_StringPool")
}

/// Cabinets that are named one by one.
const NAMED_MAX: usize = 100;

struct Stream {
    name: String,
    table: bool,
    reachable: bool,
    inner: bool,
    place: Place,
    whole: bool,
    len: u64,
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let file = Compound::parse(&input).map_err(Refusal::damaged)?;
    for range in &file.structure {
        cx.structure(range.clone());
    }
    let streams = streams(&file);
    let mut table_streams = TableStreams::new();
    for stream in streams.iter().filter(|s| s.table && s.reachable && !s.inner) {
        for range in &stream.place.ranges {
            cx.structure(range.clone());
        }
        table_streams.insert(stream.name.clone(), gather(&input, &stream.place));
    }
    let tables = tables::read(&table_streams).unwrap_or_else(|what| {
        cx.gap(GapReason::Damaged, what, None);
        Tables::default()
    });
    for trouble in &tables.trouble {
        cx.gap(GapReason::Damaged, trouble.as_str(), None);
    }
    for action in msi_actions::actions(&tables) {
        cx.fact(FactKind::InstallAction, None, action);
    }
    table_texts(cx, &tables)?;
    let files = msi_files::read(&tables);
    note_external(cx, &files);
    let named = named_streams(&tables);
    for stream in &streams {
        hand_on(cx, &input, stream, &tables, &files, &named)?;
    }
    let mut missing: Vec<&String> = files.embedded.iter().collect();
    missing.sort_unstable();
    for cabinet in missing.into_iter().take(NAMED_MAX) {
        if !streams.iter().any(|s| !s.inner && s.name == *cabinet) {
            let detail = format!("the cabinet {cabinet} should be in the database and is not");
            cx.gap(GapReason::Damaged, detail, None);
        }
    }
    Ok(())
}

fn streams(file: &Compound<'_>) -> Vec<Stream> {
    let mut out = Vec::new();
    for entry in file.entries.iter().filter(|e| e.kind == EntryKind::Stream) {
        let (place, whole) = file.place(entry);
        let (clear, table) = tables::stream_name(&entry.name);
        let folder: Vec<_> =
            entry.folder.split('/').map(|part| tables::stream_name(part).0).collect();
        let inner = !entry.folder.is_empty();
        let name = if inner { format!("{}/{clear}", folder.join("/")) } else { clear };
        let reachable = entry.reachable;
        out.push(Stream { name, table, reachable, inner, place, whole, len: entry.len });
    }
    out
}

fn gather<'b>(input: &'b [u8], place: &Place) -> Cow<'b, [u8]> {
    let part = |range: &Range<u64>| {
        field::piece(input, range.start, range.end - range.start).unwrap_or_default()
    };
    match &place.ranges[..] {
        [] => Cow::Borrowed(&[]),
        [one] => Cow::Borrowed(part(one)),
        many => Cow::Owned(many.iter().flat_map(part).copied().collect()),
    }
}

/// Names of streams that rows of tables own.
fn named_streams(tables: &Tables) -> HashSet<String> {
    let mut named = HashSet::new();
    for (name, table) in &tables.by_name {
        named.extend(table.rows.iter().filter_map(|row| table.stream_of(name, row)));
    }
    named
}

/// Every table as a node of text: what the tables say is compared and searched like a file.
fn table_texts(cx: &mut Context<'_, '_>, tables: &Tables) -> Result<(), Refusal> {
    for (name, table) in &tables.by_name {
        if table.rows.is_empty() {
            continue;
        }
        let text = table.as_text();
        let name = format!("[tables]/{name}.txt");
        cx.inflate(&name, Attributes::default(), &mut text.as_bytes(), None)?;
    }
    Ok(())
}

fn note_external(cx: &mut Context<'_, '_>, files: &msi_files::Files) {
    for cabinet in files.external.iter().take(NAMED_MAX) {
        let detail = format!("the cabinet {cabinet} lies beside the database");
        cx.gap(GapReason::External, detail, None);
    }
    if let Some(first) = files.loose.first().filter(|_| files.external.is_empty()) {
        let count = files.loose.len();
        let detail = format!("{count} files lie beside the database, the first is {first}");
        cx.gap(GapReason::External, detail, None);
    }
}

fn hand_on(
    cx: &mut Context<'_, '_>,
    input: &Bytes,
    stream: &Stream,
    tables: &Tables,
    files: &msi_files::Files,
    named: &HashSet<String>,
) -> Result<(), Refusal> {
    let name = shown(&stream.name);
    if !stream.whole {
        cx.member_gap(&name, GapReason::Damaged, "the stream ends early", Some(stream.len));
    }
    if !stream.reachable {
        let detail = format!("stream {name} is in no folder of the database");
        cx.fact(FactKind::HiddenMember, None, detail);
        return node(cx, input, stream, &format!("[unlisted]/{name}"));
    }
    if stream.inner {
        return node(cx, input, stream, &name);
    }
    if SIGNATURES.contains(&stream.name.as_str()) {
        for range in &stream.place.ranges {
            cx.signature(range.clone());
        }
        let at = stream.place.ranges.first().map(|r| r.start);
        let detail = format!("Authenticode, {name}, {} bytes", stream.len);
        cx.fact(FactKind::ContainerSignature, at, detail);
        let mut bytes = &gather(input, &stream.place)[..];
        return cx.inflate(&name, Attributes::default(), &mut bytes, None);
    }
    if stream.table {
        let listed =
            SYSTEM_TABLES.contains(&stream.name.as_str()) || tables.listed.contains(&stream.name);
        if listed {
            return Ok(());
        }
        let detail = format!("table {name} is not in the list of tables");
        cx.fact(FactKind::HiddenMember, None, detail);
        return node(cx, input, stream, &format!("[unlisted]/{name}"));
    }
    if files.embedded.contains(&stream.name) {
        return cabinet(cx, input, stream, files);
    }
    if !named.contains(&stream.name) && !SUMMARIES.contains(&stream.name.as_str()) {
        cx.fact(FactKind::HiddenMember, None, format!("no table names the stream {name}"));
    }
    node(cx, input, stream, &name)
}

/// The first character of a special stream is a control character; written as 7-Zip does.
fn shown(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { format!("[{}]", u32::from(c)) } else { c.to_string() })
        .collect()
}

fn node(
    cx: &mut Context<'_, '_>,
    input: &Bytes,
    stream: &Stream,
    name: &str,
) -> Result<(), Refusal> {
    if let [one] = &stream.place.ranges[..] {
        return cx.file(name, Attributes::default(), one.clone());
    }
    for range in &stream.place.ranges {
        cx.content(range.clone());
    }
    let bytes = gather(input, &stream.place);
    cx.inflate(name, Attributes::default(), &mut &bytes[..], None)
}

/// An embedded cabinet is not a node of its own: its files are nodes under the names that the File
/// table installs them to, because cabinets only know keys that change with every build.
fn cabinet(
    cx: &mut Context<'_, '_>,
    input: &Bytes,
    stream: &Stream,
    files: &msi_files::Files,
) -> Result<(), Refusal> {
    let placed = match &stream.place.ranges[..] {
        [one] => match cx.slice(one) {
            Some(bytes) => cab::Placed { bytes, base: Some(one.start) },
            None => return Ok(()),
        },
        many => {
            for range in many {
                cx.content(range.clone());
            }
            let mut whole = &gather(input, &stream.place)[..];
            let Some(unpacked) = cx.unpack(&stream.name, &mut whole, None)? else { return Ok(()) };
            cab::Placed { bytes: unpacked.bytes, base: None }
        }
    };
    let rename = |key: &str| files.path_of.get(key).cloned();
    let len = len_u64(placed.bytes.len());
    match cab::extract(cx, &placed, &rename) {
        Ok(used) if used < len => behind_cabinet(cx, stream, &placed, used),
        Ok(_) => Ok(()),
        Err(refusal) if refusal.reason == GapReason::Damaged => {
            cx.gap(refusal.reason, format!("{}: {}", stream.name, refusal.detail), Some(len));
            node(cx, input, stream, &stream.name)
        }
        Err(refusal) => Err(refusal),
    }
}

/// Bytes of the stream behind the cabinet's own end.
fn behind_cabinet(
    cx: &mut Context<'_, '_>,
    stream: &Stream,
    placed: &cab::Placed,
    used: u64,
) -> Result<(), Refusal> {
    let rest = field::from(&placed.bytes, used);
    if rest.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let at = placed.base.map(|base| base + used);
    let detail = format!("{} bytes behind the cabinet {}", rest.len(), stream.name);
    cx.fact(FactKind::ForeignBytes, at, detail);
    let name = format!("[behind cabinet]/{}", stream.name);
    let mut rest = rest.take(u64::MAX);
    if let Some(unpacked) = cx.unpack(&name, &mut rest, None)? {
        cx.member(&name, NodeKind::File, Attributes::default(), None, unpacked.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
