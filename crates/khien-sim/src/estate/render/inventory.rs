//! osquery's result log: inventories, sockets, and the event tables of Linux.

use super::super::draft::{Body, Draft, Inventory, Link, Proc};
use super::super::host::Host;
use super::super::product::Platform;
use super::super::shelf::FileEntry;
use super::super::text::{push_number, push_padded};
use super::super::world::World;
use super::network;
use super::stamp::civil;

/// Appends one row.
pub(super) fn line(world: &World, host: &Host, draft: &Draft, out: &mut String) {
    let (query, added) = match draft.body {
        Body::Start { .. } => ("process_events", true),
        Body::File { .. } => ("file_events", true),
        Body::Listen { .. } => ("pack_khien_listening_ports", true),
        Body::Inventory { kind, added, .. } => (query_of(kind), added),
        Body::Connect { .. } if host.platform == Platform::Linux => ("socket_events", true),
        Body::Connect { .. } => ("pack_khien_process_open_sockets", true),
        _ => return,
    };
    out.push_str("{\"name\":\"");
    out.push_str(query);
    out.push_str("\",\"hostIdentifier\":\"");
    out.push_str(&host.name);
    out.push_str("\",\"calendarTime\":\"");
    push_calendar(draft.time.unix_s(), out);
    out.push_str("\",\"unixTime\":");
    push_number(out, draft.time.unix_s().unsigned_abs());
    out.push_str(",\"epoch\":0,\"counter\":");
    push_number(out, draft.time.unix_s().unsigned_abs() / 600 % 10_000);
    out.push_str(",\"numerics\":false,\"decorations\":{\"hostname\":\"");
    out.push_str(&host.name);
    out.push_str("\",\"platform\":\"");
    out.push_str(match host.platform {
        Platform::Windows => "windows",
        Platform::Macos => "darwin",
        Platform::Linux => "ubuntu",
    });
    out.push_str("\"},\"columns\":{");
    let row = Row { world, host, seconds: draft.time.unix_s().unsigned_abs() };
    match draft.body {
        Body::Start { process, parent } => row.execution(&process, &parent, out),
        Body::File { path, number, .. } => {
            let mut target = String::new();
            world.shelf.text_of(path).push(&mut target, &host.user, number);
            let time = row.seconds.to_string();
            columns(
                &[
                    ("target_path", &target),
                    ("category", "software"),
                    ("action", "CREATED"),
                    ("time", &time),
                    ("eid", "0000000001"),
                ],
                out,
            );
        }
        Body::Listen { process, port } => row.listening(&process, port, out),
        Body::Connect { process, link } => row.socket(&process, &link, out),
        Body::Inventory { file, kind, .. } => row.software(world.shelf.file_of(file), kind, out),
        _ => {}
    }
    out.push_str("},\"action\":\"");
    out.push_str(if added { "added\"}" } else { "removed\"}" });
}

fn query_of(kind: Inventory) -> &'static str {
    match kind {
        Inventory::Apps => "pack_khien_apps",
        Inventory::Deb => "pack_khien_deb_packages",
        Inventory::Npm => "pack_khien_npm_packages",
        Inventory::Programs => "pack_khien_programs",
        Inventory::Rpm => "pack_khien_rpm_packages",
    }
}

struct Row<'a> {
    world: &'a World,
    host: &'a Host,
    seconds: u64,
}

impl Row<'_> {
    fn path(&self, process: &Proc) -> String {
        let mut path = String::new();
        self.world.shelf.file_of(process.file).path.push(&mut path, &self.host.user, 0);
        path
    }

    fn execution(&self, process: &Proc, parent: &Proc, out: &mut String) {
        let (path, mut command) = (self.path(process), String::new());
        self.world.shelf.text_of(process.command).push(&mut command, &self.host.user, 0);
        let command = if command.is_empty() { path.clone() } else { command };
        let uid = if process.person { "1000" } else { "0" };
        columns(
            &[
                ("path", &path),
                ("cmdline", &command),
                ("pid", &process.pid.to_string()),
                ("parent", &parent.pid.to_string()),
                ("parent_path", &self.path(parent)),
                ("cwd", "/srv/build/jobs"),
                ("uid", uid),
                ("euid", uid),
                ("time", &self.seconds.to_string()),
                ("eid", "0000000001"),
            ],
            out,
        );
    }

    fn socket(&self, process: &Proc, link: &Link, out: &mut String) {
        let (address, port) = network::destination(self.world, link);
        let path = self.path(process);
        let pid = process.pid.to_string();
        let (local, remote) = (link.source_port.to_string(), port.to_string());
        let common = [
            ("pid", pid.as_str()),
            ("path", &path),
            ("family", "2"),
            ("protocol", "6"),
            ("local_address", &self.host.address),
            ("local_port", &local),
            ("remote_address", address),
            ("remote_port", &remote),
        ];
        columns(&common, out);
        if self.host.platform == Platform::Linux {
            out.push_str(",\"action\":\"connect\",\"eid\":\"0000000001\",\"time\":\"");
            push_number(out, self.seconds);
            out.push('"');
        } else {
            out.push_str(",\"state\":\"ESTABLISHED\"");
        }
    }

    fn listening(&self, process: &Proc, port: u16, out: &mut String) {
        columns(
            &[
                ("pid", &process.pid.to_string()),
                ("name", &self.world.shelf.file_of(process.file).name),
                ("path", &self.path(process)),
                ("port", &port.to_string()),
                ("protocol", "6"),
                ("family", "2"),
                ("address", "0.0.0.0"),
            ],
            out,
        );
    }

    fn software(&self, entry: &FileEntry, kind: Inventory, out: &mut String) {
        let mut path = String::new();
        entry.path.push(&mut path, &self.host.user, 0);
        let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
        let folder = folder.trim_end_matches('\\');
        let (name, version, company) = (&entry.product, &entry.version, &entry.company);
        match kind {
            Inventory::Programs => columns(
                &[
                    ("name", name),
                    ("version", version),
                    ("install_location", folder),
                    ("publisher", company),
                    ("install_date", ""),
                    ("identifying_number", ""),
                ],
                out,
            ),
            Inventory::Apps => {
                let bundle = path.split_once("/Contents").map_or(path.as_str(), |(app, _)| app);
                columns(
                    &[
                        ("name", &format!("{name}.app")),
                        ("path", bundle),
                        ("bundle_identifier", &entry.bundle),
                        ("bundle_name", name),
                        ("bundle_short_version", version),
                        ("bundle_version", version),
                        ("bundle_executable", &entry.name),
                    ],
                    out,
                );
            }
            Inventory::Deb => columns(
                &[
                    ("name", name),
                    ("version", version),
                    ("arch", "amd64"),
                    ("status", "install ok installed"),
                    ("maintainer", &entry.signer),
                ],
                out,
            ),
            Inventory::Rpm => columns(
                &[
                    ("name", name),
                    ("version", version),
                    ("release", "1"),
                    ("arch", "x86_64"),
                    ("vendor", company),
                    ("package_group", "Development/Tools"),
                ],
                out,
            ),
            Inventory::Npm => columns(
                &[
                    ("name", name),
                    ("version", version),
                    ("author", company),
                    ("directory", "/srv/build/jobs/web/node_modules"),
                    ("path", "/srv/build/jobs/web/node_modules/pinyon-palette/package.json"),
                ],
                out,
            ),
        }
    }
}

/// Appends columns whose values are escaped already.
fn columns(values: &[(&str, &str)], out: &mut String) {
    for (index, (name, value)) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":\"");
        out.push_str(value);
        out.push('"');
    }
}

/// Appends `Mon Mar  6 01:12:11 2023 UTC`.
fn push_calendar(unix_s: i64, out: &mut String) {
    let (days, second) = (unix_s.div_euclid(86_400), unix_s.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let of = |names: &'static [&'static str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
    };
    // 1970-01-01 was a Thursday.
    out.push_str(of(&DAYS, (days + 3).rem_euclid(7)));
    out.push(' ');
    out.push_str(of(&MONTHS, month - 1));
    out.push(' ');
    if day < 10 {
        out.push(' ');
    }
    push_number(out, day.unsigned_abs());
    out.push(' ');
    for (part, end) in [(second / 3_600, ':'), (second / 60 % 60, ':'), (second % 60, ' ')] {
        push_padded(out, part, 2);
        out.push(end);
    }
    push_number(out, year.unsigned_abs());
    out.push_str(" UTC");
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
