//! The table.

use khien::output::Format;
use khien_model::Severity;
use khien_text::Lang;
use unicode_width::UnicodeWidthStr;

use super::fixture::{clear, hit, hostile, options, rendered, unknown};

#[test]
fn a_hit_reads_well_in_english() {
    insta::assert_snapshot!(rendered(Format::Table, &hit(), &options(Lang::En, 80)));
}

#[test]
fn a_hit_reads_well_in_vietnamese() {
    insta::assert_snapshot!(rendered(Format::Table, &hit(), &options(Lang::Vi, 80)));
}

#[test]
fn a_hit_uses_a_wide_terminal() {
    insta::assert_snapshot!(rendered(Format::Table, &hit(), &options(Lang::En, 120)));
}

#[test]
fn gaps_without_findings_read_as_unknown() {
    insta::assert_snapshot!(rendered(Format::Table, &unknown(), &options(Lang::En, 80)));
}

#[test]
fn clear_says_what_was_checked() {
    insta::assert_snapshot!(rendered(Format::Table, &clear(), &options(Lang::Vi, 80)));
}

#[test]
fn a_verdict_that_findings_do_not_decide_says_so() {
    let mut report = clear();
    report.fail_on = None;
    let table = rendered(Format::Table, &report, &options(Lang::En, 80));
    assert!(table.contains("--fail-on never"), "{table}");
    report.fail_on = Some(Severity::Low);
    let table = rendered(Format::Table, &report, &options(Lang::En, 80));
    assert!(table.contains("nothing of severity low or above"), "{table}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for report in [hit(), unknown(), clear(), hostile()] {
        for lang in [Lang::En, Lang::Vi] {
            for width in [60, 80, 100, 120] {
                let table = rendered(Format::Table, &report, &options(lang, width));
                // A command is never cut: it would not run.
                let lines = table.lines().filter(|line| !line.contains("$'"));
                for line in lines {
                    assert!(line.width() <= width, "{} > {width}: {line}", line.width());
                }
            }
        }
    }
}

#[test]
fn colour_adds_only_colour() {
    let plain = rendered(Format::Table, &hit(), &options(Lang::En, 80));
    let mut coloured_options = options(Lang::En, 80);
    coloured_options.colour = true;
    let coloured = rendered(Format::Table, &hit(), &coloured_options);
    assert!(coloured.contains("\x1b[31m") && !plain.contains('\x1b'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn the_summary_line_stands_alone() {
    let lines = [Lang::En, Lang::Vi].map(|lang| {
        let lines = [hit(), unknown(), clear()]
            .map(|report| khien::output::summary_line(&report, &options(lang, 80)));
        lines.join("\n")
    });
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn addresses_stay_raw_when_asked() {
    let mut raw = options(Lang::En, 120);
    raw.defang = false;
    let table = rendered(Format::Table, &hit(), &raw);
    assert!(table.contains("akamaitechcloudservices.example") && !table.contains("[.]"));
    let table = rendered(Format::Table, &hit(), &options(Lang::En, 120));
    assert!(!table.contains("akamaitechcloudservices.example") && !table.contains("https://dl"));
    assert!(table.contains("ffmpeg.dll") || table.contains("3CXDesktopApp.exe"));
}
