//! One file of the console, in the best form that a browser takes.

use std::borrow::Cow;

use crate::Encoding;

/// A file as it is sent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// Its bytes, in the form that `encoding` says.
    pub bytes: Cow<'static, [u8]>,
    /// Media type.
    pub content_type: &'static str,
    /// SHA-256 of the bytes in hexadecimal, for `ETag`. Forms differ, as they must.
    pub hash: String,
    /// `Content-Encoding`, where it is compressed.
    pub encoding: Option<Encoding>,
    /// Whether the name changes with the content, so that browsers may keep it for good.
    pub immutable: bool,
}

/// The start page. What it names changes with every build, so it is never kept unasked.
const INDEX: &str = "index.html";

/// The folder whose names hold a hash of the content; the bundler sees to it.
const HASHED: &str = "assets/";

/// Shown where the console is not built in. Has no style: a strict policy allows none in the page.
const PLACEHOLDER: &str = include_str!("placeholder.html");

/// Files of the last build. In debug builds they are read from disk each time.
#[cfg(console_built)]
#[derive(rust_embed::RustEmbed)]
#[folder = "../../console/dist"]
struct Dist;

/// The file of a path such as `assets/index-a1b2.js`, without a slash before it; `accept_encoding` is
/// what the browser says it takes. Nothing where there is none.
///
/// Hostile: the path comes from outside. It is a key among the embedded files and never a path on
/// disk; debug builds, which do read the disk, refuse what would lead out of the folder.
pub fn file(path: &str, accept_encoding: &str) -> Option<File> {
    if !is_name(path) {
        return None;
    }
    let compressed = Encoding::ALL.into_iter().find_map(|encoding| {
        if !encoding.is_accepted(accept_encoding) {
            return None;
        }
        let (bytes, hash) = stored(&format!("{path}{}", encoding.ending()))?;
        Some((bytes, hash, encoding))
    });
    let (bytes, hash, encoding) = match compressed {
        Some((bytes, hash, encoding)) => (bytes, hash, Some(encoding)),
        None => stored(path).map(|(bytes, hash)| (bytes, hash, None))?,
    };
    let content_type = content_type(path)?;
    Some(File { bytes, content_type, hash, encoding, immutable: path.starts_with(HASHED) })
}

/// The start page, or the page that says that there is none.
pub fn index(accept_encoding: &str) -> File {
    file(INDEX, accept_encoding).unwrap_or_else(|| File {
        bytes: Cow::Borrowed(PLACEHOLDER.as_bytes()),
        content_type: "text/html; charset=utf-8",
        hash: "placeholder".to_owned(),
        encoding: None,
        immutable: false,
    })
}

/// Whether this may name a file of the build: plain parts, none of which is hidden or leads upwards.
fn is_name(path: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '$' | '@');
    path.split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain))
}

/// The media type by the ending; nothing for what is not to be asked for by name.
fn content_type(path: &str) -> Option<&'static str> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(console_built)]
fn stored(path: &str) -> Option<(Cow<'static, [u8]>, String)> {
    use std::fmt::Write;

    let found = <Dist as rust_embed::RustEmbed>::get(path)?;
    let hash = found.metadata.sha256_hash();
    let hash = hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Some((found.data, hash))
}

#[cfg(not(console_built))]
const fn stored(_path: &str) -> Option<(Cow<'static, [u8]>, String)> {
    None
}

#[cfg(test)]
mod tests;
