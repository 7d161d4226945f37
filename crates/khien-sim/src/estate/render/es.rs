//! macOS Endpoint Security events as `eslogger` writes them.

use super::super::draft::{Body, Deal, Draft, Proc};
use super::super::host::Host;
use super::super::text::push_number;
use super::super::world::World;
use super::stamp::{push_fraction, push_moment};

/// Appends one event; `number` is its sequence number.
pub(super) fn line(world: &World, host: &Host, draft: &Draft, number: u64, out: &mut String) {
    let (kind, actor) = match draft.body {
        Body::Start { parent, .. } => (9, parent),
        Body::End { process } => (15, process),
        Body::File { process, deal, .. } => (event_type(deal), process),
        _ => return,
    };
    out.push_str("{\"schema_version\":1,\"mach_time\":");
    push_number(out, draft.time.unix_s().unsigned_abs().wrapping_mul(24_000_000));
    out.push_str(",\"event_type\":");
    push_number(out, kind);
    out.push_str(",\"time\":\"");
    push_moment(out, draft.time, 0, 'T');
    push_fraction(out, draft.time, 6);
    out.push_str("000Z\",\"global_seq_num\":");
    push_number(out, number);
    out.push_str(",\"seq_num\":");
    push_number(out, number);
    out.push_str(",\"action_type\":1,\"process\":");
    process(world, host, &actor, out);
    out.push_str(",\"event\":{");
    match draft.body {
        Body::Start { process: target, .. } => {
            out.push_str("\"exec\":{\"dyld_exec_path\":\"");
            world.shelf.file_of(target.file).path.push(out, &host.user, 0);
            // The process that called `exec` keeps its number.
            out.push_str("\",\"target\":");
            process(world, host, &target, out);
            out.push_str(",\"args\":");
            arguments(world, host, &target, out);
            out.push_str(",\"cwd\":{\"path\":\"/\"},\"script\":null,\"last_fd\":2}");
        }
        Body::File { path, number, deal, .. } => {
            file(world.shelf.text_of(path), host, number, deal, out);
        }
        _ => out.push_str("\"exit\":{\"stat\":0}"),
    }
    out.push_str("}}");
}

fn event_type(deal: Deal) -> u64 {
    match deal {
        Deal::Create => 13,
        Deal::Open => 10,
        Deal::Rename => 25,
        Deal::Mode => 30,
        Deal::Unlink => 32,
    }
}

fn process(world: &World, host: &Host, process: &Proc, out: &mut String) {
    let entry = world.shelf.file_of(process.file);
    let is_platform = entry.product == "macOS";
    out.push_str("{\"audit_token\":{\"pid\":");
    push_number(out, process.pid.into());
    out.push_str(",\"euid\":");
    out.push_str(if process.person { "501" } else { "0" });
    out.push_str("},\"ppid\":1,\"original_ppid\":1,\"executable\":{\"path\":\"");
    entry.path.push(out, &host.user, 0);
    out.push_str("\",\"path_truncated\":false},\"is_platform_binary\":");
    out.push_str(if is_platform { "true" } else { "false" });
    out.push_str(",\"is_es_client\":false,\"signing_id\":\"");
    let is_ad_hoc = entry.signer.is_empty() && !is_platform;
    out.push_str(if is_ad_hoc { &entry.name } else { &entry.bundle });
    if entry.signer.is_empty() {
        out.push_str("\",\"team_id\":null,\"cdhash\":\"");
    } else {
        out.push_str("\",\"team_id\":\"");
        out.push_str(&entry.signer);
        out.push_str("\",\"cdhash\":\"");
    }
    out.push_str(&entry.hashes);
    // CS_VALID | CS_RUNTIME | CS_SIGNED; CS_ADHOC for what nobody signed.
    out.push_str("\",\"codesigning_flags\":");
    push_number(out, if is_ad_hoc { 0x2000_0003 } else { 0x2001_0001 });
    out.push_str(",\"start_time\":\"");
    push_moment(out, process.started, 0, 'T');
    out.push_str(".000000000Z\"}");
}

fn arguments(world: &World, host: &Host, process: &Proc, out: &mut String) {
    let mut whole = String::new();
    let entry = world.shelf.file_of(process.file);
    entry.path.push(&mut whole, &host.user, 0);
    let mut command = String::new();
    world.shelf.text_of(process.command).push(&mut command, &host.user, 0);
    out.push_str("[\"");
    out.push_str(&whole);
    out.push('"');
    for word in command.strip_prefix(whole.as_str()).unwrap_or_default().split_whitespace() {
        out.push_str(",\"");
        out.push_str(word);
        out.push('"');
    }
    out.push(']');
}

fn file(path: &super::super::text::Text, host: &Host, number: u32, deal: Deal, out: &mut String) {
    let (folder, name) = path.folder_and_name(&host.user, number);
    let whole = |out: &mut String| {
        out.push_str("{\"path\":\"");
        out.push_str(&folder);
        out.push('/');
        out.push_str(&name);
        out.push_str("\",\"path_truncated\":false}");
    };
    let new_path = |out: &mut String| {
        out.push_str("{\"new_path\":{\"dir\":{\"path\":\"");
        out.push_str(&folder);
        out.push_str("\",\"path_truncated\":false},\"filename\":\"");
        out.push_str(&name);
        out.push_str("\",\"mode\":33188}}");
    };
    match deal {
        Deal::Create => {
            out.push_str("\"create\":{\"destination_type\":1,\"destination\":");
            new_path(out);
        }
        Deal::Rename => {
            out.push_str("\"rename\":{\"source\":{\"path\":\"/private/var/folders/zz/update/");
            out.push_str(&name);
            out.push_str("\",\"path_truncated\":false},\"destination_type\":1,\"destination\":");
            new_path(out);
        }
        Deal::Open => {
            out.push_str("\"open\":{\"fflag\":1,\"file\":");
            whole(out);
        }
        Deal::Mode => {
            out.push_str("\"setmode\":{\"mode\":33261,\"target\":");
            whole(out);
        }
        Deal::Unlink => {
            out.push_str("\"unlink\":{\"parent_dir\":{\"path\":\"");
            out.push_str(&folder);
            out.push_str("\",\"path_truncated\":false},\"target\":");
            whole(out);
        }
    }
    out.push('}');
}
