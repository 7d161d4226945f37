use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, form: Form, count: usize) {
    let advisory = parse_advisory(text.as_bytes(), "a/x.bin").expect("an advisory");
    assert_eq!((advisory.form, advisory.indicators.len()), (form, count), "{text}: {advisory:?}");
}

#[track_caller]
fn check_error(bytes: &[u8], expected: &str) {
    let error = parse_advisory(bytes, "x").expect_err("no advisory");
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn the_content_tells_the_form() {
    check(
        r#"{"type":"bundle","objects":[{"type":"indicator","pattern":"[mutex:name='M']"}]}"#,
        Form::Stix,
        1,
    );
    check(
        r#"{"Event":{"info":"x","Attribute":[{"type":"md5","value":"00112233445566778899aabbccddeeff"}]}}"#,
        Form::Misp,
        1,
    );
    check(
        r#"{"response":{"Attribute":[{"type":"domain","value":"evil.example"}]}}"#,
        Form::Misp,
        1,
    );
    check(
        r#"[{"type":"domain","category":"Network activity","value":"evil.example"}]"#,
        Form::Misp,
        1,
    );
    check(r#"[{"Event":{"info":"a"}},{"Event":{"info":"b"}}]"#, Form::Misp, 0);
    check("value,type\nevil.example,domain", Form::Columns, 1);
    check("type\tvalue\ndomain\tevil.example", Form::Columns, 1);
    check("evil.example\n192.0.2.1", Form::List, 2);
    check("domain,evil.example", Form::List, 1);
    check("# a list\nevil.example # here\nnonsense", Form::List, 1);
    check("The implant talks to evil[.]example every day.", Form::Prose, 1);
    check("<p>It talks to evil[.]example</p><p>and</p><p>sleeps</p>", Form::Html, 1);
    check("# Heading\n\n## Indicators\n\nevil[.]example\n", Form::List, 1);
    let ioc = r#"<ioc><definition><Indicator operator="OR"><IndicatorItem condition="is"><Context search="Network/DNS"/><Content>evil.example</Content></IndicatorItem></Indicator></definition></ioc>"#;
    check(ioc, Form::OpenIoc, 1);
    check(
        &format!(
            "<OpenIOC><metadata/>{}</OpenIOC>",
            ioc.replace("<ioc>", "").replace("</ioc>", "").replace("definition", "criteria")
        ),
        Form::OpenIoc,
        1,
    );
}

#[test]
fn what_is_no_advisory_says_so() {
    check_error(b"", "empty");
    check_error(b"\xef\xbb\xbf \n\t", "empty");
    check_error(b"%PDF-1.7 x", "a PDF");
    check_error(b"PK\x03\x04", "zip or office");
    check_error(b"abc\0def", "binary");
    check_error(b"{\"a\": 1}", "neither STIX nor MISP");
    check_error(b"{\"a\": ", "not JSON");
    check_error(b"[{\"a\": 1}]", "neither STIX nor MISP");
    check_error(b"<catalog><book/></catalog>", "catalog");
    check_error(b"<?xml version=\"1.0\"?><ioc>", "not XML");
    let bomb = b"<!DOCTYPE ioc [<!ENTITY a \"b\">]><ioc>&a;</ioc>";
    check_error(bomb, "not XML");
    check_error(b"This is the minutes of a meeting about nothing.", "no indicator");
    check_error(b"<html><p>Nothing here.</p></html>", "no indicator");
}

#[test]
fn other_encodings() {
    let text = "evil.example\r\n";
    let wide = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        let units = text.encode_utf16().flat_map(order);
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    for bytes in [wide(u16::to_le_bytes, [0xff, 0xfe]), wide(u16::to_be_bytes, [0xfe, 0xff])] {
        let advisory = parse_advisory(&bytes, "x").expect("a list");
        assert_eq!(advisory.indicators.len(), 1);
    }
    let advisory = parse_advisory(b"evil.example\nb\xe9b\xe9\nbad.example", "x").expect("a list");
    assert_eq!(advisory.indicators.len(), 2);
    assert!(advisory.problems.iter().any(|p| p.id == "line 2" && p.detail.contains("replaced")));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_advisory(&bytes, "x");
    }

    #[test]
    fn any_pieces_are_survived(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<p>", "</p>", "<td>", "<!--", "-->", "<script>", "</script>", "<a href='", "'>", "<", ">", "&#46;", "&amp", ";",
                "hxxp://", "evil[.]example", "192.0.2.1", "\n", "\t", "|", " ", "C:\\", "a.exe", "\\", "/tmp/", "%TEMP%\\",
                "References", "Indicators of compromise:\n", "Affected versions: ", "before 1.2", " 1.0 - 1.4 ", "14.x", "and earlier",
                "Product ", "từ phiên bản ", "SHA256: ", "00112233445566778899aabbccddeeff", "aabbccdd", "@", "\"", "(", ")", "é", "=",
                "1.2.3.4", ", ", "npm@1.2.3", "{", "}", "[", "]", ":", "2001:db8::1",
            ]),
            0..40,
        ),
        html in any::<bool>(),
    ) {
        let text = pieces.concat();
        let text = if html { format!("<html>{text}") } else { text };
        if let Ok(advisory) = parse_advisory(text.as_bytes(), "x") {
            for problem in &advisory.problems {
                prop_assert!(!problem.detail.chars().any(char::is_control));
            }
            for omitted in &advisory.omitted {
                prop_assert!(!omitted.text.chars().any(char::is_control));
            }
        }
    }
}
