use super::*;
use crate::traits::tables;

fn observed(code: &str, language: Language) -> (Vec<String>, ScriptSummary) {
    let words = ScriptWords::new(tables::script_words().expect("table")).expect("builds");
    let mut out = Collector::default();
    let findings = words.scan(code.as_bytes(), language, &mut out);
    let list = out.finish().0.iter().map(|o| format!("{} {}", o.of.kind, o.of.value)).collect();
    (list, findings)
}

fn check(language: Language, code: &str, expected: &[&str]) {
    assert_eq!(observed(code, language).0, expected, "{code}");
}

#[test]
fn comments_say_nothing_and_code_does() {
    check(Language::Js, "// require('child_process')\n/* fetch(\n eval( */ let a = 1;", &[]);
    check(
        Language::Js,
        "const c = require('child_process') // x",
        &["capability.exec script-child-process"],
    );
    check(Language::Js, "let r = /[\"'//]/; fetch(u)", &["capability.network script-http"]);
    check(Language::Js, "let u = 'a // b'; eval(u)", &["capability.rule script-eval-eval"]);
    check(Language::Js, "medieval(x); prefetch(y); my_eval(z)", &[]);
    check(Language::Python, "\"\"\"import subprocess\n\"\"\"\nx = 1 # os.system", &[]);
    check(
        Language::Python,
        "x = '''a'''\nimport subprocess",
        &["capability.exec script-child-process"],
    );
    check(
        Language::Python,
        "exec(\n'''import subprocess''')",
        &["capability.exec script-child-process", "capability.rule script-eval-eval"],
    );
    check(
        Language::Shell,
        "# curl x\necho ${x#curl} $# # wget",
        &["capability.network script-fetch"],
    );
    check(Language::Shell, "#!/bin/sh\n# wget\necho done", &[]);
    check(
        Language::PowerShell,
        "<# iwr #>\nINVOKE-expression $x",
        &["capability.rule script-eval-eval"],
    );
    check(Language::Batch, "rem curl x\r\n:: curl\r\n@REM curl\r\necho", &[]);
    check(
        Language::Batch,
        "@echo off\r\nCURL http://inert.test",
        &["capability.network script-fetch"],
    );
    check(
        Language::VbScript,
        "' WScript.Shell\nSet a = CreateObject(\"wscript.shell\")",
        &["capability.exec script-start-process"],
    );
}

#[test]
fn lines_change_with_what_is_fetched_and_not_with_versions() {
    let lines = |code| observed(code, Language::Shell).1.lines;
    let one = lines("set -e\ncurl -o x https://inert.test/1.2.3/x\necho 1");
    assert_eq!(one, lines("set -e; true\n\ncurl -o x https://inert.test/1.2.14/x\necho 2"));
    assert_ne!(one, lines("curl -o x https://other.test/1.2.3/x"));
    assert_eq!(lines("echo curled"), "");
}

#[test]
fn languages_are_known_by_name_and_first_line() {
    let of = |path, bytes: &[u8]| Language::of(path, Format::Script, bytes);
    assert_eq!(of("a/b.mjs", b""), Some(Language::Js));
    assert_eq!(of("control.tar.xz!/postinst", b"#!/bin/sh -e\n"), Some(Language::Shell));
    assert_eq!(of("x", b"#!/usr/bin/env python3.11\n"), Some(Language::Python));
    assert_eq!(of("x", b"plain"), None);
    assert_eq!(Language::of("a.js", Format::Pe, b""), None);
}

#[test]
fn what_nobody_writes_by_hand_is_told() {
    let names = "var _0x3fa2b1=_0x11ab22;".repeat(20);
    check(Language::Js, &names, &["payload.opaque-bytes script:hex-names"]);
    check(Language::Js, &"var _0x3fa2b1=1;".repeat(20), &[]);
    let escapes = "\\x41\\x42".repeat(400);
    check(Language::Js, &escapes, &["payload.opaque-bytes script:escapes"]);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 7_u32;
    let noise: String = (0..9000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(letters[(state >> 26) as usize])
        })
        .collect();
    check(
        Language::Js,
        &format!("let a='{noise}'"),
        &["payload.opaque-bytes script:encoded-constant"],
    );
    check(Language::Js, &format!("let a='iVBORw0KG{noise}'"), &[]);
    check(Language::Js, &format!("let a='{}'", "A".repeat(9000)), &[]);
    check(Language::Js, &"a;".repeat(20_000), &["capability.rule script-long-line"]);
}

proptest::proptest! {
    #[test]
    fn any_bytes_keep_their_places(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), code in "[a-z\"'`/*#\\\\<>=\n ]{0,200}") {
        for bytes in [bytes.as_slice(), code.as_bytes()] {
            for language in [Language::Batch, Language::Js, Language::Php, Language::PowerShell, Language::Python, Language::Ruby, Language::Shell, Language::VbScript] {
                let out = comment::blanked(bytes, language);
                proptest::prop_assert_eq!(out.len(), bytes.len());
                proptest::prop_assert!(out.iter().zip(bytes).all(|(a, b)| a == b || *a == b' '));
            }
        }
    }
}
