//! Where a product looks for its updates, and package managers for packages.

use khien_lineage::TraitKind;

use super::split;
use crate::traits::collect::Collector;
use crate::traits::file::FileInput;

/// Bound: bytes of such a file that are read.
const CHANNEL_MAX: usize = 1 << 20;

/// Bound: channels of one file.
const CHANNELS_MAX: usize = 32;

/// Adds the update channels that a file names.
pub(super) fn traits(input: &FileInput<'_>, out: &mut Collector) {
    let (folder, name) = split(input.path);
    let lower = name.to_ascii_lowercase();
    let keys: (&str, &[&str]) = match lower.as_str() {
        "app-update.yml" | "dev-app-update.yml" => {
            ("electron-updater", &["url:", "owner:", "repo:", "provider:", "bucket:", "host:"])
        }
        "info.plist" => ("sparkle", &["<key>SUFeedURL</key>"]),
        ".npmrc" | "npmrc" => ("npm", &["registry=", "registry ="]),
        "pip.conf" | "pip.ini" => ("pip", &["index-url", "extra-index-url"]),
        "manifest.json" | "product.json" | "package.json" | "config.json" => (
            "json",
            &[
                "\"update_url\":",
                "\"updateUrl\":",
                "\"updateURL\":",
                "\"update-url\":",
                "\"registry\":",
            ],
        ),
        _ if lower.ends_with(".repo") => ("yum", &["baseurl", "mirrorlist", "metalink"]),
        _ if lower == "sources.list" || folder.ends_with("sources.list.d") => {
            ("apt", &["deb ", "deb-src ", "URIs:"])
        }
        _ if lower.ends_with(".application") || lower.ends_with(".appinstaller") => {
            ("windows-installer", &["deploymentProvider", "<MainPackage", "<AppInstaller", "Uri="])
        }
        _ => return,
    };
    let head = input.bytes.get(..CHANNEL_MAX).unwrap_or(input.bytes);
    let content = String::from_utf8_lossy(head);
    let (what, keys) = keys;
    let mut told = 0_usize;
    let mut lines = content.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(at) = keys.iter().find_map(|key| line.find(key)) else { continue };
        let rest = line.get(at..).unwrap_or_default();
        // A property list has the value on the next line.
        let joined = match lines.peek() {
            Some(next) if rest.ends_with("</key>") => format!("{rest}{next}"),
            _ => rest.to_owned(),
        };
        let value = joined.split(['"', '\'', '<', '>', ' ', '\t', ',']).filter(|w| !w.is_empty());
        let value: Vec<&str> = value.filter(|word| is_telling(word)).collect();
        if !value.is_empty() && told < CHANNELS_MAX {
            told = told.saturating_add(1);
            let value = format!("{what}:{}", value.join(" "));
            out.add_text(TraitKind::UpdateChannel, &value, &joined);
        }
    }
}

/// Words of a line that say where, not how.
fn is_telling(word: &str) -> bool {
    let markup = ["key", "/key", "string", "/string", ":", "=", "["];
    !markup.contains(&word) && !word.starts_with("http://www.w3.org/") && !word.starts_with('[')
}
