//! Static files: the console is given to the server by whoever builds both in.

use std::borrow::Cow;

/// A file as it is sent.
#[derive(Clone, Debug)]
pub struct StaticFile {
    /// Its bytes, encoded as `encoding` says.
    pub bytes: Cow<'static, [u8]>,
    /// Media type.
    pub content_type: Cow<'static, str>,
    /// A hash of the bytes, for `ETag`, without quotes.
    pub hash: Cow<'static, str>,
    /// `Content-Encoding`, such as `br` or `gzip`.
    pub encoding: Option<&'static str>,
    /// Whether the name changes with the content, so that browsers may keep it for good.
    pub immutable: bool,
}

/// Where static files are found.
pub trait StaticFiles: Send + Sync {
    /// The file of this path (`assets/app.js`, without a slash before it), in the best form that the
    /// browser takes; `accept_encoding` is what it says about that. Nothing where there is none.
    fn file(&self, path: &str, accept_encoding: &str) -> Option<StaticFile>;

    /// The page for every other path: the console finds its own way. Nothing where no console is built in.
    fn index(&self, accept_encoding: &str) -> Option<StaticFile> {
        self.file("index.html", accept_encoding)
    }
}

/// No console: the server shows a page that says so.
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

impl StaticFiles for NoFiles {
    fn file(&self, _path: &str, _accept_encoding: &str) -> Option<StaticFile> {
        None
    }
}
