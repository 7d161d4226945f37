//! Where results go: a file that is there as a whole or not at all, or a terminal of some width.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::setup;
use crate::i18n::Lang;
use crate::scan::knowledge::InputError;

/// Refuses a place where no file can be, before any work is done for it.
pub(super) fn check_output(path: Option<&Path>, lang: Lang) -> Result<(), InputError> {
    let Some(path) = path else { return Ok(()) };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() && !path.is_dir() {
        return Ok(());
    }
    let detail = lang.text("cli.output.no-place", &[]);
    Err(InputError::Invalid { path: setup::shown(path), detail })
}

/// Writes under a temporary name beside the target and renames, so that no half a report is left.
pub(super) fn write_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".khien-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(named)?;
    let mut out = BufWriter::new(file.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    let kept: File = file.persist(path).map_err(|error| named(error.error))?;
    kept.sync_all()
}

/// Width of the terminal in columns; 100 where there is none.
pub(super) fn width() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = || console::Term::stdout().size_checked().map(|(_, columns)| columns);
    asked.or_else(terminal).map_or(100, |columns: u16| usize::from(columns.clamp(40, 200)))
}
