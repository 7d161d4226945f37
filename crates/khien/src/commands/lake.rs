//! `khien admin lake`, and what all commands on a lake share.

use std::io::{self, Write};

use khien_lake::{Compaction, GRACE, Lake};
use khien_model::untrusted::shown;

use super::{Failure, say, setup};
use crate::args::lake::LakeCommand;
use crate::args::{Global, LakeArgs};
use crate::output::escaped_json;
use crate::progress::Progress;
use khien_ops::exit::Exit;
use khien_text::Lang;

/// Opens a lake for reading.
pub(super) fn open(args: &LakeArgs) -> Result<Lake, Failure> {
    Ok(Lake::open(&setup::lake_folder(args)?)?)
}

/// Opens a lake for writing; it must be there.
pub(super) fn open_to_write(args: &LakeArgs) -> Result<Lake, Failure> {
    drop(open(args)?);
    Ok(Lake::open_to_write(&setup::lake_folder(args)?)?)
}

pub(super) fn run(command: &LakeCommand, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    match command {
        LakeCommand::Check(args) => check(args, global, lang),
        LakeCommand::Repair(args) => {
            let (mut lake, remade) = Lake::open_to_repair(&setup::lake_folder(args)?)?;
            for table in remade.tables {
                say(global, &lang.text("cli.lake.remade", &[("table", &table)]));
            }
            if remade.memory_lost {
                say(global, &lang.text("cli.lake.memory-lost", &[]));
            }
            let done = lake.repair(GRACE)?;
            // Others may read while the check does.
            drop(lake);
            let counts: [(&str, &dyn std::fmt::Display); 2] =
                [("files", &done.files), ("bytes", &done.bytes)];
            say(global, &lang.text("cli.lake.repaired", &counts));
            check(args, global, lang)
        }
        LakeCommand::Retain(args) => super::retain::run(args, global, lang),
        LakeCommand::Stats { lake, json } => stats(lake, *json, lang),
        LakeCommand::Compact { lake, full } => {
            let how = if *full { Compaction::Full } else { Compaction::Gradual };
            let done = open_to_write(lake)?.compact(how)?;
            let counts: [(&str, &dyn std::fmt::Display); 4] = [
                ("before", &done.files_before),
                ("after", &done.files_after),
                ("bytes_before", &done.bytes_before),
                ("bytes_after", &done.bytes_after),
            ];
            say(global, &lang.text("cli.lake.compacted", &counts));
            Ok(Exit::Clear)
        }
    }
}

fn check(args: &LakeArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    let lake = open(args)?;
    let total = lake.sizes()?.iter().map(|table| table.bytes).sum();
    let wanted = !global.quiet && !global.no_progress;
    let bar = Progress::bytes(total, wanted, &lang.text("cli.lake.checking", &[]));
    let faults = lake.verify(&mut |bytes| bar.add(bytes))?;
    bar.finish();
    let mut out = io::stdout().lock();
    for fault in &faults {
        let key = if fault.repairable { "cli.lake.fault" } else { "cli.lake.lost" };
        let (file, detail) = (shown(&fault.file), shown(&fault.detail));
        let args: [(&str, &dyn std::fmt::Display); 3] =
            [("table", &fault.table), ("file", &file), ("detail", &detail)];
        writeln!(out, "{}", lang.text(key, &args))?;
    }
    if faults.is_empty() {
        writeln!(out, "{}", lang.text("cli.lake.sound", &[]))?;
        return Ok(Exit::Clear);
    }
    Ok(Exit::Findings)
}

fn stats(args: &LakeArgs, json: bool, lang: Lang) -> Result<Exit, Failure> {
    let sizes = open(args)?.sizes()?;
    let mut out = io::stdout().lock();
    if json {
        let tables: Vec<_> = sizes
            .iter()
            .map(|size| {
                serde_json::json!({
                    "table": size.table, "files": size.files, "fresh_files": size.fresh,
                    "rows": size.rows, "bytes": size.bytes, "version": size.version,
                })
            })
            .collect();
        let document = serde_json::json!({ "schema": "khien.lake/1", "tables": tables });
        escaped_json::write_pretty(&mut out, &document)?;
        return Ok(Exit::Clear);
    }
    writeln!(out, "{}", lang.text("cli.lake.stats", &[]))?;
    for size in &sizes {
        let name = size.table;
        writeln!(
            out,
            "{name:<12} {:>6} {:>6} {:>14} {:>16}",
            size.files, size.fresh, size.rows, size.bytes
        )?;
    }
    Ok(Exit::Clear)
}
