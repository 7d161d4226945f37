//! Releases of a small package, for somebody to decide about: three that are alike, and one that newly
//! runs something when it is installed. All of it is inert: text that nobody runs.
//!
//! Source of the form: npm, "package.json"; POSIX.1-1988, ustar.

use std::io;

use flate2::{Compression, GzBuilder};

/// The package.
const NAME: &str = "ledger-format";
/// When its files say that they were made: as npm writes it, 1985-10-26.
const MADE_S: u64 = 499_162_500;

/// One release, as it is sent to whoever installs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PackageRelease {
    /// The name of its file.
    pub name: String,
    /// The file: a gzipped tar.
    pub bytes: Vec<u8>,
    /// Whether it does what those before it did.
    pub is_usual: bool,
}

/// The releases, the oldest first; the last is the one to look at.
///
/// # Errors
///
/// An archive cannot be written, which is a defect.
pub fn package_releases() -> io::Result<Vec<PackageRelease>> {
    let usual = ["2.3.0", "2.3.1", "2.4.0"].into_iter().map(|version| {
        let files = [
            ("package.json", manifest(version, "")),
            ("index.js", code(version, FORMAT)),
            readme(),
        ];
        release(version, &files, true)
    });
    let scripts = ",\n  \"scripts\": { \"postinstall\": \"node setup.js\" }";
    let odd = [
        ("package.json", manifest("2.4.1", scripts)),
        ("index.js", code("2.4.1", FORMAT)),
        ("setup.js", SETUP.to_owned()),
        readme(),
    ];
    usual.chain([release("2.4.1", &odd, false)]).collect()
}

const FORMAT: &str = "exports.format = (amount) => amount.toFixed(2);\n";
/// That it runs at all is what is new.
const SETUP: &str = "console.log('ledger-format is ready');\n";

fn manifest(version: &str, more: &str) -> String {
    format!(
        "{{\n  \"name\": \"{NAME}\",\n  \"version\": \"{version}\",\n  \"description\": \"Formats \
         amounts.\",\n  \"main\": \"index.js\"{more}\n}}\n"
    )
}

fn code(version: &str, text: &str) -> String {
    format!("'use strict';\n// {version}\n{text}")
}

fn readme() -> (&'static str, String) {
    (
        "README.md",
        "# ledger-format\n\nFormats amounts. SYNTHETIC: made for a demonstration.\n".to_owned(),
    )
}

fn release(version: &str, files: &[(&str, String)], is_usual: bool) -> io::Result<PackageRelease> {
    let packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(packed);
    for (name, text) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(text.len()).unwrap_or(u64::MAX));
        header.set_mode(0o644);
        header.set_mtime(MADE_S);
        archive.append_data(&mut header, format!("package/{name}"), text.as_bytes())?;
    }
    let bytes = archive.into_inner()?.finish()?;
    Ok(PackageRelease { name: format!("{NAME}-{version}.tgz"), bytes, is_usual })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_the_same_each_time_and_only_the_last_is_odd() {
        let all = package_releases().unwrap();
        assert_eq!(all, package_releases().unwrap());
        let usual: Vec<_> = all.iter().map(|release| release.is_usual).collect();
        assert_eq!(usual, [true, true, true, false]);
        assert_eq!(all[3].name, "ledger-format-2.4.1.tgz");
        let names = |release: &PackageRelease| {
            let read = flate2::read::GzDecoder::new(release.bytes.as_slice());
            let mut archive = tar::Archive::new(read);
            let entries = archive.entries().unwrap();
            let paths = entries.map(|entry| entry.unwrap().path().unwrap().display().to_string());
            paths.collect::<Vec<_>>()
        };
        let usual = ["package/package.json", "package/index.js", "package/README.md"];
        assert_eq!(names(&all[0]), usual);
        assert!(names(&all[3]).contains(&"package/setup.js".to_owned()));
    }
}
