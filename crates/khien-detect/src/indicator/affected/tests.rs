use proptest::prelude::*;

use super::*;

fn range(range: &VersionRange) -> String {
    let side = |bound: &Bound<String>, open: &str, closed: &str| match bound {
        Bound::Unbounded => "*".to_owned(),
        Bound::Included(version) => format!("{closed}{version}"),
        Bound::Excluded(version) => format!("{open}{version}"),
    };
    match range {
        VersionRange::All => "all".to_owned(),
        VersionRange::Exactly(version) => version.clone(),
        VersionRange::Series(series) => format!("{series}.x"),
        VersionRange::Between { from, to } => {
            format!("{} {}", side(from, ">", ">="), side(to, "<", "<="))
        }
        other => format!("{other:?}"),
    }
}

fn ranges(versions: &[VersionRange]) -> String {
    versions.iter().map(range).collect::<Vec<_>>().join(" | ")
}

#[track_caller]
fn check_field(text: &str, expected: &str) {
    assert_eq!(ranges(&versions_of_field(text)), expected, "{text}");
}

#[track_caller]
fn check(products: &[AffectedProduct], expected: &[&str]) {
    let shown: Vec<String> = products
        .iter()
        .map(|p| {
            format!(
                "{} [{}] {}",
                p.product,
                p.platform.as_deref().unwrap_or(""),
                ranges(&p.versions)
            )
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn versions_in_fields() {
    check_field("18.12.407, 18.12.416", "18.12.407 | 18.12.416");
    check_field("18.12.407/18.12.416", "18.12.407 | 18.12.416");
    check_field("versions 18.12.407 and 18.12.416", "18.12.407 | 18.12.416");
    check_field("before 2.0.3", "* <2.0.3");
    check_field("all versions prior to 2.0.3", "* <2.0.3");
    check_field("< 2.0.3", "* <2.0.3");
    check_field("<=2.0.3", "* <=2.0.3");
    check_field(">= 1.2, < 1.5", ">=1.2 <1.5");
    check_field(">=1.2 <1.5", ">=1.2 <1.5");
    check_field("< 1.5 and >= 1.2", ">=1.2 <1.5");
    check_field("≥ 1.2", ">=1.2 *");
    check_field("from 1.0 to 1.4", ">=1.0 <=1.4");
    check_field("1.0 - 1.4", ">=1.0 <=1.4");
    check_field("1.0-1.4", ">=1.0 <=1.4");
    check_field("1.0–1.4", ">=1.0 <=1.4");
    check_field("1.0 through 1.4", ">=1.0 <=1.4");
    check_field("between 1.0 and 1.4", ">=1.0 <=1.4");
    check_field("from 1.0 before 1.4", ">=1.0 <1.4");
    check_field("up to and including 1.4", "* <=1.4");
    check_field("up to but not including 1.4", "* <1.4");
    check_field("1.4 and earlier", "* <=1.4");
    check_field("1.4 (and earlier)", "* <=1.4");
    check_field("1.4 or later", ">=1.4 *");
    check_field("1.4+", ">=1.4 *");
    check_field("14.x", "14.x");
    check_field("14.2.*, 15.x", "14.2.x | 15.x");
    check_field("14", "14");
    check_field("v5", "5");
    check_field("*", "all");
    check_field("all versions", "all");
    check_field("1.0.0-rc1", "1.0.0-rc1");
    check_field("5.6.1+really5.4.5-1", "5.6.1+really5.4.5-1");
    check_field("1.1.1a", "1.1.1a");
    check_field("unknown", "");
    check_field("", "");
}

#[test]
fn versions_in_vietnamese() {
    check_field("từ phiên bản 1.0 đến 1.4", ">=1.0 <=1.4");
    check_field("từ 1.0 đến trước 1.4", ">=1.0 <1.4");
    check_field("tu\u{300} phie\u{302}n ba\u{309}n 1.0 đe\u{302}\u{301}n 1.4", ">=1.0 <=1.4");
    check_field("trước phiên bản 2.0.3", "* <2.0.3");
    check_field("các phiên bản 3.4.0 và 3.4.1", "3.4.0 | 3.4.1");
    check_field("phiên bản 1.4 trở về trước", "* <=1.4");
    check_field("1.4 trở xuống", "* <=1.4");
    check_field("từ 2.0 trở lên", ">=2.0 *");
    check_field("2.0 trở lên", ">=2.0 *");
    check_field("tất cả các phiên bản", "all");
}

#[test]
fn products_in_prose() {
    let check = |text: &str, expected: &[&str]| check(&in_prose(text), expected);
    check(
        "Versions 18.12.407 and 18.12.416 of 3CX Desktop App on Windows are affected.",
        &["3CX Desktop App [windows] 18.12.407 | 18.12.416"],
    );
    check(
        "Affected is 3CX Desktop App 18.12.407, 18.12.416 on Windows and 18.11.1213 on macOS.",
        &["3CX Desktop App [windows] 18.12.407 | 18.12.416", "3CX Desktop App [macos] 18.11.1213"],
    );
    check(
        "Lantern Sync versions before 1.8.3 are affected. Version 1.9.0 is not affected.",
        &["Lantern Sync [] * <1.8.3"],
    );
    check(
        "The packages axios@1.14.1 and axios@0.30.4 were compromised.",
        &["axios [] 1.14.1 | 0.30.4"],
    );
    check("The malicious package left-pad 1.2.3 was removed.", &["left-pad [] 1.2.3"]);
    check("@acme/ui@2.0.1 is compromised", &["@acme/ui [] 2.0.1"]);
    check(
        "Our Electron Windows App shipped in Update 7, version numbers 18.12.407 & 18.12.416, includes a security issue.",
        &["Electron Windows App [] 18.12.407 | 18.12.416"],
    );
    check("Versions of xz 5.6.0 and 5.6.1 contain malicious code.", &["xz [] 5.6.0 | 5.6.1"]);
    check(
        "Các phiên bản 3.4.0 và 3.4.1 của Ký Số Mẫu trên Windows bị ảnh hưởng.",
        &["Ký Số Mẫu [windows] 3.4.0 | 3.4.1"],
    );
    check(
        "Ứng dụng Ký Số Mẫu từ phiên bản 1.0 đến 1.4 bị chèn mã độc",
        &["Ký Số Mẫu [] >=1.0 <=1.4"],
    );
}

#[test]
fn near_misses_in_prose() {
    let check = |text: &str| check(&in_prose(text), &[]);
    check("Foo 1.2.3 was released today.");
    check("The issue is fixed in Foo 1.2.3, which is not affected.");
    check("Affected users should upgrade to Foo 1.2.3.");
    check("Người dùng bị ảnh hưởng cần cập nhật lên Foo phiên bản 1.2.3.");
    check("The compromised server was seen on 29.03.2023.");
    check("About 3.5 million hosts are affected.");
}

#[test]
fn products_in_lists() {
    let mut listed = Listed::default();
    let mut products = Vec::new();
    for line in [
        "- 3CX Desktop App 18.12.407, 18.12.416 on Windows",
        "* 3CX Desktop App for macOS: 18.11.1213 and 18.12.402",
        "Tidewater VPN\tLinux\t< 2.0.3",
        "Lantern Sync:",
        "1.0 to 1.4",
        "Windows: 2.0.1",
        "Acme Tool 7.x (fixed in 8.0.1)",
        "2\tOrion Platform\t2019.4 HF 5, 2020.2 with no hotfix, and 2020.2.1",
    ] {
        assert_eq!(listed.line(line, &mut products), Ok(()), "{line}");
    }
    check(
        &products,
        &[
            "3CX Desktop App [windows] 18.12.407 | 18.12.416",
            "3CX Desktop App [macos] 18.11.1213 | 18.12.402",
            "Tidewater VPN [linux] * <2.0.3",
            "Lantern Sync [] >=1.0 <=1.4",
            "Lantern Sync [windows] 2.0.1",
            "Acme Tool [] 7.x",
            "Orion Platform [] 2019.4 | 2020.2 | 2020.2.1",
        ],
    );
    assert_eq!(Listed::default().line("1.0 and 1.1", &mut Vec::new()), Err(()));
}

#[test]
fn a_product_answers_for_a_version() {
    let product = AffectedProduct {
        product: "3CX Desktop App".into(),
        versions: versions_of_field("18.12.407, 18.12.416"),
        ..AffectedProduct::default()
    };
    assert_eq!(product.contains("18.12.416"), Some(true));
    assert_eq!(product.contains("18.12.416.0"), Some(true));
    assert_eq!(product.contains("18.12.402"), Some(false));
    assert_eq!(product.contains("18"), None);
    assert_eq!(AffectedProduct::default().contains("1.0"), None);
}

#[test]
fn cpe_names() {
    let cpe = |text: &str| {
        of_cpe(text).map(|p| format!("{} / {} {}", p.product, p.vendor, ranges(&p.versions)))
    };
    assert_eq!(
        cpe("cpe:2.3:a:acme:big_tool:1.2:*:*:*:*:*:*:*").as_deref(),
        Some("big tool / acme 1.2")
    );
    assert_eq!(cpe("cpe:/a:acme:tool:1.2").as_deref(), Some("tool / acme 1.2"));
    assert_eq!(cpe("cpe:2.3:a:acme:tool:*:*:*:*:*:*:*:*").as_deref(), Some("tool / acme all"));
    assert_eq!(cpe("cpe:2.3:a"), None);
    assert_eq!(cpe("acme"), None);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = (versions_of_field(&text), in_prose(&text), of_cpe(&text));
        let _ = Listed::default().line(&text, &mut Vec::new());
    }

    #[test]
    fn any_phrases_are_survived(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "before ", "up to ", "from ", "and ", "earlier ", "1.2", "1.x", "14", ", ", "- ", "< ", ">= ", "Product ", "affected ",
                "all versions ", "of ", "on ", "Windows ", "từ ", "đến ", "phiên bản ", "của ", "fixed ", ".", ";", "(", ")", "a@1.2.3", "@s/n@1.0 ", "v", "+", "..",
            ]),
            0..25,
        ),
    ) {
        let text = pieces.concat();
        let _ = (versions_of_field(&text), in_prose(&text));
        let mut products = Vec::new();
        let _ = Listed::default().line(&text, &mut products);
        prop_assert!(products.iter().all(|product| !product.product.is_empty()));
    }
}
