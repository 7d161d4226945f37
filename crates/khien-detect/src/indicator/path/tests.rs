use super::*;

#[track_caller]
fn check(pattern: &str, path: &str, expected: bool) {
    let pattern = canonical_pattern(pattern).expect("a pattern");
    assert_eq!(matches(&pattern, &canonical_path(path)), expected, "{pattern} on {path}");
}

#[test]
fn an_end_is_cut_at_a_component() {
    check("/3CXDesktopApp/app/manifest", r"C:\Users\x\3CXDesktopApp\app\manifest", true);
    check("/3CXDesktopApp/app/manifest", r"C:\Users\x\my3CXDesktopApp\app\manifest", false);
    check("/3CXDesktopApp/app/manifest", r"C:\Users\x\3CXDesktopApp\app\manifest.bak", false);
    check("/app/manifest", "app/manifest", true);
    check(r"*\app\manifest", "app/manifest", true);
    check(r"*\app\manifest", "/opt/webapp/manifest", false);
    check("/etc/apdl.cf", "/private/etc/apdl.cf", true);
}

#[test]
fn a_whole_path_matches_itself_alone() {
    check(r"C:\Windows\System32\krwve.jat", r"c:/windows\\system32/KRWVE.JAT", true);
    check(r"C:\Windows\System32\krwve.jat", r"D:\Windows\System32\krwve.jat", false);
    check(r"C:\Windows\System32\krwve.jat", r"C:\old\Windows\System32\krwve.jat", false);
    check("app/manifest", "opt/app/manifest", false);
    check("app/manifest", "/app/manifest", false);
    check("app/manifest", "app/manifest", true);
}

#[test]
fn windows_has_many_names_for_a_file() {
    let pattern = r"C:\Program Files\Vendor Tools\evil.dll";
    check(pattern, r"\\?\C:\Program Files\Vendor Tools\evil.dll", true);
    check(pattern, r"\??\C:\Program Files\Vendor Tools\evil.dll", true);
    check(pattern, r"\\srv\C$\Program Files\Vendor Tools\evil.dll", true);
    check(pattern, r"\\srv\D$\Program Files\Vendor Tools\evil.dll", false);
    check(pattern, r"\Device\HarddiskVolume3\Program Files\Vendor Tools\evil.dll", true);
    check(pattern, r"C:\PROGRA~1\VENDOR~2\evil.dll", true);
    check(pattern, r"C:\PROGRA~1\VEND~2\evil.dll", false);
    check(pattern, r"C:\PROGRA~1\OTHERS~1\evil.dll", false);
    check("/Vendor Tools/evil.dll", r"C:\VENDOR~1\evil.dll", true);
    check(r"\\?\C:\x\evil.dll", r"C:\x\evil.dll", true);
}

#[test]
fn short_names_need_the_right_shape() {
    let check = |name, seen, expected| assert_eq!(is_short_name(name, seen), expected, "{seen}");
    check("program files", "progra~1", true);
    check("program files (x86)", "progra~12", false);
    check("program files (x86)", "progr~12", true);
    check("my.long.name.text", "mylong~1.tex", true);
    check("my.long.name.text", "mylong~1.txt", false);
    check("ab c", "abc~1", true);
    check("abcd", "abc~1", false);
    check("anything", "~1", false);
    check("anything", "anythi~", false);
}

#[test]
fn a_bare_name_is_the_last_component() {
    check("manifest", r"C:\app\manifest", true);
    check("manifest", "manifest", true);
    check("manifest", r"C:\manifest\app", false);
    check("manifest", "appmanifest", false);
    check("3CX*.msi", r"C:\tmp\3CXDesktopApp-18.12.416.msi", true);
    check("3CX*.msi", r"C:\3CX\other.msi", false);
}

#[test]
fn wildcards_run_across_separators() {
    check(r"C:\Users\*\evil.dll", r"C:\Users\a\b\evil.dll", true);
    check(r"C:\Users\*\evil.dll", r"\\?\C:\Users\a\b\evil.dll", true);
    check(
        r"*\TxR\*.TxR.0.regtrans-ms",
        r"C:\Windows\System32\config\TxR\x.TxR.0.regtrans-ms",
        true,
    );
    check("*evil.dll", r"C:\notevil.dll", true);
    check("*evil*", r"C:\an-evil-tool.exe", true);
    check("*evil*", r"C:\evil\tool.exe", false);
    check("*evil*/tool.exe", r"C:\my-evil\x\tool.exe", true);
    check("/tmp/?.so", "/var/tmp/a.so", true);
    check("/tmp/?.so", "/var/tmp/ab.so", false);
}

#[test]
fn variables_stand_for_any_directory() {
    check(r"%APPDATA%\evil\a.exe", r"C:\Users\x\AppData\Roaming\evil\a.exe", true);
    check("~/Library/x", "/Users/x/Library/x", true);
    check("$HOME/.config/x", "/home/x/.config/x", true);
    check("100%/a", "100%/a", true);
}

#[test]
fn patterns_that_say_nothing_are_refused() {
    for text in ["", "/", "*", "*/", "?*", " \" ", r"\\", "**/**"] {
        assert_eq!(canonical_pattern(text), None, "{text}");
    }
}

#[test]
fn anchors_are_literal() {
    assert_eq!(anchor("/a/b.dll"), Anchor::Last(b"b.dll"));
    assert_eq!(anchor("b.dll"), Anchor::Last(b"b.dll"));
    assert_eq!(anchor("c:/users/*/temp/*.tmp"), Anchor::Inner(b"users"));
    assert_eq!(anchor("evil*.tmp"), Anchor::Head(b"evi"));
    assert_eq!(anchor("*.tmp"), Anchor::Tail(b"tmp"));
    assert_eq!(anchor("a*/evil?.tmp"), Anchor::Tail(b"tmp"));
    assert_eq!(anchor("ev*.c"), Anchor::Loose);
    assert_eq!(anchor("a*/b?"), Anchor::Loose);
}

#[test]
fn shapes_of_paths() {
    for text in [r"C:\a", "c:/a", "/a", r"\\srv\x", "~/a", r"%TEMP%\a", "a/b", r"HKLM\Software\x"] {
        assert!(looks_like_path(text), "{text}");
    }
    for text in ["", "a", "/", "cmd /c dir", "a=b/c", "c:a", "http://x/y", "~a"] {
        assert!(!looks_like_path(text), "{text}");
    }
}

#[test]
fn a_stream_is_cut_off() {
    assert_eq!(without_stream(r"C:\a\b.msi:Zone.Identifier"), Some(r"C:\a\b.msi"));
    assert_eq!(without_stream(r"C:\a\b.msi"), None);
    assert_eq!(without_stream("C:"), None);
    assert_eq!(without_stream(r"C:\"), None);
    assert_eq!(without_stream("/a/:x"), None);
}
