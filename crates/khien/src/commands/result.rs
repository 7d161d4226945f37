//! Where results go: a file that is there as a whole or not at all, a pipe or a terminal of some width.

use std::fs::{self, File, FileType};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use super::setup;
use khien_ops::scan::knowledge::InputError;
use khien_text::Lang;

/// Refuses a place where no file can be, before any work is done for it.
pub(super) fn check_output(path: Option<&Path>, lang: Lang) -> Result<(), InputError> {
    let Some(path) = path else { return Ok(()) };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let takes = |kind: FileType| kind.is_file() || is_stream(kind);
    let can_be = match fs::metadata(path) {
        Ok(there) => takes(there.file_type()),
        // A link to nowhere is not replaced by a file.
        Err(_) => folder.is_dir() && !path.is_symlink(),
    };
    if can_be {
        return Ok(());
    }
    let detail = lang.text("cli.output.no-place", &[]);
    Err(InputError::Invalid { path: setup::shown(path), detail })
}

/// What is written into and never replaced: a pipe, a terminal, `/dev/stdout`.
fn is_stream(kind: FileType) -> bool {
    kind.is_fifo() || kind.is_char_device()
}

/// Writes under a temporary name beside the target and renames, so that no half a report is left. A
/// link stays one, and what is no file is written into.
pub(super) fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
    };
    if fs::metadata(path).is_ok_and(|there| is_stream(there.file_type())) {
        let mut out = BufWriter::new(File::options().write(true).open(path).map_err(named)?);
        fill(&mut out)?;
        return out.flush();
    }
    let target: PathBuf = match path.is_symlink() {
        true => fs::canonicalize(path).map_err(named)?,
        false => path.to_owned(),
    };
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".khien-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(named)?;
    let mut out = BufWriter::new(file.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    let kept: File = file.persist(&target).map_err(|error| named(error.error))?;
    kept.sync_all()
}

/// Width of the terminal in columns; 100 where there is none.
pub(super) fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || console::Term::stdout().size_checked().map(|(_, columns)| columns);
    asked.or_else(terminal).map_or(100, |columns: u16| usize::from(columns.clamp(40, 200)))
}

#[cfg(test)]
mod tests;
