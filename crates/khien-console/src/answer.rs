//! A whole answer of HTTP to a `GET`: status, headers, body. Headers that all answers of a server
//! have, such as its content-security policy, are the server's.

use std::borrow::Cow;

use crate::{File, file, index};

/// How the answer begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    /// There is no such file.
    NotFound,
    /// The browser has it already.
    NotModified,
    /// Here it is.
    Ok,
}

impl Status {
    /// The number.
    pub const fn code(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::NotModified => 304,
            Self::Ok => 200,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Answer {
    /// How it begins.
    pub status: Status,
    /// Names in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty unless the status is [`Status::Ok`].
    pub body: Cow<'static, [u8]>,
}

/// The answer to a path of the address such as `/assets/index-a1b2.js`, with what the browser says in
/// `Accept-Encoding` and `If-None-Match`.
///
/// Every path that is no file gets the start page, because the console finds its own way; only below
/// `/assets/` a missing file is missing, so that a page of an older build learns that it is old.
pub fn answer(path: &str, accept_encoding: &str, if_none_match: &str) -> Answer {
    let name = path.strip_prefix('/').unwrap_or(path);
    match file(name, accept_encoding) {
        Some(found) => of_file(found, if_none_match),
        None if name.starts_with("assets/") => {
            let headers = vec![("cache-control", "no-store".to_owned())];
            Answer { status: Status::NotFound, headers, body: Cow::Borrowed(&[]) }
        }
        None => of_file(index(accept_encoding), if_none_match),
    }
}

fn of_file(found: File, if_none_match: &str) -> Answer {
    let tag = format!("\"{}\"", found.hash);
    let keeping = if found.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut headers = vec![
        ("cache-control", keeping.to_owned()),
        ("etag", tag.clone()),
        ("vary", "accept-encoding".to_owned()),
    ];
    if is_known(if_none_match, &tag) {
        return Answer { status: Status::NotModified, headers, body: Cow::Borrowed(&[]) };
    }
    headers.push(("content-type", found.content_type.to_owned()));
    headers.extend(found.encoding.map(|form| ("content-encoding", form.word().to_owned())));
    Answer { status: Status::Ok, headers, body: found.bytes }
}

/// Whether `If-None-Match` names this tag. A proxy may have made the tag a weak one.
fn is_known(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        answer.headers.iter().find(|(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn pages_are_asked_for_again_and_answered_shortly() {
        let page = answer("/admin/accounts/7", "br", "");
        assert_eq!(page.status, Status::Ok);
        assert_eq!(header(&page, "cache-control"), Some("no-cache"));
        assert_eq!(header(&page, "vary"), Some("accept-encoding"));
        let tag = header(&page, "etag").unwrap().to_owned();
        for given in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()]
        {
            let again = answer("/", "br", &given);
            assert_eq!((again.status.code(), again.body.len()), (304, 0), "{given}");
            assert_eq!(header(&again, "etag"), Some(tag.as_str()));
        }
        assert_eq!(answer("/", "br", "\"other\"").status, Status::Ok);
    }

    #[test]
    fn a_file_of_an_older_build_is_missing() {
        let gone = answer("/assets/index-gone.js", "br", "*");
        assert_eq!((gone.status.code(), gone.body.len()), (404, 0));
        assert_eq!(header(&gone, "cache-control"), Some("no-store"));
    }

    #[test]
    fn paths_of_others_are_pages_of_the_console_and_never_files() {
        for path in ["/../Cargo.toml", "//etc/passwd", "/.stamp", "/index.html.br", ""] {
            let page = answer(path, "", "");
            assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"), "{path}");
        }
    }

    #[cfg(console_built)]
    #[test]
    fn files_with_a_hash_in_the_name_are_kept_for_good() {
        let page = answer("/", "", "");
        let text = String::from_utf8_lossy(&page.body).into_owned();
        let (_, rest) = text.split_once("src=\"").unwrap();
        let script = answer(rest.split_once('"').unwrap().0, "gzip, br", "");
        assert_eq!(header(&script, "cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(header(&script, "content-encoding"), Some("br"));
        assert_eq!(header(&script, "content-type"), Some("text/javascript; charset=utf-8"));
    }
}
