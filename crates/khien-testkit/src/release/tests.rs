use std::collections::BTreeSet;
use std::sync::OnceLock;

use object::Object;

use super::*;

/// All cases, made once.
fn everything() -> &'static [Case] {
    static ALL: OnceLock<Vec<Case>> = OnceLock::new();
    ALL.get_or_init(make)
}

fn make() -> Vec<Case> {
    let mut all = cases();
    all.extend(benign_cases());
    all
}

/// The hostile ones.
fn hostile() -> impl Iterator<Item = &'static Case> {
    everything().iter().filter(|case| case.expect != Expect::Pass)
}

fn digest(cases: &[Case]) -> Vec<u8> {
    let mut all = Vec::new();
    for case in cases {
        for artefact in [&case.old, &case.new] {
            all.extend(case.name.bytes());
            all.extend(artefact.file_name.bytes());
            all.extend(identity::sha256(&artefact.bytes));
        }
    }
    identity::sha256(&all)
}

#[test]
fn two_runs_give_the_same_bytes() {
    let first = everything();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let second = make();
    for (a, b) in first.iter().zip(&second) {
        assert!(a.old == b.old && a.new == b.new, "{} differs between two runs", a.name);
    }
    assert_eq!(digest(first), digest(&second));
}

#[test]
fn cases_are_many_and_distinct() {
    let all = everything();
    let names: BTreeSet<&str> = all.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), all.len(), "two cases have one name");
    for case in all {
        assert!(case.old.bytes != case.new.bytes, "{}: nothing changes", case.name);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(case.name.chars().all(plain), "{}", case.name);
        assert!(!case.hard || case.expect == Expect::Block, "{}", case.name);
        // The true cause, or the story that it is the first fact of.
        assert!(case.first_cause.split('|').count() <= 2, "{}", case.name);
        assert_eq!(case.first_cause.is_empty(), case.expect == Expect::Pass, "{}", case.name);
        for artefact in [&case.old, &case.new] {
            assert!(
                artefact.bytes.len() < 400 << 10,
                "{}: {} bytes",
                case.name,
                artefact.bytes.len()
            );
        }
    }
    assert!(hostile().count() >= 40);
    assert!(all.len() - hostile().count() >= 12);
}

#[test]
fn every_artefact_says_that_it_is_inert() {
    for case in everything() {
        for artefact in [&case.old, &case.new] {
            assert!(says_the_line(&artefact.bytes), "{} {}", case.name, artefact.file_name);
        }
    }
}

/// The line in bytes or in UTF-16.
fn says_the_line(bytes: &[u8]) -> bool {
    let wide: Vec<u8> = LINE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [LINE.as_bytes(), &wide].iter().any(|line| bytes.windows(line.len()).any(|w| w == *line))
}

#[test]
fn noise_is_the_line_under_the_published_key() {
    let mut bytes = noise(1 << 16, 0);
    assert!(!says_the_line(&bytes));
    rc4(KEY, &mut bytes);
    assert_eq!(bytes, line(1 << 16));
    // RFC 6229 has no vector for such a key; this one is well known.
    let mut known = *b"Plaintext";
    rc4(b"Key", &mut known);
    assert_eq!(known, [0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3]);
}

#[test]
fn functions_differ() {
    for machine in [code::Machine::X86_64, code::Machine::Arm64] {
        let all: BTreeSet<Vec<u8>> = (0..5000).map(|n| code::function(machine, n)).collect();
        assert_eq!(all.len(), 5000);
    }
}

#[test]
fn images_parse() {
    for (name, bytes) in software::suite(software::Edition::New) {
        let file = object::File::parse(&*bytes).unwrap();
        assert!(file.imports().unwrap().count() >= 3, "{name}");
        assert!(file.section_by_name(".pdata").is_some(), "{name}");
    }
}

/// Every host behind `://` ends in a name that cannot exist or is reserved (RFC 2606, RFC 6761).
#[test]
fn no_host_exists() {
    for case in everything() {
        for artefact in [&case.old, &case.new] {
            for text in plain_texts(&artefact.bytes) {
                for rest in text.split("://").skip(1) {
                    let end =
                        rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-');
                    let host = &rest[..end.unwrap_or(rest.len())];
                    let reserved = ["", "example.test", "example.invalid"];
                    let fine = reserved.iter().any(|name| host.ends_with(name) && !name.is_empty());
                    assert!(fine || host.is_empty(), "{}: {host}", case.name);
                }
            }
        }
    }
}

/// In every script, what leaves it stands before the first host that it names. A file that only
/// configures has none.
#[test]
fn scripts_leave_before_they_name_a_host() {
    const LEAVES: [&str; 7] = [
        "if (false) {",
        "exit 0\n",
        "exit /b 0\r\n",
        "if false; then",
        "if: false",
        "return",
        "provider: generic",
    ];
    let mut seen = 0;
    for case in everything() {
        for file in files_with_hosts(case) {
            let before = &file[..file.find(".invalid").unwrap()];
            assert!(LEAVES.iter().any(|guard| before.contains(guard)), "{}: {file}", case.name);
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} scripts were seen");
}

/// What a text says outside quotes: the part of a script that could do something.
fn outside_quotes(line: &str) -> String {
    let (mut kept, mut quote) = (String::new(), None);
    for c in line.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => kept.push(c),
        }
    }
    kept
}

/// In every script that must not pass, means of harm are named in quotes and nowhere else.
#[test]
fn means_are_named_and_never_used() {
    const MEANS: [&str; 24] = [
        "curl",
        "wget",
        "eval(",
        "exec(",
        "execSync",
        "spawn",
        "fetch(",
        "https.",
        "http.",
        "urlopen",
        "urlretrieve",
        "subprocess",
        "os.system",
        "b64decode",
        "base64 -d",
        "| sh",
        "| bash",
        "DownloadString",
        "iex ",
        "certutil",
        "regsvr32",
        "chmod",
        "systemctl",
        "CreateObject",
    ];
    let mut seen = 0;
    for case in hostile() {
        let files = files_with_hosts(case);
        for line in files.iter().flat_map(|file| file.lines()).filter(|line| line.is_ascii()) {
            let code = outside_quotes(line);
            let used = MEANS.iter().find(|means| code.contains(**means));
            assert_eq!(used, None, "{}: {line}", case.name);
            seen += usize::from(MEANS.iter().any(|means| line.contains(means)));
        }
    }
    assert!(seen >= 20, "only {seen} lines name means");
    assert!(outside_quotes("a \"curl\" 'sh' | curl 'x'").ends_with("| curl "));
}

/// What the new release holds that names a host, each file for itself.
fn files_with_hosts(case: &Case) -> Vec<String> {
    let texts = plain_texts(&case.new.bytes);
    // Members of a tape archive are padded with zeros.
    let files = texts.iter().flat_map(|text| text.split("\0\0\0\0"));
    files.filter(|file| file.contains(".invalid")).map(str::to_owned).collect()
}

/// The file as text, and what is packed in it by deflate (gzip, zip; cabinets are stored), in
/// packages inside a package too.
fn plain_texts(bytes: &[u8]) -> Vec<String> {
    use std::io::Read;
    let mut texts = vec![String::from_utf8_lossy(bytes).into_owned()];
    let streams = bytes.windows(3).enumerate().filter(|(_, w)| *w == [0x1F, 0x8B, 8]);
    for at in streams.map(|(at, _)| at) {
        let mut out = Vec::new();
        // A bomb is only looked at from the front; noise behind the stream is not looked at.
        let decoder = flate2::read::GzDecoder::new(&bytes[at..]);
        let _ = decoder.take(8 << 20).read_to_end(&mut out);
        texts.push(String::from_utf8_lossy(&out).into_owned());
    }
    let headers: Vec<usize> = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, w)| w == b"PK\x03\x04")
        .map(|(at, _)| at)
        .collect();
    for at in headers {
        let Some(header) = bytes.get(at..at + 30) else { continue };
        let word = |place: usize| usize::from(header[place]) | usize::from(header[place + 1]) << 8;
        if word(8) != 8 {
            continue;
        }
        let mut out = Vec::new();
        let body = &bytes[at + 30 + word(26) + word(28)..];
        let _ = flate2::read::DeflateDecoder::new(body).take(8 << 20).read_to_end(&mut out);
        texts.push(String::from_utf8_lossy(&out).into_owned());
    }
    texts
}

#[test]
fn libraries_of_every_system_parse() {
    let elf = unix::library(software::Edition::New).build();
    let file = object::File::parse(&*elf).unwrap();
    assert_eq!(file.imports().unwrap().count(), 4);
    assert_eq!(file.exports().unwrap().count(), 5);
    let app = unix::app(software::Edition::New);
    for image in app.codec.iter().chain([&app.program]) {
        let bytes = image.build();
        let file = object::File::parse(&*bytes).unwrap();
        assert!(file.imports().unwrap().count() >= 5);
        assert!(file.section_by_name("__text").is_some());
    }
}

#[test]
fn every_named_incident_has_a_case() {
    let incidents: BTreeSet<&str> = hostile().filter_map(|case| case.incident).collect();
    assert_eq!(incidents.len(), 17, "{incidents:?}");
}
