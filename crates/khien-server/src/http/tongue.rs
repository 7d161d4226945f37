//! Faults in the form that their reader understands.

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use khien_text::Lang;

use super::{Fault, osquery, otlp, pages, site};

/// What a client speaks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tongue {
    /// osquery.
    Osquery,
    /// OpenTelemetry.
    Otlp(otlp::Encoding),
    /// What our own clients do, or a page where a person looks at it.
    Own {
        /// Whether a person looks at it.
        page: bool,
        /// In which language.
        lang: Lang,
    },
}

impl Tongue {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        if path.starts_with("/osquery/") {
            return Self::Osquery;
        }
        if path.starts_with("/otlp/") {
            let encoding = otlp::encoding_of(request.headers()).unwrap_or(otlp::Encoding::Json);
            return Self::Otlp(encoding);
        }
        let lang = pages::lang_of(request.headers(), request.uri().query());
        Self::Own { page: site::is_page(path), lang }
    }

    /// The answer that tells of a fault.
    pub(super) fn say(self, fault: Fault) -> Response {
        let (media, bytes) = match self {
            Self::Own { page, lang } => return fault.into_answer(page, lang),
            Self::Osquery => ("application/json", osquery::refusal(fault.sentence())),
            Self::Otlp(encoding) => (encoding.media(), otlp::refusal(encoding, &fault)),
        };
        // Status, and when to try again, are the same in all.
        let mut plain = fault.into_answer(false, Lang::En);
        let headers = plain.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media));
        let (mut parts, _) = plain.into_parts();
        // A client of OpenTelemetry throws away what is refused with other words than these.
        let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::INTERNAL_SERVER_ERROR];
        if matches!(self, Self::Otlp(_)) && passing.contains(&parts.status) {
            parts.status = StatusCode::SERVICE_UNAVAILABLE;
        }
        (parts, bytes).into_response()
    }
}
