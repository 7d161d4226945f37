use super::*;

#[test]
fn names_lead_nowhere_else() {
    for name in ["index.html", "assets/index-BpyhblRF.js", "shield.svg"] {
        assert!(is_name(name), "{name}");
    }
    for name in [
        "",
        "/etc/passwd",
        "../Cargo.toml",
        "assets/../../package.json",
        "assets//x.js",
        ".stamp",
        "assets/.hidden",
        "assets\\x.js",
        "assets/%2e%2e/x",
        "tệp.js",
        "a\0.js",
    ] {
        assert!(!is_name(name), "{name:?}");
        assert_eq!(file(name, "br"), None, "{name:?}");
    }
}

#[test]
fn what_is_stored_beside_a_file_is_not_asked_for_by_name() {
    assert_eq!(content_type("index.html.br"), None);
    assert_eq!(content_type("index.html.gz"), None);
    assert_eq!(content_type("stamp"), None);
    assert_eq!(file("index.html.gz", ""), None);
}

#[test]
fn there_is_always_a_page() {
    let page = index("");
    assert_eq!(page.content_type, "text/html; charset=utf-8");
    assert!(!page.immutable);
    let text = String::from_utf8_lossy(&page.bytes);
    assert!(text.starts_with("<!doctype html>"));
    // A strict policy refuses what stands in the page itself.
    assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("onload="));
}

#[cfg(not(console_built))]
#[test]
fn without_the_console_the_page_says_what_to_run() {
    assert!(String::from_utf8_lossy(&index("br").bytes).contains("cargo xtask ui"));
    assert_eq!(crate::STAMP, None);
}

#[cfg(console_built)]
mod built {
    use std::io::Read;

    use super::*;

    /// The first script that the start page loads.
    fn script() -> String {
        let page = file(INDEX, "").unwrap();
        let text = String::from_utf8(page.bytes.into_owned()).unwrap();
        let (_, rest) = text.split_once("src=\"/").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    #[test]
    fn what_the_page_names_is_there_and_may_be_kept() {
        let plain = file(&script(), "").unwrap();
        assert_eq!(plain.content_type, "text/javascript; charset=utf-8");
        assert!(plain.immutable && plain.encoding.is_none() && plain.hash.len() == 64);
        assert!(crate::STAMP.is_some_and(|stamp| stamp.len() == 64));
    }

    #[test]
    fn compressed_forms_are_the_same_file() {
        let plain = file(&script(), "").unwrap();
        let zipped = file(&script(), "gzip").unwrap();
        assert_eq!(zipped.encoding, Some(Encoding::Gzip));
        assert_ne!(zipped.hash, plain.hash);
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&zipped.bytes[..]).read_to_end(&mut bytes).unwrap();
        assert_eq!(plain.bytes, bytes);
        let smallest = file(&script(), "gzip, br").unwrap();
        assert_eq!(smallest.encoding, Some(Encoding::Brotli));
        assert!(smallest.bytes.len() < zipped.bytes.len());
    }

    #[test]
    fn fonts_are_there_as_they_are() {
        let styles = Dist::iter().find(|name| name.ends_with(".css")).unwrap();
        assert!(file(&styles, "").is_some());
        let font = Dist::iter().find(|name| name.ends_with(".woff2")).unwrap();
        let font = file(&font, "br, gzip").unwrap();
        assert_eq!((font.content_type, font.encoding), ("font/woff2", None));
    }
}
