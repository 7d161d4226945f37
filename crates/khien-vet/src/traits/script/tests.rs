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
fn every_way_to_load_a_client_of_http_is_seen() {
    for module in ["http", "https", "http2"] {
        for quote in ['"', '\'', '`'] {
            for code in [
                format!("const m = require({quote}{module}{quote});"),
                format!("const m = await import({quote}{module}{quote});"),
                format!("const m = require({quote}node:{module}{quote});"),
            ] {
                check(Language::Js, &code, &["capability.network script-http"]);
            }
        }
        check(
            Language::Js,
            &format!("import m from \"{module}\";"),
            &["capability.network script-http"],
        );
        check(
            Language::Js,
            &format!("import{{m}}from'{module}';"),
            &["capability.network script-http"],
        );
    }
    check(Language::Js, "require(\"./httpster\"); require(\"httpster\")", &[]);
}

#[test]
fn shells_that_change_who_may_do_what_are_seen() {
    let told = ["capability.persistence script-register"];
    for code in ["cp x /etc/sudoers.d/inert", "chmod u+s /usr/bin/inert", "useradd -o -u 0 inert"] {
        check(Language::Shell, code, &told);
    }
    check(Language::Shell, "chmod u+x /usr/bin/inert; useradd --system inert", &[]);
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

/// Whether `fetch(` (or another word that counts, for `language`) is seen in the code.
fn seen(language: Language, code: &str) -> bool {
    observed(code, language).0.iter().any(|line| line.starts_with("capability.network"))
}

#[test]
fn what_only_looks_like_a_comment_is_code() {
    for code in [
        "if (1) /[/*]/.test('');\nfetch(u)\n/*/.test('')\n*/",
        "x=`${\"`\"}\n/*`;\nfetch(u)\n`*/`;",
        "// a\rfetch(u)",
        "// a\u{2028}fetch(u)",
        "a = 'b\\\r\n/*'; fetch(u) /*'*/",
        "let a = {} /[/*]/ 1; fetch(u) /*/ 1 */",
        "/* fetch(u)",
        "1./\"/\"+\"/*\"; fetch(u) //*/",
        "debugger\n/[/*]/.test(''); fetch(u) /*x*/",
        "export default /[/*]/; fetch(u) /*x*/",
        "for (;;) { if (a) continue\n/[/*]/.test(''); fetch(u) /*x*/ }",
        "b: for (;;) { if (a) break b\n/[/*]/.test(''); fetch(u) /*x*/ }",
    ] {
        assert!(seen(Language::Js, code), "{code}");
    }
    for code in [
        "cat <<E\n'\nE\necho 'a #'; curl https://inert.test/ | sh",
        "x=$'\\''; echo ' # '; curl https://inert.test",
        "echo \"$(echo \" # \")\"; curl https://inert.test",
        "cat <<-'E'\n\t\"\n\tE\necho \" #\"; wget x",
        "echo \\ #a ; curl https://inert.test",
        "[[ a =~ (a| #b) ]]; curl https://inert.test",
        "[[ a =~ (a|\n #b) ]]; curl https://inert.test",
        "[[ a == @(a| #b) ]]; curl https://inert.test",
    ] {
        assert!(seen(Language::Shell, code), "{code}");
    }
    for code in [
        "exec(\"x\"\n\"\"\"import urllib2\"\"\"\n)",
        "\"\"\"urlopen\"\"\".run()",
        "a = f\"{\"#\"}\"; urlopen(u)",
        "# a\rurlopen(u)",
        "\"\"\"a\\\"\"\"\nb\"\"\"\nurlopen(u)\n\"\"\"c\"\"\"\nd",
        "r'''a\\''''\nurlopen(u)\n'''c'''",
    ] {
        assert!(seen(Language::Python, code), "{code}");
    }
    let php = "<p>it's</p><?php $a = \"/*\"; curl_exec($c); # */ ' ?> <?php";
    assert!(seen(Language::Php, php));
    assert!(seen(Language::Php, "<?php #[A] function f() { curl_exec($c); }"));
    assert!(seen(Language::Php, "<?php // a ?> b <?php curl_exec($c);"));
    assert!(seen(Language::PowerShell, "$a = @\"\n<#\n\"@\niwr x #>"));
    assert!(seen(Language::Batch, "rem & curl x"));
    assert!(seen(Language::Perl, "$a = q{\n# }; HTTP::Tiny->new('x');"));
}

#[test]
fn honest_comments_stay_comments() {
    for code in [
        "let a = (b + c) / 2; // fetch(u)\nlet r = d / e; /* fetch(u) */",
        "if (a) /b'/.test(c); // fetch(u)",
        "let t = `a ${b ? `c` : {d: 1}.d} // e`; // fetch(u)",
        "return /[/*]/; // fetch(u)",
        "function f() { g() } // fetch(u)",
        "for (;;) { if (a) break; else continue; } // fetch(u)",
        "switch (a) { default: b / c } // fetch(u)",
        "a.default / b // fetch(u)\nc / d",
    ] {
        assert!(!seen(Language::Js, code), "{code}");
    }
    for code in [
        "cd \"$(dirname \"$0\")\" # don't curl\n# wget",
        "cat <<E\nit's\nE\n# curl",
        "case $1 in a) b ;; esac # curl",
        "echo ${a#b} $((1 + 2)) # curl",
        "echo a\\b # curl\necho \\  # curl",
        "if [[ $1 =~ (a|b) ]]; then\n  b # curl\nfi # curl",
        "ls !(*.o) # curl",
    ] {
        assert!(!seen(Language::Shell, code), "{code}");
    }
    assert!(!seen(
        Language::Python,
        "def f():\n    \"\"\"urlopen\"\"\"\n    return f'{a}' # urlopen"
    ));
    assert!(!seen(Language::Python, "\"\"\"a \\\" urlopen\"\"\"\nb = 1"));
    assert!(!seen(Language::Php, "<?php # [curl_exec(1)]\n# curl_exec(1)\n/* curl_exec(2) */"));
    assert!(!seen(Language::PowerShell, "$a = @\"\nb\n\"@\n# iwr"));
    assert!(!seen(Language::Lua, "-- os.execute and socket.http"));
}

#[test]
fn long_lines_of_beginnings_without_an_end_are_read_once() {
    // A reader that looks for the end of each would take hours.
    for (language, piece, tail) in [
        (Language::PowerShell, "<#", "\niwr x"),
        (Language::PowerShell, "@\"\"", "\niwr x"),
        (Language::Ruby, "\n=begin", "\nNet::HTTP"),
        (Language::Php, "/*", "\ncurl_exec($c)"),
        (Language::Python, "\"\"\"'\"\"\"", "\nurlopen(u)"),
        (Language::Python, "\"\"\"'", "\"\"\"\nurlopen(u)"),
        (Language::Js, "=/[ ", "\nfetch(u)"),
        (Language::Js, "=/ ", "\nfetch(u)"),
    ] {
        let before = if language == Language::Php { "<?php " } else { "" };
        let code = format!("{before}{}{tail}", piece.repeat((8 << 20) / piece.len()));
        assert!(seen(language, &code), "{piece}");
    }
}

#[test]
fn pages_carry_scripts() {
    assert!(seen(Language::Markup, "<p>it's</p><script>fetch(u)</script>"));
    assert!(seen(Language::Markup, "<svg onload=\"fetch('x')\"></svg>"));
    assert!(!seen(Language::Markup, "<p>fetch(u)</p><script>// fetch(u)\n</script>"));
    let of = |path, format| Language::of(path, format, b"GIF89a=1;");
    assert_eq!(of("a.vue", Format::Text), Some(Language::Markup));
    assert_eq!(of("docs/a.html", Format::Text), None);
    assert_eq!(of("a.mts", Format::Text), Some(Language::Js));
    for declarations in ["index.d.ts", "a/index.d.mts", "INDEX.D.CTS"] {
        assert_eq!(of(declarations, Format::Text), None, "{declarations}");
    }
    assert_eq!(of("a.d.js", Format::Text), Some(Language::Js));
    assert_eq!(of("d.ts", Format::Text), Some(Language::Js));
    assert_eq!(of("a.tsx", Format::Text), Some(Language::Jsx));
    assert_eq!(of("a.lua", Format::Text), Some(Language::Lua));
    assert_eq!(of("a.js", Format::Image), Some(Language::Js));
    assert_eq!(Language::of("a.js", Format::Image, b"GIF89a\0"), None);
}

#[test]
fn shells_that_run_what_they_fetched_execute() {
    let found = observed("curl -o x https://inert.test\nchmod +x x\n", Language::Shell).0;
    assert_eq!(found.first().map(String::as_str), Some("capability.exec script-run-fetched"));
    check(
        Language::Shell,
        "curl -o x https://inert.test\ntar xf x\n",
        &["capability.network script-fetch"],
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_keep_their_places(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600), code in "[a-z\"'`/*#\\\\<>=\n ]{0,200}") {
        for bytes in [bytes.as_slice(), code.as_bytes()] {
            for language in [Language::Batch, Language::Js, Language::Jsx, Language::Lua, Language::Markup, Language::Perl, Language::Php, Language::PowerShell, Language::Python, Language::PythonPath, Language::Ruby, Language::Shell, Language::VbScript] {
                let out = comment::blanked(bytes, language);
                proptest::prop_assert_eq!(out.len(), bytes.len());
                proptest::prop_assert!(out.iter().zip(bytes).all(|(a, b)| a == b || *a == b' '));
            }
        }
    }
}
