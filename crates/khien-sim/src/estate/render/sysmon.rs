//! Sysmon and Windows Installer events as `evtx_dump -o jsonl` writes them.

use super::super::draft::{Body, Draft, Link, Proc};
use super::super::host::Host;
use super::super::shelf::FileEntry;
use super::super::text::{push_hex, push_number};
use super::super::world::World;
use super::network;
use super::stamp::{push_fraction, push_moment};
use crate::calendar::SimTime;

/// Appends one event; `number` is its record identifier.
pub(super) fn line(world: &World, host: &Host, draft: &Draft, number: u64, out: &mut String) {
    let id = match draft.body {
        Body::Start { .. } => 1,
        Body::Connect { .. } => 3,
        Body::End { .. } => 5,
        Body::Load { .. } => 7,
        Body::File { .. } => 11,
        Body::Registry { .. } => 13,
        Body::Query { .. } => 22,
        Body::Installer { id, .. } => u64::from(id),
        _ => return,
    };
    let writer = Writer { world, host, utc: draft.time.plus_ms(-i64::from(draft.lag_ms)) };
    if let Body::Installer { file, .. } = draft.body {
        return writer.installer(world.shelf.file_of(file), id, draft.time, number, out);
    }
    head(host, draft.time, (id, version_of(id)), number, out);
    match draft.body {
        Body::Start { process, parent } => writer.start(&process, &parent, out),
        Body::Connect { process, link } => writer.connection(&process, &link, out),
        Body::End { process } => {
            writer.subject(&process, "", out);
            writer.user(&process, out);
        }
        Body::Load { process, file } => writer.load(&process, world.shelf.file_of(file), out),
        Body::File { process, path, number, .. } => {
            writer.subject(&process, "", out);
            out.push_str(",\"TargetFilename\":\"");
            world.shelf.text_of(path).push(out, &host.user, number);
            out.push_str("\",\"CreationUtcTime\":\"");
            push_utc(out, writer.utc);
            out.push('"');
            writer.user(&process, out);
        }
        Body::Registry { process, key, value } => {
            writer.subject(&process, ",\"EventType\":\"SetValue\"", out);
            out.push_str(",\"TargetObject\":\"");
            writer.with_sid(key, out);
            out.push_str("\",\"Details\":\"");
            world.shelf.text_of(value).push(out, &host.user, 0);
            out.push('"');
            writer.user(&process, out);
        }
        Body::Query { process, link } => writer.query(&process, &link, out),
        _ => {}
    }
    out.push_str("}}}");
}

/// The version that Sysmon 14 gives to an event of this id.
fn version_of(id: u64) -> u64 {
    match id {
        1 | 3 | 22 => 5,
        5 | 7 => 3,
        _ => 2,
    }
}

fn head(host: &Host, time: SimTime, (id, version): (u64, u64), number: u64, out: &mut String) {
    out.push_str(
        "{\"Event\":{\"#attributes\":{\"xmlns\":\
         \"http://schemas.microsoft.com/win/2004/08/events/event\"},\"System\":{\"Provider\":\
         {\"#attributes\":{\"Name\":\"Microsoft-Windows-Sysmon\",\"Guid\":\
         \"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}\"}},\"EventID\":",
    );
    push_number(out, id);
    out.push_str(",\"Version\":");
    push_number(out, version);
    out.push_str(",\"Level\":4,\"Task\":");
    push_number(out, id);
    out.push_str(
        ",\"Opcode\":0,\"Keywords\":\"0x8000000000000000\",\"TimeCreated\":{\"#attributes\":\
         {\"SystemTime\":\"",
    );
    push_moment(out, time, 0, 'T');
    push_fraction(out, time, 6);
    out.push_str("0Z\"}},\"EventRecordID\":");
    push_number(out, number);
    out.push_str(",\"Correlation\":null,\"Execution\":{\"#attributes\":{\"ProcessID\":");
    push_number(out, 2_400 + u64::from(host.index % 900) * 4);
    out.push_str(",\"ThreadID\":");
    push_number(out, 3_200 + u64::from(host.index % 700) * 4);
    out.push_str("}},\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"Computer\":\"");
    out.push_str(&host.name);
    out.push_str("\",\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},\"EventData\":{");
}

struct Writer<'a> {
    world: &'a World,
    host: &'a Host,
    /// When it happened, by the host's clock.
    utc: SimTime,
}

impl Writer<'_> {
    fn subject(&self, process: &Proc, extra: &str, out: &mut String) {
        out.push_str("\"RuleName\":\"-\"");
        out.push_str(extra);
        out.push_str(",\"UtcTime\":\"");
        push_utc(out, self.utc);
        out.push_str("\",\"ProcessGuid\":\"");
        self.guid(process, out);
        out.push_str("\",\"ProcessId\":");
        push_number(out, process.pid.into());
        out.push_str(",\"Image\":\"");
        self.world.shelf.file_of(process.file).path.push(out, &self.host.user, 0);
        out.push('"');
    }

    fn user(&self, process: &Proc, out: &mut String) {
        out.push_str(",\"User\":\"");
        self.account(process, out);
        out.push('"');
    }

    fn account(&self, process: &Proc, out: &mut String) {
        if process.person {
            out.push_str("LAMSON\\\\");
            out.push_str(&self.host.user);
        } else {
            out.push_str("NT AUTHORITY\\\\SYSTEM");
        }
    }

    fn start(&self, process: &Proc, parent: &Proc, out: &mut String) {
        let entry = self.world.shelf.file_of(process.file);
        self.subject(process, "", out);
        resource(entry, out);
        out.push_str(",\"CommandLine\":\"");
        self.command(process, out);
        out.push_str("\",\"CurrentDirectory\":\"C:\\\\Windows\\\\system32\\\\\"");
        self.user(process, out);
        out.push_str(",\"LogonGuid\":\"{");
        out.push_str(&self.host.machine);
        out.push_str("-8d1c-6403-0000-0020");
        let logon =
            if process.person { 0x0002_081b + u64::from(self.host.index) * 0x31 } else { 0x3e7 };
        push_hex(out, logon.swap_bytes() >> 32, 8);
        out.push_str("}\",\"LogonId\":\"0x");
        push_hex(out, logon, if logon > 0xfff { 5 } else { 3 });
        out.push_str(if process.person {
            "\",\"TerminalSessionId\":1,\"IntegrityLevel\":\"Medium\",\"Hashes\":\""
        } else {
            "\",\"TerminalSessionId\":0,\"IntegrityLevel\":\"System\",\"Hashes\":\""
        });
        out.push_str(&entry.hashes);
        out.push_str("\",\"ParentProcessGuid\":\"");
        self.guid(parent, out);
        out.push_str("\",\"ParentProcessId\":");
        push_number(out, parent.pid.into());
        out.push_str(",\"ParentImage\":\"");
        self.world.shelf.file_of(parent.file).path.push(out, &self.host.user, 0);
        out.push_str("\",\"ParentCommandLine\":\"");
        self.command(parent, out);
        out.push_str("\",\"ParentUser\":\"");
        self.account(parent, out);
        out.push('"');
    }

    /// A resident's command line is its path.
    fn command(&self, process: &Proc, out: &mut String) {
        let text = if process.command == self.world.residents.nothing {
            &self.world.shelf.file_of(process.file).path
        } else {
            self.world.shelf.text_of(process.command)
        };
        text.push(out, &self.host.user, 0);
    }

    fn load(&self, process: &Proc, entry: &FileEntry, out: &mut String) {
        self.subject(process, "", out);
        out.push_str(",\"ImageLoaded\":\"");
        entry.path.push(out, &self.host.user, 0);
        out.push('"');
        resource(entry, out);
        out.push_str(",\"Hashes\":\"");
        out.push_str(&entry.hashes);
        if entry.signer.is_empty() {
            out.push_str(
                "\",\"Signed\":\"false\",\"Signature\":\"-\",\"SignatureStatus\":\"Unavailable\"",
            );
        } else {
            out.push_str("\",\"Signed\":\"true\",\"Signature\":\"");
            out.push_str(&entry.signer);
            out.push_str("\",\"SignatureStatus\":\"Valid\"");
        }
        self.user(process, out);
    }

    fn connection(&self, process: &Proc, link: &Link, out: &mut String) {
        self.subject(process, "", out);
        self.user(process, out);
        out.push_str(
            ",\"Protocol\":\"tcp\",\"Initiated\":true,\"SourceIsIpv6\":false,\"SourceIp\":\"",
        );
        out.push_str(&self.host.address);
        out.push_str("\",\"SourceHostname\":\"-\",\"SourcePort\":");
        push_number(out, link.source_port.into());
        out.push_str(",\"SourcePortName\":\"-\",\"DestinationIsIpv6\":false,\"DestinationIp\":\"");
        let (address, port) = network::destination(self.world, link);
        out.push_str(address);
        out.push_str("\",\"DestinationHostname\":\"-\",\"DestinationPort\":");
        push_number(out, port.into());
        out.push_str(",\"DestinationPortName\":\"-\"");
    }

    fn query(&self, process: &Proc, link: &Link, out: &mut String) {
        out.push_str("\"RuleName\":\"-\",\"UtcTime\":\"");
        push_utc(out, self.utc);
        out.push_str("\",\"ProcessGuid\":\"");
        self.guid(process, out);
        out.push_str("\",\"ProcessId\":");
        push_number(out, process.pid.into());
        out.push_str(",\"QueryName\":\"");
        network::push_name(self.world, link, out);
        out.push_str("\",\"QueryStatus\":\"0\",\"QueryResults\":\"::ffff:");
        out.push_str(&self.world.shelf.name_of(link.name).address);
        out.push_str(";\",\"Image\":\"");
        self.world.shelf.file_of(process.file).path.push(out, &self.host.user, 0);
        out.push('"');
        self.user(process, out);
    }

    /// Machine, start, running number: as Sysmon builds it.
    fn guid(&self, process: &Proc, out: &mut String) {
        let seconds = process.started.plus_us(self.host.clock_ahead_us).unix_s().unsigned_abs();
        out.push('{');
        out.push_str(&self.host.machine);
        out.push('-');
        push_hex(out, seconds & 0xffff, 4);
        out.push('-');
        push_hex(out, (seconds >> 16) & 0xffff, 4);
        out.push('-');
        push_hex(out, process.number.into(), 4);
        out.push('-');
        push_hex(out, u64::from(process.pid) * 0x9e37, 12);
        out.push('}');
    }

    fn with_sid(&self, key: u32, out: &mut String) {
        let mut text = String::new();
        self.world.shelf.text_of(key).push(&mut text, &self.host.user, 0);
        let sid = format!("S-1-5-21-2914507120-3306842219-1187340562-{}", 1_100 + self.host.index);
        out.push_str(&text.replace("%SID%", &sid));
    }

    fn installer(&self, entry: &FileEntry, id: u64, time: SimTime, number: u64, out: &mut String) {
        out.push_str(
            "{\"Event\":{\"#attributes\":{\"xmlns\":\
             \"http://schemas.microsoft.com/win/2004/08/events/event\"},\"System\":{\"Provider\":\
             {\"#attributes\":{\"Name\":\"MsiInstaller\"}},\"EventID\":{\"#attributes\":\
             {\"Qualifiers\":0},\"#text\":",
        );
        push_number(out, id);
        out.push_str(
            "},\"Version\":0,\"Level\":4,\"Task\":0,\"Opcode\":0,\"Keywords\":\
             \"0x80000000000000\",\"TimeCreated\":{\"#attributes\":{\"SystemTime\":\"",
        );
        push_moment(out, time, 0, 'T');
        push_fraction(out, time, 6);
        out.push_str("0Z\"}},\"EventRecordID\":");
        push_number(out, number);
        out.push_str(
            ",\"Correlation\":null,\"Execution\":{\"#attributes\":{\"ProcessID\":0,\
             \"ThreadID\":0}},\"Channel\":\"Application\",\"Computer\":\"",
        );
        out.push_str(&self.host.name);
        out.push_str("\",\"Security\":{\"#attributes\":{\"UserID\":\"S-1-5-18\"}}},\"EventData\":{\"Data\":{\"#text\":[");
        if id == 1033 {
            for value in [&entry.product, &entry.version] {
                out.push('"');
                out.push_str(value);
                out.push_str("\",");
            }
            out.push_str("\"1033\",\"0\",\"");
            out.push_str(&entry.company);
            out.push_str("\",\"(NULL)\"");
        } else {
            out.push_str("\"C:\\\\Windows\\\\Installer\\\\");
            push_hex(out, (number * 0x9e37) & 0xff_ffff, 6);
            out.push_str(".msi\",\"");
            push_number(out, 4_000 + number % 900 * 4);
            out.push_str("\",\"(NULL)\",\"(NULL)\",\"(NULL)\",\"(NULL)\"");
        }
        out.push_str("]},\"Binary\":null}}}");
    }
}

fn push_utc(out: &mut String, at: SimTime) {
    push_moment(out, at, 0, ' ');
    push_fraction(out, at, 3);
}

/// The version resource.
fn resource(entry: &FileEntry, out: &mut String) {
    for (name, value) in [
        (",\"FileVersion\":\"", &entry.version),
        (",\"Description\":\"", &entry.product),
        (",\"Product\":\"", &entry.product),
        (",\"Company\":\"", &entry.company),
        (",\"OriginalFileName\":\"", &entry.name),
    ] {
        out.push_str(name);
        out.push_str(value);
        out.push('"');
    }
}
