//! `khien hunt`.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use khien_lake::{Answer, QueryLimits};

use super::result::{check_output, write_file};
use super::{Failure, lake, say, stdout};
use crate::args::Global;
use crate::args::lake::{HuntArgs, RowFormat};
use crate::exit::Exit;
use crate::i18n::Lang;
use crate::output::rows;

/// What `--tables` asks.
const TABLES: &str = "SELECT table_name, column_name, data_type FROM information_schema.columns \
                      WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";

pub(super) fn run(args: &HuntArgs, global: &Global, lang: Lang) -> Result<Exit, Failure> {
    check_output(args.output.as_deref(), lang)?;
    let lake = lake::open(&args.lake)?;
    let limits = QueryLimits {
        time: Duration::from_secs(args.timeout),
        memory_bytes: usize::try_from(args.memory_mib << 20).unwrap_or(usize::MAX),
        rows: args.rows,
    };
    let text = args.sql.as_deref().filter(|_| !args.tables).unwrap_or(TABLES);
    let answer = lake.query(text, &limits)?;
    let format = if args.json { RowFormat::Json } else { args.format };
    if let Some(path) = &args.output {
        write_file(path, |out| write(&answer, format, out))?;
        say(global, &lang.text("cli.scan.written", &[("file", &path.display())]));
    } else {
        let mut out = BufWriter::new(stdout(global.color));
        write(&answer, format, &mut out)?;
        out.flush()?;
    }
    if answer.cut {
        say(global, &lang.text("cli.hunt.cut", &[("rows", &args.rows)]));
    }
    Ok(if answer.is_empty() || args.tables { Exit::Clear } else { Exit::Findings })
}

fn write(answer: &Answer, format: RowFormat, out: &mut dyn Write) -> io::Result<()> {
    match format {
        RowFormat::Table => rows::table(answer, out),
        RowFormat::Csv => rows::csv(answer, out),
        RowFormat::Json => rows::json(answer, out),
        RowFormat::Parquet => {
            // The writer of the format wants to go on another thread; rows are bounded.
            let mut bytes = Vec::new();
            answer.parquet(&mut bytes).map_err(io::Error::other)?;
            out.write_all(&bytes)
        }
    }
}
