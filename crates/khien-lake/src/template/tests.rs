use khien_detect::indicator::covers;
use khien_model::IndicatorKind;
use khien_model::observable::canonical_path;
use proptest::prelude::*;

use super::*;

fn of(path: &str) -> Option<String> {
    template(&canonical_path(path))
}

#[test]
fn names_that_are_made_up_become_stars_and_nothing_else_does() {
    let cases = [
        ("C:\\Users\\An\\AppData\\Local\\Temp\\nsx8A1.tmp", "c:/users/an/appdata/local/temp/*.tmp"),
        (
            "C:\\Windows\\Temp\\{0F3A55C1-7C2E-4F0A-9B7E-1D2C3B4A5F60}\\setup.exe",
            "c:/windows/temp/*/setup.exe",
        ),
        ("C:\\Windows\\SystemTemp\\a1b2c3d4e5.dll", "c:/windows/systemtemp/*.dll"),
        (
            "C:\\Users\\An\\AppData\\Local\\Temp\\__PSScriptPolicyTest_2gnqtxqi.5jz.ps1",
            "c:/users/an/appdata/local/temp/*.ps1",
        ),
        (
            "C:\\Users\\An\\AppData\\Local\\Temp\\_MEI104322\\python311.dll",
            "c:/users/an/appdata/local/temp/*/python311.dll",
        ),
        (
            "C:\\Users\\An\\AppData\\Local\\Microsoft\\Windows\\INetCache\\IE\\W143KXNU\\a.js",
            "c:/users/an/appdata/local/microsoft/windows/inetcache/ie/*/a.js",
        ),
        ("/tmp/tmpabcdefgh/x", "/tmp/*/x"),
        ("/tmp/tmp.XkQzJrVbLa", "/tmp/*"),
        ("/var/tmp/1700000000.log", "/var/tmp/*.log"),
        (
            "/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/app",
            "/private/var/folders/zz/*/t/app",
        ),
        ("/tmp/*.tmp", "/tmp/*.tmp"),
        ("/tmp/a*b?.txt", "/tmp/*.txt"),
    ];
    for (path, expected) in cases {
        assert_eq!(of(path).as_deref(), Some(expected), "{path}");
    }
    for kept in [
        "C:\\Program Files\\App\\a1b2c3d4e5.dll",
        "C:\\Program Files\\Temp\\a1b2c3d4e5.dll",
        "C:\\Users\\An\\AppData\\Local\\Temp\\ChromeSetup-18.12.416.exe",
        "C:\\Windows\\Temp\\7z2301x64\\7z.exe",
        "C:\\Windows\\Temp\\KB5034441\\update.msi",
        "C:\\Windows\\Temp\\report-20260301.txt",
        "C:\\Windows\\Temp\\win32api.dll",
        "C:\\Users\\An\\AppData\\Local\\Temp\\báo cáo quý một.docx",
        "C:\\Users\\a1b2c3d4e5\\Documents\\x.tmp",
        "/tmp",
        "/tmp/",
        "/home/an/tmp/a1b2c3d4e5",
        "/opt/*/x",
    ] {
        assert_eq!(of(kept), None, "{kept}");
    }
}

#[test]
fn the_extensions_are_sorted() {
    assert!(EXTENSIONS.is_sorted());
}

#[test]
fn a_pattern_and_a_template_meet_where_a_path_could() {
    let may = [
        ("c:/windows/temp/a1b2c3d4.tmp", "c:/windows/temp/*.tmp"),
        ("c:/windows/temp/a1b2c3d4.tmp", "/device/harddiskvolume3/windows/temp/*.tmp"),
        ("/temp/*/evil*.exe", "c:/windows/temp/*/evil.exe"),
        ("/temp/*/evil*.exe", "c:/windows/temp/*/*.exe"),
        ("*.exe", "/tmp/*"),
        ("x?z.tmp", "/tmp/*.tmp"),
    ];
    for (pattern, template) in may {
        assert!(may_cover(pattern, template), "{pattern} {template}");
    }
    let never = [
        ("c:/windows/temp/a1b2c3d4.tmp", "c:/users/an/appdata/local/temp/*.tmp"),
        ("/temp/*/evil*.exe", "c:/windows/temp/*/evil.dll"),
        ("/temp/*/evil*.exe", "c:/windows/temp/evil.exe"),
        ("*.exe", "/tmp/*.dll"),
    ];
    for (pattern, template) in never {
        assert!(!may_cover(pattern, template), "{pattern} {template}");
    }
}

/// Paths near the edge: temporary folders or not, names of all shapes, stars, letters of all kinds.
fn paths() -> impl Strategy<Value = String> {
    let folder = prop::sample::select(vec![
        "/tmp/",
        "c:/windows/temp/",
        "C:\\Users\\Ân\\AppData\\Local\\Temp\\",
        "/opt/tmp/",
        "%TEMP%/",
        "/var/folders/",
        "",
    ]);
    let name = prop_oneof![
        "[a-z0-9]{1,12}",
        "[a-f0-9]{8,32}",
        "\\PC{0,8}",
        "[*?.a-c]{1,5}",
        "tmp[a-z]{5}",
        "[0-9]{1,3}(\\.[0-9]{1,3}){2}",
    ];
    let end = prop::sample::select(vec!["", ".tmp", ".exe", ".xyz", "/"]);
    (folder, prop::collection::vec(name, 1..4), end).prop_map(|(folder, names, end)| {
        canonical_path(&format!("{folder}{}{end}", names.join("/")))
    })
}

proptest! {
    #[test]
    fn a_template_is_its_own_template(path in paths()) {
        // So no path that is kept as it is equals a template.
        if let Some(template) = super::template(&path) {
            prop_assert_eq!(super::template(&template), Some(template));
        }
    }

    #[test]
    fn a_path_that_is_covered_may_have_its_template(path in paths(), cut in 0..20_usize, star in any::<bool>()) {
        let Some(template) = super::template(&path) else { return Ok(()) };
        let end: String = path.chars().skip(cut).collect();
        let pattern = if star { end.replace(['a', '1'], "*") } else { end };
        if covers(&IndicatorKind::Path(pattern.clone()), "path", &path) {
            prop_assert!(may_cover(&pattern, &template), "{} {}", pattern, template);
        }
    }
}
