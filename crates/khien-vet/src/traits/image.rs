//! Traits of an executable's structure: imports, start-up, sections, signature, tools.

use std::ops::Range;

use khien_binary::image::{DotNet, Import};
use khien_binary::signature::{Irregularity, IrregularityKind, State};
use khien_binary::{Image, ImageKind, Signature};
use khien_lineage::TraitKind;

use super::Matchers;
use super::collect::{Collector, place, text};
use super::noise::NoiseMap;

/// Bound: library paths, tools and entitlements that are told.
const LISTED_MAX: usize = 256;

/// Adds the traits of one image. `noise` is of the whole file.
pub(crate) fn traits(image: &Image, noise: &NoiseMap, matchers: &Matchers, out: &mut Collector) {
    imports(image, matchers, out);
    startup(image, out);
    sections(image, noise, out);
    signature(&image.signature, out);
    if let Some(dotnet) = &image.dotnet {
        managed(dotnet, matchers, out);
    }
    for (key, value) in image.entitlements.iter().take(LISTED_MAX) {
        out.add_text(TraitKind::EntitlementGained, key, value);
    }
    for path in image.library_paths.iter().take(LISTED_MAX) {
        out.add_text(TraitKind::LibraryPath, path, path);
    }
    for range in image.unclaimed.iter().take(LISTED_MAX) {
        let len = range.end.saturating_sub(range.start);
        let at = usize::try_from(range.start).unwrap_or(usize::MAX);
        let evidence = place(at, usize::try_from(len).unwrap_or(usize::MAX), "in no slice");
        out.add(TraitKind::UnexplainedBytes, "slices", len, evidence);
    }
    provenance(image, out);
}

fn imports(image: &Image, matchers: &Matchers, out: &mut Collector) {
    for Import { library, symbols, .. } in &image.imports {
        let folded = folded_library(library);
        if !folded.is_empty() {
            out.add_text(TraitKind::ImportsLibrary, &folded, library);
        }
        if let Some(means) = matchers.imports.libraries.get(&folded) {
            out.add_text(means.kind(), &means.value(), library);
        }
        for symbol in symbols {
            if let Some(means) = matchers.symbol(symbol, image.kind) {
                out.add_text(means.kind(), &means.value(), symbol);
            }
        }
    }
}

impl Matchers {
    /// What a symbol is means of: without version, leading underscores and, for Windows, the
    /// letter of its character set.
    fn symbol(&self, symbol: &str, kind: ImageKind) -> Option<&super::tables::Means> {
        let name = symbol.split('@').next().unwrap_or_default().trim_start_matches('_');
        let table = &self.imports.symbols;
        table.get(name).or_else(|| match kind {
            ImageKind::Pe => table.get(name.strip_suffix(['A', 'W'])?),
            // `connect$UNIX2003`, `popen$DARWIN_EXTSN`: Darwin's variants.
            ImageKind::MachO if !name.starts_with("OBJC") => table.get(name.split('$').next()?),
            _ => None,
        })
    }
}

/// A library's name as it stays over versions: last component, lower case, without so-name version;
/// Windows' API sets as one.
pub(crate) fn folded_library(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    if last.starts_with("api-ms-win-") || last.starts_with("ext-ms-win-") {
        return "api-ms-win".to_owned();
    }
    if let Some(at) = last.find(".so.") {
        return last.get(..at.saturating_add(3)).unwrap_or_default().to_owned();
    }
    // `libcurl.4.dylib`: the numbers are its version.
    if let Some(stem) = last.strip_suffix(".dylib") {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let bare = stem.trim_end_matches(is_number);
        let cut = stem.get(bare.len()..).is_some_and(|rest| rest.starts_with('.'));
        return format!("{}.dylib", if cut { bare } else { stem });
    }
    last
}

fn startup(image: &Image, out: &mut Collector) {
    let mut count = |kind, amount: u32| {
        if amount > 0 {
            out.add(kind, "", u64::from(amount), text(""));
        }
    };
    count(TraitKind::TlsCallback, image.startup.tls_callbacks);
    count(TraitKind::Initialiser, image.startup.initialisers);
    count(TraitKind::IndirectFunction, image.startup.ifuncs);
    if let Some(hash) = image.startup.entry_hash {
        out.add_text(TraitKind::EntryCode, &format!("{hash:016x}"), &image.machine);
    }
}

fn sections(image: &Image, noise: &NoiseMap, out: &mut Collector) {
    for section in &image.sections {
        if section.rights.write && section.rights.execute && section.size > 0 {
            let len = section.file.end.saturating_sub(section.file.start);
            let at = usize::try_from(section.file.start).unwrap_or(usize::MAX);
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            let evidence = place(at, len, &section.name);
            out.add(TraitKind::WritableCode, &section.name, section.size, evidence);
        }
        // Resources are told each by itself; what stands between them is the section's own.
        let told = image.resources.iter().filter(|_| section.name == ".rsrc").map(|r| &r.file);
        for own in uncovered(&section.file, told) {
            opaque(&format!("section:{}", section.name), &own, noise, out);
        }
    }
    between_sections(image, noise, out);
    for resource in &image.resources {
        // The type only: names and numbers of resources move between builds.
        let kind = resource.name.split('/').next().unwrap_or_default();
        opaque(&format!("resource:{kind}"), &resource.file, noise, out);
    }
    if let Some(overlay) = &image.overlay {
        let len = overlay.end.saturating_sub(overlay.start);
        let at = usize::try_from(overlay.start).unwrap_or(usize::MAX);
        let evidence = place(at, usize::try_from(len).unwrap_or(usize::MAX), "");
        out.add(TraitKind::Overlay, "", len, evidence);
        opaque("overlay", overlay, noise, out);
    }
}

/// The parts of a range that none of the others covers.
fn uncovered<'r>(
    range: &Range<u64>,
    others: impl Iterator<Item = &'r Range<u64>>,
) -> Vec<Range<u64>> {
    let mut others: Vec<&Range<u64>> = others.filter(|other| other.start < other.end).collect();
    others.sort_unstable_by_key(|other| other.start);
    let mut left = Vec::new();
    let mut at = range.start;
    for other in others {
        if other.start >= range.end {
            break;
        }
        if other.start > at {
            left.push(at..other.start);
        }
        at = at.max(other.end);
    }
    if at < range.end {
        left.push(at..range.end);
    }
    left
}

/// Bytes of the file that no section and no overlay claims. Apple's programs keep tables and
/// digests outside their sections, which the signature accounts for.
fn between_sections(image: &Image, noise: &NoiseMap, out: &mut Collector) {
    if !matches!(image.kind, ImageKind::Pe | ImageKind::Elf) {
        return;
    }
    let sections = image.sections.iter().map(|section| &section.file);
    let claimed = sections.chain(&image.overlay).chain(&image.signature_table);
    for hole in uncovered(&image.file, claimed) {
        opaque("between-sections", &hole, noise, out);
    }
}

/// Adds opaque bytes of a place, if there are enough of them.
pub(crate) fn opaque(what: &str, range: &Range<u64>, noise: &NoiseMap, out: &mut Collector) {
    if let Some(found) = noise.within(range) {
        let bytes = found.windows.saturating_mul(super::noise::WINDOW);
        let amount = u64::try_from(bytes).unwrap_or(u64::MAX);
        out.add(TraitKind::OpaqueBytes, what, amount, place(found.first, bytes, ""));
    }
}

/// Adds the traits of a signature: of an image, or of an installer database as a whole.
pub(crate) fn signature(signature: &Signature, out: &mut Collector) {
    for found in &signature.irregularities {
        let Irregularity { kind, offset, len, nonzero, detail, .. } = found;
        let (of, value) = irregularity(*kind);
        let value = &dense(value, found);
        let at = usize::try_from(*offset).unwrap_or(usize::MAX);
        let excerpt = format!("{detail} ({nonzero} of {len} bytes are not zero)");
        let evidence = place(at, usize::try_from(*len).unwrap_or(usize::MAX), &excerpt);
        out.add(of, value, (*len).max(1), evidence);
    }
    let told = |kind| signature.irregularities.iter().any(|i| irregularity(i.kind).0 == kind);
    let why = signature.remarks.first().map_or("", String::as_str);
    match signature.state {
        State::Invalid if !told(TraitKind::SignatureInvalid) => {
            out.add_text(TraitKind::SignatureInvalid, "invalid", why);
        }
        State::UnknownRootCarriesUnsigned | State::ValidCarriesUnsigned
            if !told(TraitKind::UnsignedBytes) =>
        {
            out.add_text(TraitKind::UnsignedBytes, "unsigned", why);
        }
        _ => {}
    }
}

/// Bytes that no signature covers are told by their place, so that a download tag may change its text
/// and its length; those that are dense as noise or its letters, by what they are, too.
fn dense(value: &str, found: &Irregularity) -> String {
    // An attribute with a signature of its own is dense, short, and another each time.
    let (bytes, bits) = match found.kind {
        IrregularityKind::UnsignedAttribute => (8 << 10, 7.5),
        _ => (1 << 10, 5.5),
    };
    if found.nonzero < bytes || found.entropy < bits {
        return value.to_owned();
    }
    format!("{value}, dense {:.5}", found.entropy)
}

/// The trait of an irregularity, and its value.
const fn irregularity(kind: IrregularityKind) -> (TraitKind, &'static str) {
    use IrregularityKind as K;
    match kind {
        K::AfterTable => (TraitKind::UnsignedBytes, "after-table"),
        K::BeforeTable => (TraitKind::SignatureOdd, "before-table"),
        K::BrokenChain => (TraitKind::SignatureOdd, "broken-chain"),
        K::Malformed => (TraitKind::SignatureOdd, "malformed"),
        K::ManyEntries => (TraitKind::SignatureOdd, "many-entries"),
        K::NotTiled => (TraitKind::UnsignedBytes, "not-tiled"),
        K::OutsideCodeLimit => (TraitKind::UnsignedBytes, "outside-code-limit"),
        K::Slack => (TraitKind::UnsignedBytes, "slack"),
        K::SpareBytes => (TraitKind::UnsignedBytes, "spare-bytes"),
        K::SpareCertificate => (TraitKind::SignatureOdd, "spare-certificate"),
        K::SuperBlobSlack => (TraitKind::UnsignedBytes, "superblob-slack"),
        K::UnknownEntry => (TraitKind::UnsignedBytes, "unknown-entry"),
        K::UnsignedAttribute => (TraitKind::UnsignedBytes, "unsigned-attribute"),
        K::WrongDigest => (TraitKind::SignatureInvalid, "wrong-digest"),
        K::WrongPageHash => (TraitKind::SignatureOdd, "wrong-page-hash"),
        K::WrongSignature => (TraitKind::SignatureInvalid, "wrong-signature"),
        K::WrongUsage => (TraitKind::SignatureOdd, "wrong-usage"),
    }
}

fn managed(dotnet: &DotNet, matchers: &Matchers, out: &mut Collector) {
    for call in &dotnet.calls {
        for (prefix, means) in &matchers.managed {
            if call.starts_with(prefix.as_str()) {
                out.add_text(means.kind(), &format!("dotnet-{}", means.value()), call);
                out.add_text(TraitKind::ManagedCall, call, call);
            }
        }
    }
    for reference in dotnet.references.iter().take(LISTED_MAX) {
        out.add_text(TraitKind::ImportsLibrary, &reference.to_ascii_lowercase(), reference);
    }
    let methods = u64::try_from(dotnet.methods.len()).unwrap_or(u64::MAX);
    if methods > 0 {
        out.add(TraitKind::ManagedMethod, "", methods, text(&dotnet.assembly));
    }
}

fn provenance(image: &Image, out: &mut Collector) {
    if let Some(linker) = &image.toolchain.linker {
        out.add_text(TraitKind::Toolchain, &format!("linker:{linker}"), linker);
    }
    for compiler in image.toolchain.compilers.iter().take(LISTED_MAX) {
        out.add_text(TraitKind::Toolchain, &format!("compiler:{compiler}"), compiler);
    }
    if let Some(path) = &image.identity.debug_path {
        let folder = path.rfind(['/', '\\']).and_then(|at| path.get(..at)).unwrap_or_default();
        let value = format!("debug-folder:{}", without_numbers(folder));
        out.add_text(TraitKind::BuildMark, &value, path);
    }
    if let Some(company) = &image.identity.company {
        out.add_text(TraitKind::BuildMark, &format!("company:{company}"), company);
    }
    if let Some(dotnet) = &image.dotnet
        && !dotnet.public_key_token.is_empty()
    {
        let token = &dotnet.public_key_token;
        out.add_text(TraitKind::BuildMark, &format!("strong-name:{token}"), token);
    }
}

/// The text in lower case with each run of digits as one `0`: build numbers change every time.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_number = false;
    for c in text.chars() {
        if !c.is_ascii_digit() {
            out.push(c.to_ascii_lowercase());
        } else if !in_number {
            out.push('0');
        }
        in_number = c.is_ascii_digit();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uncovered_text_is_told_by_its_place_and_noise_by_what_it_is() {
        let of = |kind, nonzero, entropy| {
            let detail = String::new();
            let found = Irregularity { kind, offset: 0, len: 16 << 10, nonzero, entropy, detail };
            dense("x", &found)
        };
        let slack = |nonzero, entropy| of(IrregularityKind::Slack, nonzero, entropy);
        assert_eq!(slack(2000, 4.5), "x");
        assert_eq!(slack(200, 7.0), "x");
        assert_eq!(slack(16000, 7.9881), "x, dense 7.98810");
        assert_ne!(slack(16000, 7.9881), slack(16000, 7.9882));
        assert_eq!(of(IrregularityKind::UnsignedAttribute, 4000, 7.6), "x");
        assert_ne!(of(IrregularityKind::UnsignedAttribute, 16000, 7.9), "x");
    }
}
