//! The HTML page.

use std::collections::BTreeMap;

use khien::output::Format;
use khien_text::Lang;

use super::fixture::{clear, hit, hostile, options, rendered, unknown};

/// The page without its style sheet, which would drown it.
fn body(page: &str) -> &str {
    page.split_once("<body>").unwrap().1
}

#[test]
fn a_hit_in_english() {
    insta::assert_snapshot!(body(&rendered(Format::Html, &hit(), &options(Lang::En, 80))));
}

#[test]
fn a_hit_in_vietnamese() {
    insta::assert_snapshot!(body(&rendered(Format::Html, &hit(), &options(Lang::Vi, 80))));
}

#[test]
fn unknown_is_never_drawn_as_clear() {
    let page = rendered(Format::Html, &unknown(), &options(Lang::En, 80));
    assert!(
        page.contains("class=\"verdict unknown\"") && !page.contains("class=\"verdict clear\"")
    );
    let page = rendered(Format::Html, &clear(), &options(Lang::Vi, 80));
    assert!(page.contains("class=\"verdict clear\"") && page.contains("không phát hiện"));
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
                  style-src 'unsafe-inline'; img-src data:\">";
    for report in [hit(), hostile()] {
        for lang in [Lang::En, Lang::Vi] {
            let page = rendered(Format::Html, &report, &options(lang, 80));
            assert!(page.contains(policy));
            assert!(page.contains(&format!("<html lang=\"{}\">", lang.tag())));
            let lower = page.to_lowercase();
            for banned in
                ["<script", " src=", "url(", "@import", "<link", "<iframe", "<img", " onload"]
            {
                assert!(!lower.contains(banned), "{banned}");
            }
            for link in page.split("href=\"").skip(1) {
                let target = link.split('"').next().unwrap();
                let known = "https://attack.mitre.org/techniques/T";
                assert!(target.starts_with('#') || target.starts_with(known), "{target}");
            }
        }
    }
}

#[test]
fn tags_are_balanced() {
    for report in [hit(), unknown(), clear(), hostile()] {
        let page = rendered(Format::Html, &report, &options(Lang::En, 80));
        let mut open: Vec<&str> = Vec::new();
        let page = page.split_once("<body>").unwrap().1.split_once("</body>").unwrap().0;
        for tag in page.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap();
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
            if tag.ends_with('/') || name == "br" {
                continue;
            }
            match tag.starts_with('/') {
                true => assert_eq!(open.pop(), Some(name)),
                false => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

/// WCAG 2.2, 1.4.3 and 1.4.11.
#[test]
fn every_colour_can_be_read() {
    let css = include_str!("../../../templates/report/style.css");
    let themes: Vec<BTreeMap<&str, [f64; 3]>> = css.split(":root {").skip(1).map(tokens).collect();
    assert_eq!(themes.len(), 2);
    for theme in themes {
        let text = ["text", "muted", "link", "hit", "clear", "critical", "high"];
        for name in text {
            for ground in ["ground", "panel"] {
                assert!(contrast(theme[name], theme[ground]) >= 4.5, "{name} on {ground}");
            }
        }
        for badge in ["critical", "high", "medium", "low", "informational"] {
            assert!(contrast(theme["on-badge"], theme[badge]) >= 4.5, "{badge}");
            assert!(contrast(theme[badge], theme["ground"]) >= 3.0, "{badge}");
        }
        for ground in ["unknown-ground", "unknown-stripe"] {
            assert!(contrast(theme["unknown"], theme[ground]) >= 4.5, "{ground}");
            assert!(contrast(theme["text"], theme[ground]) >= 4.5, "{ground}");
        }
    }
}

fn tokens(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let block = block.split('}').next().unwrap();
    let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    let colour = |hex: &str| {
        [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
    };
    lines.map(|(name, hex)| (name, colour(hex))).collect()
}

/// Source: WCAG 2.2, "contrast ratio" and "relative luminance".
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let luminance =
        |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}
