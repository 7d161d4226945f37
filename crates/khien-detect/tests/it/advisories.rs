//! Whole advisories of every form, as written by people: what is taken, left out, and why.

use std::fmt::Write;
use std::path::PathBuf;

use khien_detect::indicator::{Advisory, IndicatorSet, NoisePolicy, parse_advisory};
use khien_model::Timestamp;

/// All that an advisory says, line by line.
fn shown(advisory: &Advisory) -> String {
    let mut out = String::new();
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let date = |time: Option<Timestamp>| or_dash(time.map(|time| time.to_jiff().to_string()));
    writeln!(out, "form      {:?}", advisory.form).unwrap();
    writeln!(out, "title     {}", advisory.title).unwrap();
    writeln!(out, "about     {}", advisory.description).unwrap();
    writeln!(out, "published {}", date(advisory.published)).unwrap();
    writeln!(out, "tlp       {}", or_dash(advisory.tlp.clone())).unwrap();
    for i in &advisory.indicators {
        writeln!(out, "\n{} {}", i.kind.word(), i.kind.value()).unwrap();
        let confidence = or_dash(i.confidence.map(|confidence| confidence.to_string()));
        let (tlp, sources) = (or_dash(i.tlp.clone()), i.sources.join(", "));
        let validity = match (i.valid_from, i.valid_until) {
            (None, None) => String::new(),
            (from, until) => format!(", valid {} to {}", date(from), date(until)),
        };
        writeln!(out, "    confidence {confidence}, tlp {tlp}, from {sources}{validity}").unwrap();
        let text = [&i.id, &i.name, &i.description].map(String::as_str).join(" | ");
        writeln!(out, "    {text}").unwrap();
    }
    writeln!(out).unwrap();
    for product in &advisory.affected {
        let platform = or_dash(product.platform.clone());
        write!(out, "affected {} / {} on {platform}", product.product, product.vendor).unwrap();
        product.versions.iter().for_each(|range| write!(out, "\n    {range:?}").unwrap());
        writeln!(out).unwrap();
    }
    for problem in &advisory.problems {
        writeln!(out, "problem {}: {}", problem.id, problem.detail).unwrap();
    }
    for omitted in &advisory.omitted {
        writeln!(out, "omitted {}: {}: {}", omitted.place, omitted.text, omitted.reason).unwrap();
    }
    let (_, left_out) = IndicatorSet::build(advisory.indicators.clone(), &NoisePolicy::default());
    for left_out in left_out {
        writeln!(out, "noise {}: {}", left_out.indicator.kind.value(), left_out.reason).unwrap();
    }
    out
}

fn bytes(file: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/advisories").join(file);
    khien_model::limits::read_small_file(&path, 1 << 20).unwrap().into_bytes()
}

fn read(file: &str) -> String {
    shown(&parse_advisory(&bytes(file), file).unwrap())
}

#[test]
fn a_stix_bundle() {
    insta::assert_snapshot!(read("stix.json"));
}

#[test]
fn a_misp_event() {
    insta::assert_snapshot!(read("misp.json"));
}

#[test]
fn an_openioc_document() {
    insta::assert_snapshot!(read("openioc.xml"));
}

#[test]
fn columns_with_vietnamese_headings() {
    insta::assert_snapshot!(read("columns.csv"));
}

#[test]
fn a_vietnamese_text() {
    insta::assert_snapshot!(read("vietnamese.txt"));
}

#[test]
fn a_page_from_the_web() {
    insta::assert_snapshot!(read("page.html"));
}

/// The same text typed with combining accents says the same.
#[test]
fn decomposed_vietnamese_reads_alike() {
    let composed = String::from_utf8(bytes("vietnamese.txt")).unwrap();
    let decomposed: String = composed.chars().map(decomposed).collect();
    assert_ne!(composed, decomposed);
    let kinds = |text: &str| {
        let advisory = parse_advisory(text.as_bytes(), "vietnamese.txt").unwrap();
        let kinds = advisory.indicators.iter().map(|i| i.kind.value()).collect::<Vec<_>>();
        let versions = advisory.affected.iter().map(|p| p.versions.clone()).collect::<Vec<_>>();
        (kinds, versions, advisory.omitted.len(), advisory.problems.len())
    };
    assert_eq!(kinds(&composed), kinds(&decomposed));
}

/// The canonical decomposition of the letters that the text has.
fn decomposed(c: char) -> String {
    const LETTERS: &[(char, &str)] = &[
        ('à', "a\u{300}"),
        ('á', "a\u{301}"),
        ('ả', "a\u{309}"),
        ('ã', "a\u{303}"),
        ('ạ', "a\u{323}"),
        ('ấ', "a\u{302}\u{301}"),
        ('ầ', "a\u{302}\u{300}"),
        ('ẩ', "a\u{302}\u{309}"),
        ('ậ', "a\u{323}\u{302}"),
        ('ắ', "a\u{306}\u{301}"),
        ('ặ', "a\u{323}\u{306}"),
        ('ẫ', "a\u{302}\u{303}"),
        ('ă', "a\u{306}"),
        ('â', "a\u{302}"),
        ('é', "e\u{301}"),
        ('ế', "e\u{302}\u{301}"),
        ('ệ', "e\u{323}\u{302}"),
        ('ề', "e\u{302}\u{300}"),
        ('ể', "e\u{302}\u{309}"),
        ('ê', "e\u{302}"),
        ('ì', "i\u{300}"),
        ('í', "i\u{301}"),
        ('ị', "i\u{323}"),
        ('ố', "o\u{302}\u{301}"),
        ('ổ', "o\u{302}\u{309}"),
        ('ộ', "o\u{323}\u{302}"),
        ('ó', "o\u{301}"),
        ('ò', "o\u{300}"),
        ('ơ', "o\u{31b}"),
        ('ở', "o\u{31b}\u{309}"),
        ('ớ', "o\u{31b}\u{301}"),
        ('ợ', "o\u{31b}\u{323}"),
        ('ô', "o\u{302}"),
        ('ụ', "u\u{323}"),
        ('ủ', "u\u{309}"),
        ('ư', "u\u{31b}"),
        ('ử', "u\u{31b}\u{309}"),
        ('ứ', "u\u{31b}\u{301}"),
        ('ự', "u\u{31b}\u{323}"),
        ('ý', "y\u{301}"),
    ];
    LETTERS
        .iter()
        .find(|(letter, _)| *letter == c)
        .map_or_else(|| c.to_string(), |(_, d)| (*d).to_owned())
}
