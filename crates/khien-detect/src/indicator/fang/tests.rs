use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let whole = refang_line(text);
    assert_eq!(whole.text, expected, "{text}");
    assert!(!whole.marks.is_empty(), "{text}: no mark seen");
}

#[track_caller]
fn check_same(text: &str) {
    assert_eq!(refang_line(text), Whole { text: text.to_owned(), marks: vec![] }, "{text}");
}

#[test]
fn usual_marks() {
    check("evil[.]example", "evil.example");
    check("evil(.)example", "evil.example");
    check("evil{.}example", "evil.example");
    check("evil<.>example", "evil.example");
    check("evil[dot]example", "evil.example");
    check("evil(DOT)example", "evil.example");
    check("evil [ dot ] example", "evil.example");
    check("evil [.] example", "evil.example");
    check("evil[chấm]example", "evil.example");
    check("evil(cha\u{302}\u{301}m)example", "evil.example");
    check("evil[.example", "evil.example");
    check("evil.]example", "evil.example");
    check(r"evil\.example", "evil.example");
    check(r"c2\.evil\.example", "c2.evil.example");
    check("evil\u{ff0e}example", "evil.example");
    check("192[.]0[.]2[.]1", "192.0.2.1");
    check("2001[:]db8[:][:]1", "2001:db8::1");
    check("bob[at]evil[.]example", "bob@evil.example");
    check("bob [at] evil [dot] example", "bob@evil.example");
}

#[test]
fn schemes() {
    check("hxxp://evil.example/a", "http://evil.example/a");
    check("hXXps://evil.example", "https://evil.example");
    check("hxxp[:]//evil.example", "http://evil.example");
    check("hxxps[://]evil.example", "https://evil.example");
    check("http[:]//evil.example", "http://evil.example");
    check("http[s]://evil.example", "https://evil.example");
    check("hxxp[s]://evil.example", "https://evil.example");
    check("h**p://evil.example", "http://evil.example");
    check(r"hxxp:\\evil.example", "http://evil.example");
    check("see hxxp://evil . example/a . Then", "see http://evil.example/a . Then");
    check("hxxp://evil dot example dot com/a", "http://evil.example.com/a");
    check("hxxp://evil chấm example", "http://evil.example");
    check("hxxp:// evil.example", "http://evil.example");
    check("fxp://evil.example", "ftp://evil.example");
}

#[test]
fn near_misses_stay_as_they_are() {
    check_same("see [.net] and (at) home, a dot on the map");
    check_same(r"C:\Users\a\.vscode\b.exe");
    check_same(r"\\host\share\.hidden");
    check_same(r"%TEMP%\.x");
    check_same("look (at) this [1], {2} and <b>");
    check_same("the meow: a cat");
    check_same("http://evil.example/a?b=[c]");
    check_same("Done. Next . line");
}

#[test]
fn spelled_out_only_as_a_whole() {
    let spelled = |text: &str| spelled_out(text).map(|whole| whole.text);
    assert_eq!(spelled("evil dot example").as_deref(), Some("evil.example"));
    assert_eq!(spelled("a chấm b chấm example").as_deref(), Some("a.b.example"));
    assert_eq!(spelled("192 . 0 . 2 . 1").as_deref(), Some("192.0.2.1"));
    assert_eq!(spelled("put a dot here"), None);
    assert_eq!(spelled("a dot"), None);
    assert_eq!(spelled("dot com"), None);
    assert_eq!(refang("evil dot example"), "evil.example");
}

#[test]
fn marks_say_where() {
    let whole = refang_line("good.example evil[.]example");
    assert_eq!(whole.text, "good.example evil.example");
    assert!(!whole.is_marked(0, 12) && whole.is_marked(13, 25));
    let json = refang_line(r#""http:\/\/evil.example\/a""#);
    assert_eq!(json.text, r#""http://evil.example/a""#);
}

proptest! {
    /// Whatever way a value was defanged, it comes back.
    #[test]
    fn what_was_defanged_comes_back(
        labels in prop::collection::vec("[a-z0-9]{1,8}", 1..4),
        tail in "(/[a-z0-9]{1,6}){0,2}",
        https in any::<bool>(),
        dot in prop::sample::select(vec![
            "[.]", "(.)", "{.}", "[dot]", "(dot)", "[DOT]", " [.] ", "[chấm]", "\u{ff0e}",
        ]),
        colon in prop::sample::select(vec!["://", "[:]//", "[://]", "(:)//", "[:]//"]),
        scheme in prop::sample::select(vec!["hxxp", "hXXp", "h**p", "HXXP"]),
        before in "[a-z]{0,5} ?",
    ) {
        let host = |dot: &str| format!("{}{dot}example", labels.join(dot));
        let s = if https { "s" } else { "" };
        let url = format!("http{s}://{}{tail}", host("."));
        let defanged = format!("{scheme}{s}{colon}{}{tail}", host(dot));
        let before = if before.ends_with(' ') { before } else { String::new() };
        let line = refang_line(&format!("{before}{defanged}"));
        prop_assert_eq!(&line.text, &format!("{before}{url}"));
        prop_assert_eq!(refang(&host(dot)), host("."));
    }

    #[test]
    fn whole_text_stays_whole(text in "[a-zA-Z0-9./ _-]{0,40}") {
        prop_assert_eq!(refang_line(&text).text, text);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let whole = refang_line(&text);
        prop_assert!(whole.marks.iter().all(|at| *at <= whole.text.len()));
        let _ = spelled_out(&text);
    }

    #[test]
    fn any_marks_are_survived(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[", "]", ".", "(", ")", "dot", "hxxp", "://", ":", "\\", "/", " ", "a", "at", "@",
                "chấm", "<", ">", "é", "s", "\u{3002}",
            ]),
            0..30,
        ),
    ) {
        let _ = refang(&pieces.concat());
    }
}
