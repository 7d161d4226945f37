//! The header of a syslog line: priority, time, host, program.

use std::borrow::Cow;

use khien_model::{Event, Scalar, Timestamp};

use super::calendar::{self, Day};

/// Names by number. Source: RFC 5424, table 1; the words are those of `logger(1)`.
const FACILITIES: [&str; 24] = [
    "kern",
    "user",
    "mail",
    "daemon",
    "auth",
    "syslog",
    "lpr",
    "news",
    "uucp",
    "cron",
    "authpriv",
    "ftp",
    "ntp",
    "security",
    "console",
    "solaris-cron",
    "local0",
    "local1",
    "local2",
    "local3",
    "local4",
    "local5",
    "local6",
    "local7",
];

/// Names by number. Source: RFC 5424, table 2.
const SEVERITIES: [&str; 8] =
    ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// What programs write behind the time where a syslog daemon writes the host.
const LEVELS: [&str; 10] =
    ["critical", "debug", "error", "fatal", "info", "notice", "panic", "trace", "warn", "warning"];

/// What the header of a line says.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    priority: Option<usize>,
    /// The time as written.
    timestamp: Option<&'a str>,
    time: Option<Timestamp>,
    host: Option<&'a str>,
    pub(super) program: Option<&'a str>,
    pid: Option<&'a str>,
    message_id: Option<&'a str>,
    /// Structured data: element id, parameter name, value.
    data: Vec<(&'a str, &'a str, String)>,
    pub(super) message: &'a str,
}

impl<'a> Header<'a> {
    /// Reads the header; `None` when the line has none.
    pub(super) fn parse(line: &'a str, named: Option<Day>) -> Option<Self> {
        let line = without_frame_length(line);
        if let Some((priority, rest)) = priority(line) {
            let header = match rest.strip_prefix("1 ") {
                Some(rest) => Self::rfc5424(rest),
                None => Self::dated(rest, named),
            };
            let header = header.unwrap_or_else(|| Self::tagged(rest));
            return Some(Self { priority: Some(priority), ..header });
        }
        Self::dated(line, named)
    }

    /// The facility's name.
    pub(super) fn facility(&self) -> Option<&'static str> {
        FACILITIES.get(self.priority?.checked_div(8)?).copied()
    }

    /// Whether this is surely a syslog daemon's, and not that of a program which writes the time first.
    pub(super) fn is_of_a_daemon(&self) -> bool {
        let is_level = |host: &str| {
            let word = host.trim_matches(['[', ']', ':']);
            LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level))
        };
        let is_named = self.host.is_some_and(|host| !is_level(host)) && self.program.is_some();
        self.priority.is_some() || is_named && self.timestamp.is_some()
    }

    /// The line that this was read from, with the whole time where it says no year, and with this one where it says
    /// none.
    pub(super) fn in_full<'l>(&self, line: &'l str, seen: Timestamp) -> Cow<'l, str> {
        if self.timestamp.is_none() {
            return self.dated_as(line, seen).map_or(Cow::Borrowed(line), Cow::Owned);
        }
        let without_year = self.timestamp.filter(|text| {
            calendar::month_first(text, None).is_some_and(|(_, time, _)| time.is_none())
        });
        match without_year.zip(self.time) {
            Some((text, time)) => Cow::Owned(line.replacen(text, &time.to_string(), 1)),
            None => Cow::Borrowed(line),
        }
    }

    /// The same line with this time behind its priority; nothing where it would read as another then.
    fn dated_as(&self, line: &str, time: Timestamp) -> Option<String> {
        let line = without_frame_length(line);
        let (_, rest) = priority(line)?;
        let before = line.strip_suffix(rest)?;
        let dated = match rest.strip_prefix("1 - ") {
            Some(rest) => format!("{before}1 {time} {rest}"),
            None => format!("{before}{time} {rest}"),
        };
        let read = Header::parse(&dated, None)?;
        let is_same = (read.host, read.program, read.pid, read.message)
            == (self.host, self.program, self.pid, self.message);
        is_same.then(|| dated.clone())
    }

    /// Fills the event with all but the message.
    pub(super) fn fill(&self, event: &mut Event) {
        let mut push = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                event.push(name, Scalar::Str(value));
            }
        };
        let severity = self.priority.and_then(|priority| SEVERITIES.get(priority % 8));
        push("facility", self.facility());
        push("severity", severity.copied());
        push("timestamp", self.timestamp);
        push("hostname", self.host);
        push("program", self.program);
        push("msgid", self.message_id);
        for (id, name, value) in &self.data {
            push(&format!("sd.{id}.{name}"), Some(value));
        }
        match self.pid.map(|pid| (pid, pid.parse::<i64>())) {
            Some((_, Ok(number))) => event.push("pid", Scalar::Int(number)),
            Some((text, Err(_))) => event.push("pid", Scalar::Str(text)),
            None => {}
        }
        event.time = self.time;
        event.set_host(self.host.unwrap_or_default());
    }

    /// Reads what follows `<34>1 `: time, host, program, process id, message id, structured data.
    fn rfc5424(text: &'a str) -> Option<Self> {
        let mut rest = text;
        let mut word = || {
            let (word, tail) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = tail;
            Some(word).filter(|word| *word != "-" && !word.is_empty())
        };
        let (timestamp, host, program) = (word(), word(), word());
        let (pid, message_id) = (word(), word());
        let time = timestamp.and_then(Timestamp::parse);
        // Not even a time: the `1` was not a version.
        if timestamp.is_some() && time.is_none() {
            return None;
        }
        let mut header =
            Self { timestamp, time, host, program, pid, message_id, ..Self::default() };
        let rest = rest.strip_prefix('-').unwrap_or_else(|| header.structured_data(rest));
        let message = rest.strip_prefix(' ').unwrap_or(rest);
        header.message = message.strip_prefix('\u{feff}').unwrap_or(message);
        Some(header)
    }

    /// Reads `[id name="value" ...]...` and says what follows; data that breaks off is message.
    fn structured_data(&mut self, text: &'a str) -> &'a str {
        let mut rest = text;
        while let Some((element, tail)) = rest.strip_prefix('[').and_then(element) {
            self.data.extend(element);
            rest = tail;
        }
        rest
    }

    /// Reads a time and what follows it: a host, and a tag.
    fn dated(text: &'a str, named: Option<Day>) -> Option<Self> {
        let text = text.trim_start();
        // Cisco devices mark a clock that is not synchronised.
        let text = text.trim_start_matches(['*', '.']);
        if let Some((timestamp, time, rest)) = calendar::month_first(text, named) {
            let rest = rest.trim_start();
            return Some(Self { timestamp: Some(timestamp), time, ..Self::hosted(rest) });
        }
        let (timestamp, time, rest) = calendar::iso_first(text)?;
        // With a `T` it is a syslog daemon's line; with a space a program's own, without a host.
        let header = match timestamp.as_bytes().get(10) {
            Some(b'T') => Self::hosted(rest),
            _ => Self { message: rest, ..Self::default() },
        };
        Some(Self { timestamp: Some(timestamp), time, ..header })
    }

    /// Reads `host program[pid]: message`; the host may be missing, as it is in `/dev/log`.
    fn hosted(text: &'a str) -> Self {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        let is_tag = first.ends_with(':')
            || (first.contains('[') && first.contains(']'))
            || is_appliance_format(first);
        // Cisco devices put a colon between themselves and the message.
        if is_tag && !rest.starts_with(": ") {
            return Self::tagged(text);
        }
        let rest = rest.trim_start();
        Self { host: Some(first), ..Self::tagged(rest.strip_prefix(": ").unwrap_or(rest)) }
    }

    /// Reads `program[pid]: message` or `program: message`; anything else is message.
    fn tagged(text: &'a str) -> Self {
        let message_only = Self { message: text, ..Self::default() };
        if is_appliance_format(text) {
            return message_only;
        }
        let Some(end) = text.find([' ', ':', '[']) else { return message_only };
        let Some((program, rest)) = text.split_at_checked(end) else { return message_only };
        if program.is_empty() {
            return message_only;
        }
        if let Some(rest) = rest.strip_prefix(':') {
            let message = rest.strip_prefix(' ').unwrap_or(rest);
            return Self { program: Some(program), message, ..Self::default() };
        }
        let Some((pid, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            return message_only;
        };
        // macOS writes `process[1] <Notice>: message` and `launchd[1] (com.apple.x): message`.
        let message = match rest.split_once(": ") {
            Some((between, message)) if is_remark(between) => message,
            _ => rest.strip_prefix(':').unwrap_or(rest),
        };
        let message = message.strip_prefix(' ').unwrap_or(message);
        Self { program: Some(program), pid: Some(pid), message, ..Self::default() }
    }
}

/// Drops the length that RFC 6587 puts before a line sent over TCP.
fn without_frame_length(line: &str) -> &str {
    let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
    match after.strip_prefix(' ') {
        Some(rest) if after.len() < line.len() && rest.starts_with('<') => rest,
        _ => line,
    }
}

/// Takes `<34>` off the front: facility times eight plus severity, at most 191.
fn priority(line: &str) -> Option<(usize, &str)> {
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number = number.parse().ok().filter(|number| is_number && *number <= 191)?;
    Some((number, rest))
}

/// Whether this is CEF or LEEF, which would read as the tag of a program.
pub(super) fn is_appliance_format(text: &str) -> bool {
    text.starts_with("CEF:") || text.starts_with("LEEF:")
}

fn is_remark(text: &str) -> bool {
    let text = text.trim_start();
    text.is_empty()
        || (text.starts_with('<') && text.ends_with('>'))
        || (text.starts_with('(') && text.ends_with(')'))
}

/// The parameters of one element: its id with the name and the value of each, and what follows it.
type Element<'a> = (Vec<(&'a str, &'a str, String)>, &'a str);

/// Reads an element of structured data from behind its `[`; `None` when it breaks off.
fn element(text: &str) -> Option<Element<'_>> {
    let end = text.find([' ', ']'])?;
    let (id, mut rest) = text.split_at_checked(end)?;
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(tail) = rest.strip_prefix(']') {
            // An element without parameters says something by being there.
            if found.is_empty() {
                found.push((id, "", String::new()));
            }
            return Some((found, tail));
        }
        let (name, tail) = rest.split_once("=\"")?;
        let (value, tail) = quoted(tail)?;
        found.push((id, name, value));
        rest = tail;
    }
}

/// Reads up to the closing quote; a backslash protects a quote, a backslash and a bracket.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(at.checked_add(1)?..)?)),
            '\\' => match chars.next()? {
                (_, c @ ('"' | '\\' | ']')) => value.push(c),
                (_, c) => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}
