//! The records of one audit event, put into one event.

use std::collections::BTreeMap;
use std::net::IpAddr;

use khien_model::{Event, EventClass, Scalar};

use super::decode::{self, Socket};
use super::record::{Token, Tokens, Value};
use super::{Group, syscalls};
use crate::normalize::Sources;

/// Fills the event from a group's records.
///
/// Names are auditd's own; a name that several records have becomes a list. The pointers `a0` to
/// `a3` of a SYSCALL record are called `syscall.a0` and so on where an EXECVE record tells the
/// arguments themselves, so that `a0` means one thing.
pub(super) fn fill(event: &mut Event, group: &Group, sources: &mut Sources) {
    event.clear();
    if !group.node.is_empty() {
        event.push("node", Scalar::Str(&group.node));
        event.set_host(&group.node);
    }
    event.time = group.stamp.time;
    event.push("serial", serial(group.stamp.serial));
    let mut filling = Filling {
        event,
        interpreted: group.stamp.interpreted,
        is_exec: group.records().any(|(kind, _)| kind == "EXECVE"),
        kind: "",
        arguments: BTreeMap::new(),
        path: None,
        is_created: false,
        created: Vec::new(),
        socket: None,
    };
    for (kind, body) in group.records() {
        filling.record(kind, body);
    }
    filling.push_arguments();
    filling.offer(sources);
}

/// Offers once more what [`fill`] offered of a group, from the fields as read alone.
///
/// Of several created files it is told apart which are new only where each `name` has its `nametype`.
pub(crate) fn offer_again(event: &mut Event, sources: &mut Sources) {
    let texts = |event: &Event, name| -> Vec<String> {
        event.values(name).filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let is_exec = texts(event, "type").iter().any(|kind| kind == "EXECVE");
    let (names, kinds) = (texts(event, "name"), texts(event, "nametype"));
    let pairs = names.iter().zip(&kinds).filter(|_| names.len() == kinds.len());
    let created = pairs.filter(|(_, kind)| *kind == "CREATE").map(|(name, _)| name.clone());
    let created = created.collect();
    let socket = texts(event, "saddr").iter().find_map(|value| decode::socket(value));
    // Numbers stand in records as the kernel writes them, words in those that `ausearch -i` wrote.
    let interpreted = texts(event, "syscall").iter().any(|call| call.parse::<u32>().is_err());
    let mut arguments: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for (name, value, _) in event.fields().filter(|_| is_exec) {
        if let Some((number, value)) = argument(name).zip(value.as_str()) {
            arguments.entry(number).or_default().extend(value.as_bytes());
        }
    }
    let (kind, path, is_created) = ("", None, false);
    Filling { event, interpreted, is_exec, kind, arguments, path, is_created, created, socket }
        .offer(sources);
}

fn serial(number: u64) -> Scalar<'static> {
    i64::try_from(number).map_or(Scalar::Null, Scalar::Int)
}

/// An event on its way.
struct Filling<'a> {
    event: &'a mut Event,
    interpreted: bool,
    is_exec: bool,
    /// The type of the record at hand.
    kind: &'a str,
    /// EXECVE arguments as bytes, because a long one comes in pieces.
    arguments: BTreeMap<u32, Vec<u8>>,
    /// The name in the PATH record at hand.
    path: Option<String>,
    is_created: bool,
    /// Names of PATH records that say a file was created.
    created: Vec<String>,
    socket: Option<Socket>,
}

impl<'a> Filling<'a> {
    fn record(&mut self, kind: &'a str, body: &'a str) {
        self.kind = kind;
        let is_new = !self.event.values("type").any(|known| known == Scalar::Str(kind));
        if is_new && (kind != "EOE" || !self.event.has("type")) {
            self.event.push("type", Scalar::Str(kind));
        }
        (self.path, self.is_created) = (None, false);
        match whole_value(kind, body).filter(|_| self.interpreted) {
            Some((name, value)) => self.event.push(name, Scalar::Str(value)),
            None => self.pairs(body),
        }
        if self.is_created
            && let Some(path) = self.path.take()
        {
            self.created.push(path);
        }
    }

    fn pairs(&mut self, body: &'a str) {
        let mut tokens = Tokens::new(body).peekable();
        let mut words = String::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(word) => join(&mut words, word),
                Token::Pair(name, Value::Bare(value)) => {
                    // What follows without a name of its own still belongs to this value.
                    let mut value = std::borrow::Cow::Borrowed(value);
                    while let Some(Token::Word(word)) = tokens.peek() {
                        join(value.to_mut(), word);
                        tokens.next();
                    }
                    self.bare(name, &value);
                }
                Token::Pair(name, Value::Quoted(value)) => self.text(name, value),
                Token::Pair("msg", Value::Nested(inner)) => self.nested(inner),
                Token::Pair(name, Value::Nested(value)) => self.text(name, value),
                Token::Pair(name, Value::Braced(inner)) => {
                    self.text(name, inner.trim());
                    self.nested(inner);
                }
            }
        }
        if !words.is_empty() {
            self.event.push("message", Scalar::Str(&words));
        }
    }

    /// Pairs inside a value; pairs inside those stay text.
    fn nested(&mut self, inner: &'a str) {
        let mut words = String::new();
        for token in Tokens::new(inner) {
            match token {
                Token::Word(word) => join(&mut words, word),
                Token::Pair(name, Value::Bare(value)) => {
                    // Older programs wrote `(hostname=?, addr=? res=success)`.
                    let value = match value.starts_with('(') {
                        true => value,
                        false => value.trim_end_matches([',', ')']),
                    };
                    self.bare(name.trim_start_matches('('), value);
                }
                Token::Pair(
                    name,
                    Value::Quoted(value) | Value::Nested(value) | Value::Braced(value),
                ) => self.text(name, value),
            }
        }
        if !words.is_empty() {
            self.event.push("message", Scalar::Str(&words));
        }
    }

    /// A value without quotes, which may be encoded.
    fn bare(&mut self, name: &str, value: &str) {
        if self.interpreted {
            return self.text(name, value);
        }
        if self.kind == "EXECVE"
            && let Some(number) = argument(name)
        {
            let bytes = decode::hex(value).unwrap_or_else(|| value.as_bytes().to_vec());
            return self.arguments.entry(number).or_default().extend(bytes);
        }
        if name == "saddr" {
            self.socket = self.socket.or_else(|| decode::socket(value));
        }
        match decode::hex(value).filter(|_| decode::is_encodable(name)) {
            None => self.text(name, value),
            Some(mut bytes) => {
                if name == "proctitle" {
                    // The arguments stand there with a zero byte behind each.
                    while bytes.last() == Some(&0) {
                        bytes.pop();
                    }
                    bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
                }
                self.text(name, &String::from_utf8_lossy(&bytes));
            }
        }
    }

    /// A value that is plain text by now.
    fn text(&mut self, name: &str, value: &str) {
        if self.kind == "EXECVE"
            && let Some(number) = argument(name)
        {
            return self.arguments.entry(number).or_default().extend(value.as_bytes());
        }
        match (self.kind, name) {
            ("PATH", "name") => self.path = Some(value.to_owned()),
            ("PATH", "nametype") => self.is_created = value == "CREATE",
            (_, "key") => {
                // Several keys of one rule stand in one value.
                return value.split('\x01').for_each(|key| self.event.push(name, Scalar::Str(key)));
            }
            _ => {}
        }
        // Registers of a system call, say, are no arguments of the program that it started.
        if self.is_exec && argument(name).is_some() {
            let name = format!("{}.{name}", self.kind.to_ascii_lowercase());
            return self.event.push(&name, Scalar::Str(value));
        }
        self.event.push(name, Scalar::Str(value));
    }

    /// Offers everything under the names that rules ask for, and says what happened.
    fn offer(mut self, sources: &mut Sources) {
        self.command_line();
        self.system_call();
        let (network, created) = (self.connection(), self.created_files());
        let event = self.event;
        event.alias("exe", "Image");
        event.alias("pid", "ProcessId");
        event.alias("cwd", "CurrentDirectory");
        event.alias("proctitle", "CommandLine");
        if self.is_exec {
            event.alias("ppid", "ParentProcessId");
        }
        match event.text_of("uid") {
            _ if event.has("UID") => event.alias("UID", "User"),
            Some("0") => event.push_derived("User", Scalar::Str("root")),
            _ => event.alias("uid", "User"),
        }
        let mut categories = Vec::with_capacity(3);
        let happened = [
            (self.is_exec, "process_creation", EventClass::Process),
            (network, "network_connection", EventClass::Network),
            (created, "file_event", EventClass::File),
            (is_authentication(event), "", EventClass::Authentication),
        ];
        for (_, category, class) in happened.into_iter().filter(|(happened, ..)| *happened) {
            if event.class == EventClass::Other {
                event.class = class;
            }
            if !category.is_empty() {
                categories.push(category);
            }
        }
        event.source = sources.get(Some("linux"), Some("auditd"), &categories);
    }

    fn push_arguments(&mut self) {
        for (number, bytes) in &self.arguments {
            let value = String::from_utf8_lossy(bytes);
            self.event.push(&format!("a{number}"), Scalar::Str(&value));
        }
    }

    fn command_line(&mut self) {
        let mut line = String::new();
        for bytes in self.arguments.values() {
            join(&mut line, &String::from_utf8_lossy(bytes));
        }
        if self.is_exec {
            self.event.push_derived("CommandLine", Scalar::Str(&line));
        }
    }

    fn system_call(&mut self) {
        self.event.alias("SADDR", "saddr");
        if self.event.has("SYSCALL") {
            return;
        }
        let number = self.event.text_of("syscall").and_then(|number| number.parse().ok());
        let name = number
            .zip(self.event.text_of("arch"))
            .and_then(|(number, arch)| syscalls::name(arch, number));
        match name {
            Some(name) => self.event.push_derived("SYSCALL", Scalar::Str(name)),
            None if self.interpreted => self.event.alias("syscall", "SYSCALL"),
            None => {}
        }
    }

    /// Offers where a connection went; says whether the event is one.
    fn connection(&mut self) -> bool {
        let decoded = self.socket.or_else(|| {
            let ip: IpAddr = self.event.text_of("laddr")?.parse().ok()?;
            Some(Socket { ip, port: self.event.text_of("lport")?.parse().ok()? })
        });
        let is_connect = self.event.text_of("SYSCALL") == Some("connect");
        let Some(to) = decoded.filter(|_| is_connect) else { return false };
        self.event.push_derived("DestinationIp", Scalar::Str(&to.ip.to_string()));
        self.event.push_derived("DestinationPort", Scalar::Int(i64::from(to.port)));
        self.event.push_derived("Initiated", Scalar::Str("true"));
        true
    }

    /// Offers the created file under Sigma's name, as a whole path; says whether there is one.
    ///
    /// An event has one `TargetFilename`, so of several created files it is the last: the others
    /// are the directories made on the way, and all are in `name` anyway.
    fn created_files(&mut self) -> bool {
        let Some(path) = self.created.last() else { return false };
        let whole = match self.event.text_of("cwd") {
            Some(directory) if !path.starts_with('/') => {
                format!("{}/{}", directory.trim_end_matches('/'), path.trim_start_matches("./"))
            }
            _ => path.clone(),
        };
        self.event.push_derived("TargetFilename", Scalar::Str(&whole));
        true
    }
}

/// Records whose body is one value; `ausearch -i` writes it without quotes, spaces and all.
fn whole_value<'a>(kind: &str, body: &'a str) -> Option<(&'static str, &'a str)> {
    let name = match kind {
        "PROCTITLE" => "proctitle",
        "CWD" => "cwd",
        _ => return None,
    };
    let value = body.trim_start().strip_prefix(name)?.strip_prefix('=')?;
    Some((name, value.trim_end()))
}

/// The number of an EXECVE argument: `a2`, or a piece of it, `a2[0]`.
fn argument(name: &str) -> Option<u32> {
    let number = name.strip_prefix('a')?;
    let number = number.split_once('[').map_or(number, |(number, _)| number);
    number.parse().ok()
}

fn join(line: &mut String, word: &str) {
    if !line.is_empty() {
        line.push(' ');
    }
    line.push_str(word);
}

/// Logons and what belongs to them (`linux/audit.h` and `libaudit.h`, types 1100 to 1113).
fn is_authentication(event: &Event) -> bool {
    event.values("type").filter_map(Scalar::as_str).any(|kind| {
        matches!(
            kind,
            "CRED_ACQ"
                | "CRED_DISP"
                | "CRED_REFR"
                | "LOGIN"
                | "USER_ACCT"
                | "USER_AUTH"
                | "USER_END"
                | "USER_ERR"
                | "USER_LOGIN"
                | "USER_LOGOUT"
                | "USER_START"
        )
    })
}
