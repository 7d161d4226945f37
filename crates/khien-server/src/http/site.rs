//! What no operation answers: static files, and the console's page for every path of its own.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_wire::ProblemCode;

use super::{Fault, pages};
use crate::app::App;
use crate::files::StaticFile;

/// Whether a path is for machines: errors are JSON, and nothing is kept by caches.
pub(super) fn is_api(path: &str) -> bool {
    path == "/api"
        || path.starts_with("/api/")
        || path == "/elastic"
        || path.starts_with("/elastic/")
        || path.starts_with("/osquery/")
        || path.starts_with("/otlp/")
        || matches!(path, "/healthz" | "/metrics" | "/readyz")
}

/// Whether a path is one of our own pages.
pub(super) fn is_page(path: &str) -> bool {
    matches!(path, "/login" | "/logout" | "/pages.css") || path.starts_with("/setup/")
}

/// Answers with a file or with the console's page.
pub(super) fn answer(app: &App, request: &Request) -> Response {
    let path = request.uri().path();
    let lang = pages::lang_of(request.headers(), request.uri().query());
    if is_api(path) {
        return Fault::new(ProblemCode::NotFound).into_answer(false, lang);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Fault::new(ProblemCode::MethodNotAllowed).into_answer(is_page(path), lang);
    }
    let word = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let encodings = word(header::ACCEPT_ENCODING).unwrap_or_default();
    let known = word(header::IF_NONE_MATCH).unwrap_or_default();
    let path = path.trim_start_matches('/');
    // Names of files have a dot; the console's own paths have none in their last part.
    let last = path.rsplit('/').next().unwrap_or_default();
    let found = if path.is_empty() { None } else { app.files.file(path, encodings) };
    if let Some(file) = found {
        return send(file, known);
    }
    if last.contains('.') || is_page(request.uri().path()) {
        return Fault::new(ProblemCode::NotFound).into_answer(true, lang);
    }
    match app.files.index(encodings) {
        Some(file) => send(file, known),
        None => pages::no_console(lang),
    }
}

fn send(file: StaticFile, known: &str) -> Response {
    let tag = format!("\"{}\"", file.hash);
    let fresh =
        known == "*" || known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        axum::body::Bytes::from(file.bytes.into_owned()).into_response()
    };
    let keep = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let values = [
        (header::ETAG, Some(tag.as_str())),
        (header::CONTENT_TYPE, Some(&*file.content_type)),
        (header::CONTENT_ENCODING, file.encoding),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
