//! Scripts are recognised as scripts, whatever they begin with.

use khien_unpack::{FactKind, Format};

use crate::support::{INERT, walk};

fn wide(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn letters_of_a_magic_make_no_picture_of_a_script() {
    let magics = [
        "GIF89a=1;",
        "wOFF=1;",
        "wOF2=1;",
        "OTTO=1;",
        "ttcf=1;",
        "icns=1;",
        "bplist00=1;",
        "8BPS=1;",
        "BM=1;",
        "RIFF=1;",
        "Cr24=1;",
        "pbzx=1;",
        "xar!=1;",
        "070701;",
        "true;",
        "PKCX=1;",
    ];
    let rest = String::from_utf8_lossy(INERT);
    for magic in magics {
        for name in ["main.js", "run.ps1", "x.vbs", "x.py", "x.sh", "x.bat"] {
            let text = format!("{magic}\n// {rest}\n");
            let walked = walk(name, text.as_bytes());
            assert_eq!(walked.format(""), Format::Script, "{magic} {name}");
            walked.is_plain();
        }
        if !matches!(magic, "Cr24=1;" | "pbzx=1;" | "xar!=1;" | "070701;") {
            let walked = walk("notes", format!("{magic}\n{rest}\n").as_bytes());
            assert_eq!(walked.format(""), Format::Text, "{magic}");
        }
    }
}

#[test]
fn a_picture_under_a_scripts_name_stays_readable_as_one() {
    let mut gif = b"GIF89a\x01\0\x01\0\0\0\0;".to_vec();
    assert_eq!(walk("a.gif", &gif).format(""), Format::Image);
    gif.extend(vec![0xa5; 200]);
    gif.extend(b"\nalert('INERT')\n");
    let walked = walk("a.js", &gif);
    assert_eq!(walked.format(""), Format::Data);
    walked.has_fact(FactKind::Disguised, "named .js, is Image");
    // A script with one strange byte in it is one.
    let walked =
        walk("a.js", b"exports.a = 1; // a NUL \0 and more text behind it, to the line's end\n");
    assert_eq!(walked.format(""), Format::Script);
    assert_eq!(walk("a.js", &[1; 400]).format(""), Format::Data);
}

#[test]
fn text_of_two_bytes_a_letter_is_text() {
    let text = "Write-Host 'INERT VET TEST FIXTURE'\r\n";
    for mark in [true, false] {
        for name in ["x.ps1", "x.vbs", "x.js", "x.bat"] {
            assert_eq!(walk(name, &wide(text, mark)).format(""), Format::Script, "{name} {mark}");
        }
        for name in ["x.inf", "x.reg", "x"] {
            assert_eq!(walk(name, &wide(text, mark)).format(""), Format::Text, "{name} {mark}");
        }
    }
    let odd = [wide(text, true), vec![b'x']].concat();
    assert_eq!(walk("x.ps1", &odd).format(""), Format::Script);
    let numbers: Vec<u8> = (0..400_u16).flat_map(u16::to_le_bytes).collect();
    assert_eq!(walk("x.reg", &numbers).format(""), Format::Data);
}
