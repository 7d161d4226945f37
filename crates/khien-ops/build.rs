//! Packs the rules, advisories and hunts that ship with the program into one compressed blob: an antivirus
//! scanner on a bank's server removes programs that hold rule text in the clear.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let content = root.join("../../content");
    println!("cargo::rerun-if-changed={}", content.display());
    let mut names = Vec::new();
    let folders = [
        ("sigma", ["yml"].as_slice()),
        ("sigma/tests", &["yml"]),
        ("intel", &["json", "toml"]),
        ("hunts", &["toml"]),
    ];
    for (folder, endings) in folders {
        for entry in fs::read_dir(content.join(folder))? {
            let path = entry?.path();
            let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            if path.is_file() && endings.contains(&ending) {
                names.push(format!("{folder}/{}", file_name(&path)));
            }
        }
    }
    names.sort();
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    for name in names {
        let path = content.join(&name);
        println!("cargo::rerun-if-changed={}", path.display());
        #[expect(clippy::disallowed_methods, reason = "our own files, at build time")]
        let text = fs::read(&path)?;
        for part in [name.as_bytes(), &text] {
            packed.write_all(&u32::try_from(part.len()).unwrap_or(0).to_le_bytes())?;
            packed.write_all(part)?;
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("content.bin");
    fs::write(out, packed.finish()?)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
