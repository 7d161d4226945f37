//! Nullsoft installers (NSIS): a program, a script in byte code, and files in one block of data.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nsis::opcode::EW_PUSHPOP;
use nsis::{ExecCommand, Instruction, NsisInstaller, RegistryOp, SolidStatus};

use super::pe::Pe;
use super::registry::telling;
use crate::NodeKind;
use crate::budget::RATIO_FREE_BYTES;
use crate::field::{self, piece, u32_le};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

/// Between the header's two numbers: `0xDEADBEEF`, then this.
const MARK: &[u8] = b"\xEF\xBE\xAD\xDENullsoftInst";
const FIRST_HEADER: u64 = 28;
/// The unpacked script and its strings; the largest seen are a few MiB.
const HEADER_BYTES_MAX: u64 = 256 << 20;
/// Text of the script that is kept: a script repeats long strings.
const SCRIPT_BYTES_MAX: usize = 16 << 20;
/// Out of one installer's packed data, for each byte in; past it the data is not read.
const RATIO_MAX: u64 = 250;
/// And in all: the library unpacks a solid block at once.
const SOLID_BYTES_MAX: u64 = 1 << 30;
/// Files that may fail to unpack before the rest is given up.
const FAILURES_MAX: u32 = 32;
/// Uninstallers that are looked at; installers have one.
const UNINSTALLERS_MAX: usize = 8;
/// Seconds between 1601 and 1970.
const FILETIME_EPOCH: i64 = 11_644_473_600;

/// Whether these bytes are one: the first header stands in the overlay, at a multiple of 512.
pub(crate) fn is_nsis(bytes: &[u8]) -> bool {
    Pe::parse(bytes).is_some_and(|pe| first_header(bytes, &pe).is_some())
}

fn first_header(bytes: &[u8], pe: &Pe<'_>) -> Option<u64> {
    let overlay = piece(bytes, pe.end, field::len(bytes) - pe.end)?;
    let count = field::len(overlay) / 512 + 1;
    (0..count)
        .map(|i| i * 512)
        .find(|at| piece(overlay, at + 4, 16) == Some(MARK))
        .map(|at| pe.end + at)
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let pe = Pe::parse(&input).ok_or_else(|| Refusal::damaged("the program's headers"))?;
    cx.program(0..pe.end);
    if let Some(table) = &pe.certificates {
        cx.signature(table.clone());
    }
    let at = first_header(&input, &pe).ok_or_else(|| Refusal::damaged("no first header"))?;
    cx.structure(at..at + FIRST_HEADER);
    let header_len = u64::from(u32_le(&input, at + 20).unwrap_or(0));
    if header_len > HEADER_BYTES_MAX || pe.directories > 16 {
        // The library makes room for as many as announced.
        return Err(Refusal::damaged("sizes in the headers that make no sense"));
    }
    let all = u64::from(u32_le(&input, at + 24).unwrap_or(0));
    let end = at.saturating_add(all).min(cx.len());
    if at.saturating_add(all) > cx.len() {
        cx.gap(GapReason::Damaged, "the data ends early", Some(at + all - cx.len()));
    }
    let budget = cx.len().saturating_mul(RATIO_MAX).clamp(RATIO_FREE_BYTES, SOLID_BYTES_MAX);
    let budget = usize::try_from(budget).unwrap_or(usize::MAX);
    // Young library, hostile input: a panic in it is this container's gap.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        NsisInstaller::builder(&input).max_decompressed_size(budget).parse()
    }));
    let installer = match parsed {
        Ok(Ok(installer)) => installer,
        Ok(Err(error)) => return Err(Refusal::unsupported(format!("NSIS: {error}"))),
        Err(_) => return Err(Refusal::damaged("NSIS: the header made the parser fail")),
    };
    claim(cx, &installer, at, end);
    script(cx, &installer)?;
    actions(cx, &installer);
    uninstallers(cx, &installer, budget)?;
    files(cx, &installer)
}

/// The program that removes everything again is put together at installation from the stub, a patch
/// for its icon, and a script of its own, which is told as text like the installer's.
fn uninstallers(
    cx: &mut Context<'_, '_>,
    installer: &NsisInstaller<'_>,
    budget: usize,
) -> Result<(), Refusal> {
    let input = cx.input();
    let solid = *installer.solid_status() != SolidStatus::NotSolid;
    let base = u64::try_from(installer.data_block_offset()).unwrap_or(0);
    let mut taken = HashSet::new();
    for uninstaller in installer.uninstallers() {
        cx.tick()?;
        let Ok(uninstaller) = uninstaller else { continue };
        if !taken.insert(uninstaller.data_offset()) || taken.len() > UNINSTALLERS_MAX {
            continue;
        }
        let mut at = u64::try_from(uninstaller.data_offset()).unwrap_or(0).saturating_add(base);
        for _ in 0..2 {
            let Some(len) = u32_le(&input, at).filter(|_| !solid) else { break };
            let (start, len) = (at + 4, u64::from(len & 0x7fff_ffff));
            if piece(&input, start, len).is_none() {
                break;
            }
            cx.structure(at..start);
            cx.content(start..start + len);
            at = start + len;
        }
        let path = uninstaller.path().map(|path| path.to_string()).unwrap_or_default();
        let name = format!("{path} (uninstaller)");
        let unpacked = catch_unwind(AssertUnwindSafe(|| uninstaller.decompress()));
        match unpacked.unwrap_or(Err(nsis::Error::SignatureNotFound)) {
            // The library puts the installer's own stub in front, so that its script can be read.
            Ok(bytes) => {
                let parsed = catch_unwind(AssertUnwindSafe(|| {
                    NsisInstaller::builder(&bytes).max_decompressed_size(budget).parse()
                }));
                if let Ok(Ok(inner)) = parsed {
                    let text = script_text(cx, &inner)?;
                    cx.inflate(&name, Attributes::default(), &mut text.as_bytes(), None)?;
                    continue;
                }
                let stub = installer.first_header_file_offset().min(bytes.len());
                let mut own = bytes.get(stub..).unwrap_or_default();
                cx.inflate(&name, Attributes::default(), &mut own, None)?;
            }
            Err(error) => cx.member_gap(&name, GapReason::Damaged, format!("{error}"), None),
        }
    }
    Ok(())
}

/// What stands between the first header and the end: the packed script, the files, a checksum.
fn claim(cx: &mut Context<'_, '_>, installer: &NsisInstaller<'_>, at: u64, end: u64) {
    let solid = *installer.solid_status() != SolidStatus::NotSolid;
    let first = at + FIRST_HEADER;
    let data = u64::try_from(installer.data_block_offset()).unwrap_or(first);
    // A flag says that there is no checksum; its bit is another one in NSIS 1.
    let flags = u32_le(installer.file_data(), at).unwrap_or(0);
    let checksum = if flags & 4 == 0 { end.saturating_sub(4).max(first) } else { end };
    cx.structure(checksum..end);
    if solid {
        // Script and files are one stream; where one ends is inside of it.
        cx.content(first..checksum);
    } else {
        cx.structure(first..data.min(checksum));
    }
}

/// The whole script as text, one instruction a line: two releases are compared by it, and what it
/// names can be searched.
fn script(cx: &mut Context<'_, '_>, installer: &NsisInstaller<'_>) -> Result<(), Refusal> {
    let text = script_text(cx, installer)?;
    cx.inflate("[script].txt", Attributes::default(), &mut text.as_bytes(), None)
}

fn script_text(cx: &mut Context<'_, '_>, installer: &NsisInstaller<'_>) -> Result<String, Refusal> {
    let mut text = String::new();
    for (index, entry) in installer.entries().enumerate() {
        cx.tick()?;
        let Ok(entry) = entry else { break };
        let line = catch_unwind(AssertUnwindSafe(|| installer.format_entry(&entry)));
        let _ = writeln!(text, "{index}: {}", line.unwrap_or_default().replace('\n', "\\n"));
        if text.len() > SCRIPT_BYTES_MAX {
            cx.gap(GapReason::TooManyBytes, "the script as text", None);
            break;
        }
    }
    Ok(text)
}

/// What the script does besides writing files. Plug-in calls come once each with what was pushed
/// for them.
fn actions(cx: &mut Context<'_, '_>, installer: &NsisInstaller<'_>) {
    let mut lines = Vec::new();
    let found = catch_unwind(AssertUnwindSafe(|| collect(installer, &mut lines)));
    if found.is_err() {
        cx.gap(GapReason::Damaged, "NSIS: an instruction made the parser fail", None);
    }
    let mut seen = HashSet::new();
    for line in lines {
        if seen.insert(line.clone()) {
            cx.fact(FactKind::InstallAction, None, line);
        }
    }
}

fn text(string: Result<impl std::fmt::Display, nsis::Error>) -> String {
    string.map(|s| s.to_string()).unwrap_or_default()
}

fn collect(installer: &NsisInstaller<'_>, lines: &mut Vec<String>) {
    for command in installer.exec_commands().flatten() {
        lines.push(match &command {
            ExecCommand::Exec(exec) => {
                let wait = if exec.is_wait() { "ExecWait" } else { "Exec" };
                format!("{wait}: {}", text(exec.command_line()))
            }
            ExecCommand::ShellExec(exec) => format!(
                "ExecShell: verb={}, file={}, parameters={}",
                text(exec.verb()),
                text(exec.file()),
                text(exec.params())
            ),
        });
    }
    for operation in installer.registry_ops().flatten() {
        let (how, root, key, name, value) = match &operation {
            RegistryOp::Write(w) => {
                ("WriteReg", w.root_name(), text(w.key()), text(w.value_name()), text(w.data()))
            }
            RegistryOp::Delete(d) => {
                ("DeleteReg", d.root_name(), text(d.key()), text(d.value_name()), String::new())
            }
            RegistryOp::Read(_) => continue,
        };
        if let Some(what) = telling(&key, &name) {
            lines.push(format!("{how} ({what}): {root}\\{key}, name={name}, value={value}"));
        }
    }
    plugin_calls(installer, lines);
    for shortcut in installer.shortcuts().flatten() {
        lines.push(format!(
            "CreateShortcut: {}, target={}, parameters={}",
            text(shortcut.link_path()),
            text(shortcut.target()),
            text(shortcut.parameters())
        ));
    }
}

/// A plug-in's arguments are pushed just before its call.
fn plugin_calls(installer: &NsisInstaller<'_>, lines: &mut Vec<String>) {
    const PUSHES_MAX: usize = 6;
    let mut pushed: Vec<String> = Vec::new();
    for instruction in installer.instructions() {
        match instruction {
            Ok(Instruction::PluginCall(call)) => {
                pushed.reverse();
                let arguments = pushed.join(" ");
                pushed.clear();
                let function = text(call.function());
                lines.push(format!("plug-in: {}::{function} {arguments}", text(call.dll())));
            }
            Ok(Instruction::Other(entry)) => {
                // One instruction for all stack work: its last two numbers say pop and exchange.
                let pushes = installer.normalize_opcode(entry.which()) == EW_PUSHPOP
                    && entry.offset(1) == 0
                    && entry.offset(2) == 0;
                if pushes {
                    pushed.push(text(installer.read_string(entry.offset(0))));
                    let old = pushed.len().saturating_sub(PUSHES_MAX);
                    pushed.drain(..old);
                }
            }
            // The plug-in itself is often written out between the pushes and the call.
            Ok(_) => {}
            Err(_) => break,
        }
    }
}

fn files(cx: &mut Context<'_, '_>, installer: &NsisInstaller<'_>) -> Result<(), Refusal> {
    match installer.solid_status() {
        SolidStatus::NotSolid | SolidStatus::Complete => {}
        SolidStatus::Truncated { limit } => {
            let detail = format!("more than {limit} bytes in the packed block");
            cx.gap(GapReason::TooManyBytes, detail, None);
        }
        SolidStatus::Failed(error) => cx.gap(GapReason::Damaged, format!("{error}"), None),
    }
    let solid = *installer.solid_status() != SolidStatus::NotSolid;
    let base = u64::try_from(installer.data_block_offset()).unwrap_or(0);
    // One name may be written from two places of the data, one place under two names.
    let mut taken: HashMap<String, HashSet<u32>> = HashMap::new();
    let mut failures = 0;
    for file in installer.files() {
        cx.tick()?;
        let Ok(file) = file else {
            cx.gap(GapReason::Damaged, "an instruction that writes a file", None);
            continue;
        };
        let name = match file.dest_path() {
            Ok(path) => path.to_string(),
            Err(_) => format!("[unnamed]/{}", file.data_block_offset()),
        };
        let places = taken.entry(name.clone()).or_default();
        if !places.insert(file.data_block_offset()) {
            continue;
        }
        let name = if places.len() > 1 { format!("{name}#{}", places.len()) } else { name };
        if !solid {
            let start = base + u64::from(file.data_block_offset());
            cx.structure(start..start + 4);
            cx.content(start + 4..start + 4 + field::len(file.data()));
        }
        let unpacked = catch_unwind(AssertUnwindSafe(|| file.decompress()));
        let bytes = match unpacked.unwrap_or(Err(nsis::Error::SignatureNotFound)) {
            Ok(bytes) => bytes,
            Err(error) => {
                cx.member_gap(&name, GapReason::Damaged, format!("{error}"), None);
                failures += 1;
                // What fails is not paid for: hostile data must not fail for ever.
                if failures > FAILURES_MAX {
                    return Err(Refusal::damaged("too many files that cannot be unpacked"));
                }
                continue;
            }
        };
        let attributes =
            Attributes { modified: modified(file.datetime()), ..Attributes::default() };
        if let Some(unpacked) = cx.unpack(&name, &mut &bytes[..], None)? {
            cx.member(&name, NodeKind::File, attributes, None, unpacked.bytes)?;
        }
    }
    Ok(())
}

/// Windows file times count 100 ns from 1601.
fn modified(halves: Option<(u32, u32)>) -> Option<i64> {
    let (low, high) = halves?;
    let ticks = u64::from(high) << 32 | u64::from(low);
    i64::try_from(ticks / 10_000_000).ok()?.checked_sub(FILETIME_EPOCH)
}

#[cfg(test)]
mod tests;
