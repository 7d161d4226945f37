//! Fingerprint files: for each file of `sightings`, a sorted list of 64-bit hashes of its values
//! with the rows they stand in, so that a hundred thousand indicators are looked up in one pass.
//!
//! A cache and never truth: made from the table file, made again when lost, and every hit is
//! confirmed on the full value. Layout, little endian: magic, number of entries, all hashes in
//! ascending order, then for each the first row and the number of rows.

use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use twox_hash::XxHash3_64;

use crate::error::LakeError;

const MAGIC: &[u8; 8] = b"KHFPv001";
const HEADER_BYTES: u64 = 16;

/// What a hash stands for besides a value itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Aspect {
    /// The value.
    Whole,
    /// A domain below this one.
    Below,
    /// The last component of a path.
    Name,
}

/// The hash of a value of a kind.
pub(crate) fn hash(kind: &str, aspect: Aspect, value: &str) -> u64 {
    let seed = match aspect {
        Aspect::Whole => 0,
        Aspect::Below => 1,
        Aspect::Name => 2,
    };
    let parts = [kind.as_bytes(), &[0], value.as_bytes()];
    // In one piece it costs a fraction of a stream's; nearly all values are short.
    let mut short = [0_u8; 256];
    let mut rest = short.as_mut_slice();
    let fits = parts.iter().all(|part| rest.write_all(part).is_ok());
    let left = rest.len();
    match short.get(..short.len().saturating_sub(left)) {
        Some(text) if fits => XxHash3_64::oneshot_with_seed(seed, text),
        _ => XxHash3_64::oneshot_with_seed(seed, &parts.concat()),
    }
}

/// A run of rows with one value.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) rows: u32,
}

/// Collects the entries of one file, batch after batch.
#[derive(Default)]
pub(crate) struct Collector {
    entries: Vec<(u64, Run)>,
    last: Option<(String, String, Run)>,
    rows: u32,
}

impl Collector {
    /// Takes the next rows, in their order in the file. Columns: `kind`, `value`.
    pub(crate) fn batch(&mut self, batch: &RecordBatch) {
        let column =
            |name| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        let (Some(kinds), Some(values)) = (column("kind"), column("value")) else { return };
        for row in 0..batch.num_rows() {
            let (kind, value) = (kinds.value(row), values.value(row));
            match &mut self.last {
                Some((last_kind, last_value, run)) if last_kind == kind && last_value == value => {
                    run.rows += 1
                }
                _ => {
                    self.flush();
                    let run = Run { first: self.rows, rows: 1 };
                    self.last = Some((kind.to_owned(), value.to_owned(), run));
                }
            }
            self.rows = self.rows.saturating_add(1);
        }
    }

    fn flush(&mut self) {
        let Some((kind, value, run)) = self.last.take() else { return };
        self.entries.push((hash(&kind, Aspect::Whole, &value), run));
        match kind.as_str() {
            "domain" => {
                // `a.b.example.net` is below `b.example.net` and `example.net`, not counting `net`.
                let mut rest = value.as_str();
                while let Some((_, parent)) =
                    rest.split_once('.').filter(|(_, parent)| parent.contains('.'))
                {
                    self.entries.push((hash(&kind, Aspect::Below, parent), run));
                    rest = parent;
                }
            }
            "path" => {
                let name = value.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                self.entries.push((hash(&kind, Aspect::Name, name), run));
            }
            _ => {}
        }
    }

    /// Writes the file in one step: complete under its name, or not there.
    pub(crate) fn write(mut self, path: &Path) -> Result<(), LakeError> {
        self.flush();
        self.entries.sort_unstable();
        let part = path.with_extension("part");
        let written = (|| {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(&part)?);
            file.write_all(MAGIC)?;
            file.write_all(&u64::try_from(self.entries.len()).unwrap_or(u64::MAX).to_le_bytes())?;
            for (hash, _) in &self.entries {
                file.write_all(&hash.to_le_bytes())?;
            }
            for (_, run) in &self.entries {
                file.write_all(&run.first.to_le_bytes())?;
                file.write_all(&run.rows.to_le_bytes())?;
            }
            file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            std::fs::rename(&part, path)
        })();
        written.map_err(LakeError::io(path))
    }
}

/// Where the fingerprints of a table file are kept.
pub(crate) fn path_of(lake: &Path, file: &str) -> PathBuf {
    let name = file.rsplit('/').next().unwrap_or(file);
    lake.join("_index").join(format!("{name}.fp"))
}

/// Whether a fingerprint file is whole: as long as it says, its hashes in order.
pub(crate) fn is_whole(path: &Path) -> bool {
    let read = (|| {
        let mut file = BufReader::new(std::fs::File::open(path).ok()?);
        let mut header = [0_u8; 16];
        file.read_exact(&mut header).ok()?;
        let (magic, count) = header.split_at(8);
        let entries = u64::from_le_bytes(count.try_into().ok()?);
        let size = file.get_ref().metadata().ok()?.len();
        if magic != MAGIC || entries.checked_mul(16)?.checked_add(HEADER_BYTES)? != size {
            return None;
        }
        let mut last = 0_u64;
        for _ in 0..entries {
            let mut hash = [0_u8; 8];
            file.read_exact(&mut hash).ok()?;
            let hash = u64::from_le_bytes(hash);
            if hash < last {
                return None;
            }
            last = hash;
        }
        Some(())
    })();
    read.is_some()
}

/// One pass of sorted questions over a fingerprint file. `wanted` is sorted by hash; each hit is
/// reported with the position of the question. `None` when the file is missing or damaged.
pub(crate) fn look_up(
    path: &Path,
    wanted: &[(u64, u32)],
    mut hit: impl FnMut(u32, Run),
) -> Option<()> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut header = [0_u8; 16];
    file.read_exact(&mut header).ok()?;
    let (magic, count) = header.split_at(8);
    let count = u64::from_le_bytes(count.try_into().ok()?);
    let size = file.metadata().ok()?.len();
    if magic != MAGIC || count.checked_mul(16)?.checked_add(HEADER_BYTES)? != size {
        return None;
    }
    let mut hits: Vec<(u64, u32)> = Vec::new();
    let mut open = wanted;
    let mut buffer = vec![0_u8; 1 << 20];
    let mut at = 0_u64;
    while at < count && !open.is_empty() {
        let entries = (count - at).min(1 << 17);
        let part = buffer.get_mut(..usize::try_from(entries.checked_mul(8)?).ok()?)?;
        file.read_exact(part).ok()?;
        let mut least = open.first().map_or(u64::MAX, |(wanted, _)| *wanted);
        for (entry, bytes) in (at..).zip(part.chunks_exact(8)) {
            let hash = u64::from_le_bytes(bytes.try_into().ok()?);
            // Forty entries in a row are smaller than the next question: this is the way of most.
            if hash < least {
                continue;
            }
            while let [(wanted, _), later @ ..] = open
                && *wanted < hash
            {
                open = later;
            }
            // Several questions may have one hash, and several entries too.
            let same = open.iter().take_while(|(wanted, _)| *wanted == hash);
            hits.extend(same.map(|(_, question)| (entry, *question)));
            let Some((wanted, _)) = open.first() else { break };
            least = *wanted;
        }
        at = at.checked_add(entries)?;
    }
    let mut runs = BufReader::new(file);
    let start = HEADER_BYTES.checked_add(count.checked_mul(8)?)?;
    for (entry, question) in hits {
        let mut run = [0_u8; 8];
        runs.seek(SeekFrom::Start(start.checked_add(entry.checked_mul(8)?)?)).ok()?;
        runs.read_exact(&mut run).ok()?;
        let (first, rows) = run.split_at(4);
        let number = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?));
        hit(question, Run { first: number(first)?, rows: number(rows)? });
    }
    Some(())
}

#[cfg(test)]
mod tests;
