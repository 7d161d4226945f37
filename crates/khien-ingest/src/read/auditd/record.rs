//! One audit line: its head, and the name=value pairs of its body.

use khien_model::Timestamp;

/// Which event a record belongs to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Stamp {
    /// When; `None` when `ausearch` wrote it in a way that cannot be read.
    pub(super) time: Option<Timestamp>,
    pub(super) serial: u64,
    /// Whether `ausearch -i` made the values readable: nothing is hex-encoded then.
    pub(super) interpreted: bool,
}

/// What stands before the body of a line.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Head<'a> {
    /// The machine, or an empty string.
    pub(super) node: &'a str,
    /// The record's type, such as `SYSCALL`.
    pub(super) kind: &'a str,
    pub(super) stamp: Stamp,
}

/// Splits a line into its head and its body; `None` when it is no audit record.
pub(super) fn split(line: &str) -> Option<(Head<'_>, &str)> {
    let (node, rest) = match line.strip_prefix("node=") {
        Some(rest) => rest.split_once(' ')?,
        None => ("", line),
    };
    let (kind, rest) = rest.trim_start().strip_prefix("type=")?.split_once(' ')?;
    let (stamp, body) = rest.trim_start().strip_prefix("msg=audit(")?.split_once(')')?;
    let body = body.trim_start();
    let body = body.strip_prefix(':').unwrap_or(body);
    (!kind.is_empty()).then_some(())?;
    Some((Head { node, kind, stamp: stamp_of(stamp)? }, body))
}

/// Reads `1679641500.123:456` or, from `ausearch -i`, `03/24/2023 07:05:00.123:456`.
fn stamp_of(text: &str) -> Option<Stamp> {
    let (time, serial) = text.rsplit_once(':')?;
    let serial = serial.parse().ok()?;
    let epoch = time.split_once('.').and_then(|(seconds, part)| {
        let nanos = seconds.parse::<i64>().ok()?.checked_mul(1_000_000_000)?;
        let digits = u32::try_from(part.len()).ok().filter(|digits| (1..=9).contains(digits))?;
        let scale = 10_i64.checked_pow(9_u32.checked_sub(digits)?)?;
        let part = i64::from(part.parse::<u32>().ok()?).checked_mul(scale)?;
        nanos.checked_add(part).map(Timestamp::from_nanos)
    });
    match epoch {
        Some(time) => Some(Stamp { time: Some(time), serial, interpreted: false }),
        None => Some(Stamp { time: interpreted_time(time), serial, interpreted: true }),
    }
}

/// Reads `03/24/2023 07:05:00.123` or `24/03/2023 …`, as far as the numbers tell which it is; month
/// first where they do not, as in the C locale. `ausearch` writes local time; it is taken as UTC.
fn interpreted_time(text: &str) -> Option<Timestamp> {
    let (date, clock) = text.split_once(' ')?;
    let mut parts = date.split(['/', '.', '-']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = if a.len() == 4 {
        (a, b, c)
    } else if a.parse::<u8>().ok()? > 12 {
        (c, b, a)
    } else {
        (c, a, b)
    };
    let century = if year.len() == 2 { "20" } else { "" };
    Timestamp::parse(&format!("{century}{year}-{month:0>2}-{day:0>2}T{clock}"))
}

/// Whether a record of this type is the last of its event; `joins` says whether others came before.
///
/// User-space records (types 1100 to 1299 and 2000 up in `linux/audit.h` and `libaudit.h`) come one
/// to an event; they are told by name because that is all a line has.
pub(super) fn completes(kind: &str, joins: bool) -> bool {
    const ALONE: [&str; 17] = [
        "ACCT_",
        "ADD_",
        "CHGRP_ID",
        "CHUSER_ID",
        "CRED_",
        "CRYPTO_",
        "DAEMON_",
        "DEL_",
        "GRP_",
        "LABEL_",
        "RESP_",
        "ROLE_",
        "SERVICE_",
        "SYSTEM_",
        "TRUSTED_APP",
        "USER_",
        "VIRT_",
    ];
    match kind {
        "EOE" | "PROCTITLE" => true,
        _ => !joins && ALONE.iter().any(|start| kind.starts_with(start)),
    }
}

/// A piece of a record's body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token<'a> {
    /// `name=value`.
    Pair(&'a str, Value<'a>),
    /// A word without an equals sign.
    Word(&'a str),
}

/// A value as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Value<'a> {
    /// Without quotes; the kernel hex-encodes text that needs quoting.
    Bare(&'a str),
    /// Between braces, which hold further pairs.
    Braced(&'a str),
    /// Between apostrophes, which hold further pairs.
    Nested(&'a str),
    /// Between double quotes: as it is.
    Quoted(&'a str),
}

/// Cuts a record's body into tokens.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) const fn new(body: &'a str) -> Self {
        Self { rest: body }
    }

    fn value(&mut self, after: &'a str) -> Value<'a> {
        let delimited = |open: char, close: &dyn Fn(&'a str) -> Option<usize>| {
            let inner = after.strip_prefix(open)?;
            let (value, rest) = inner.split_at_checked(close(inner)?)?;
            Some((value, rest.get(1..).unwrap_or_default()))
        };
        let quoted = delimited('"', &|inner| inner.find('"'));
        // User-space programs put what they were told between the apostrophes, apostrophes included.
        let nested = delimited('\'', &|inner| inner.split(ENRICHED).next()?.rfind('\''));
        let braced = delimited('{', &|inner| inner.find('}'));
        let (value, rest) = if let Some((value, rest)) = quoted {
            (Value::Quoted(value), rest)
        } else if let Some((value, rest)) = nested {
            (Value::Nested(value), rest)
        } else if let Some((value, rest)) = braced {
            (Value::Braced(value), rest)
        } else {
            let end = after.find([' ', ENRICHED]).unwrap_or(after.len());
            let (value, rest) = after.split_at_checked(end).unwrap_or((after, ""));
            (Value::Bare(value), rest)
        };
        self.rest = rest;
        value
    }
}

/// Stands between what the kernel said and what auditd looked up (`log_format = ENRICHED`).
const ENRICHED: char = '\x1d';

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let text = self.rest.trim_start_matches([' ', '\t', ENRICHED]);
        if text.is_empty() {
            return None;
        }
        let end = text.find([' ', ENRICHED, '=']).unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        match rest.strip_prefix('=') {
            Some(after) if !word.is_empty() => {
                let value = self.value(after);
                Some(Token::Pair(word, value))
            }
            Some(after) => {
                // A lone equals sign is a word of its own, with what clings to it.
                let end = after.find([' ', ENRICHED]).map_or(text.len(), |at| at.saturating_add(1));
                let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
                self.rest = rest;
                Some(Token::Word(word))
            }
            None => {
                self.rest = rest;
                Some(Token::Word(word))
            }
        }
    }
}
