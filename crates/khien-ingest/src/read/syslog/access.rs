//! Logs of web servers: Common and Combined Log Format, and the error logs of Apache and nginx.

use std::net::IpAddr;

use khien_model::{Event, Scalar, Timestamp};

use super::calendar;
use crate::normalize::{Sources, http};

/// One line of an access log.
#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    virtual_host: Option<&'a str>,
    client: &'a str,
    user: &'a str,
    timestamp: &'a str,
    time: Option<Timestamp>,
    request: &'a str,
    status: &'a str,
    bytes: &'a str,
    referrer: &'a str,
    user_agent: &'a str,
    /// What a server was told to add.
    rest: &'a str,
}

/// Reads `192.0.2.7 - - [24/Mar/2023:08:05:00 +0700] "GET / HTTP/1.1" 200 123 "ref" "agent"`, also
/// with the virtual host in front; `None` for any other line.
pub(super) fn parse(line: &str) -> Option<Request<'_>> {
    let (before, rest) = line.split_once(" [")?;
    let (timestamp, rest) = rest.split_once("] \"")?;
    let time = calendar::access_time(timestamp)?;
    let (first, after) = before.split_once(' ')?;
    let (second, third) = after.split_once(' ')?;
    // A user's name may hold spaces, so a virtual host is told by the address behind it.
    let (virtual_host, client, user) = match third.split_once(' ') {
        Some((_, user)) if second.parse::<IpAddr>().is_ok() => (Some(first), second, user),
        _ => (None, first, third),
    };
    let (request, rest) = quoted(rest)?;
    let (status, rest) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
    status.parse::<u16>().ok()?;
    let (bytes, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut found = Request {
        virtual_host,
        client,
        user,
        timestamp,
        time: Some(time),
        request,
        status,
        bytes,
        ..Request::default()
    };
    let agents = rest.strip_prefix('"').and_then(quoted).and_then(|(referrer, rest)| {
        let (user_agent, rest) = quoted(rest.trim_start().strip_prefix('"')?)?;
        Some((referrer, user_agent, rest))
    });
    match agents {
        Some((referrer, user_agent, rest)) => {
            (found.referrer, found.user_agent, found.rest) = (referrer, user_agent, rest.trim());
        }
        None => found.rest = rest.trim(),
    }
    Some(found)
}

/// Fills the event with a request, in the names of Sigma's `webserver` category.
///
/// `-` means absent in these formats, and rules test for that; `cs-uri-query` is the whole target,
/// as the rules want it.
pub(super) fn fill(event: &mut Event, request: &Request<'_>) {
    let mut push = |name: &str, value: &str| {
        if !value.is_empty() && value != "-" {
            event.push(name, Scalar::Str(value));
        }
    };
    push("timestamp", request.timestamp);
    push("cs-host", request.virtual_host.unwrap_or_default());
    push("c-ip", request.client);
    push("cs-username", request.user);
    match request_line(request.request) {
        Some((method, uri, version)) => {
            push("cs-method", method);
            push("cs-uri-query", uri);
            push("cs-version", version);
        }
        // Whatever was sent instead of a request is kept as it came.
        None => push("request", request.request),
    }
    push("cs-referer", request.referrer);
    push("cs-user-agent", request.user_agent);
    push("message", request.rest);
    for (name, text) in [("sc-status", request.status), ("sc-bytes", request.bytes)] {
        if let Ok(number) = text.parse() {
            event.push(name, Scalar::Int(number));
        }
    }
    offer(event);
    event.time = request.time.or(event.time);
}

/// Offers the request under the other names that Sigma has for its parts.
pub(super) fn offer(event: &mut Event) {
    if let Some(uri) = event.text_of("cs-uri-query").map(str::to_owned) {
        event.push_derived("cs-uri-stem", Scalar::Str(http::parts_of(&uri).stem));
        event.alias("cs-uri-query", "c-uri");
        event.alias("cs-user-agent", "c-useragent");
    }
    event.alias("c-ip", "src_ip");
}

/// Takes `GET /x HTTP/1.1` apart. The target may hold spaces when a server logs it unescaped.
fn request_line(line: &str) -> Option<(&str, &str, &str)> {
    let (method, rest) = line.split_once(' ')?;
    let is_method =
        !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    if !is_method {
        return None;
    }
    match rest.rsplit_once(' ') {
        Some((uri, version)) if version.starts_with("HTTP/") => Some((method, uri, version)),
        _ => Some((method, rest, "")),
    }
}

/// Reads up to the closing quote; a backslash protects a quote. The value stays as written.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some((text.get(..at)?, text.get(at.checked_add(1)?..)?)),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Fills the event when the line is one of an Apache or nginx error log; says whether it is.
///
/// Apache: `[Fri Mar 24 08:05:00.123456 2023] [core:notice] [pid 1:tid 2] text`; nginx:
/// `2023/03/24 08:05:00 [alert] 12#0: text`.
pub(super) fn fill_error_log(event: &mut Event, line: &str, sources: &mut Sources) -> bool {
    let apache = line.strip_prefix('[').and_then(|rest| {
        let (timestamp, rest) = rest.split_once("] [")?;
        let time = calendar::weekday_first(timestamp)?;
        let (level, message) = rest.split_once("] ")?;
        Some(("apache", timestamp, time, level, message))
    });
    let parsed = apache.or_else(|| {
        let (timestamp, time, rest) = calendar::iso_first(line)?;
        let (level, message) = rest.strip_prefix('[')?.split_once("] ")?;
        let (worker, _) = message.split_once(": ")?;
        let is_nginx = timestamp.contains('/') && worker.contains('#');
        is_nginx.then_some(("nginx", timestamp, time?, level, message))
    });
    let Some((service, timestamp, time, level, message)) = parsed else { return false };
    for (name, value) in [("timestamp", timestamp), ("severity", level), ("message", message)] {
        event.push(name, Scalar::Str(value));
    }
    event.time = Some(time);
    event.source = sources.get(None, Some(service), &[]);
    true
}
