//! Sorts more than fits in memory: sorted runs go to a temporary file and are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::detection::Detection;

/// Collects items in any order and gives them back sorted.
///
/// Bound: at most `run_items` are in memory at a time; the rest lies in temporary files that vanish
/// with the process.
#[derive(Debug)]
pub struct Spool<T> {
    items: Vec<T>,
    runs: Vec<File>,
    run_items: usize,
}

/// Items that a spool keeps in memory by default.
pub const RUN_ITEMS: usize = 100_000;

impl<T: Ord + Serialize + DeserializeOwned> Default for Spool<T> {
    fn default() -> Self {
        Self::with_run_items(RUN_ITEMS)
    }
}

impl<T: Ord + Serialize + DeserializeOwned> Spool<T> {
    /// A spool that keeps so many items in memory.
    pub const fn with_run_items(run_items: usize) -> Self {
        Self { items: Vec::new(), runs: Vec::new(), run_items }
    }

    /// Adds an item.
    ///
    /// # Errors
    ///
    /// The machine's own: the temporary folder is full or not writable.
    pub fn push(&mut self, item: T) -> io::Result<()> {
        self.items.push(item);
        if self.items.len() >= self.run_items { self.spill() } else { Ok(()) }
    }

    /// Takes out what is in memory, in the order in which it came; for one who empties the spool
    /// before it is full.
    pub fn drain(&mut self) -> std::vec::Drain<'_, T> {
        self.items.drain(..)
    }

    /// Takes over what another spool holds.
    ///
    /// # Errors
    ///
    /// As for [`Spool::push`].
    pub fn absorb(&mut self, other: Self) -> io::Result<()> {
        self.runs.extend(other.runs);
        other.items.into_iter().try_for_each(|item| self.push(item))
    }

    /// All items in order.
    ///
    /// # Errors
    ///
    /// As for [`Spool::push`]; an item may be an error too.
    pub fn into_sorted(mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<T>>>>
    where
        T: 'static,
    {
        self.items.sort_unstable();
        if self.runs.is_empty() {
            return Ok(Box::new(self.items.into_iter().map(Ok)));
        }
        let mut sources: Vec<Box<dyn Iterator<Item = io::Result<T>>>> = Vec::new();
        for run in self.runs {
            sources.push(Box::new(read_run(run)?));
        }
        sources.push(Box::new(self.items.into_iter().map(Ok)));
        Ok(Box::new(Merge::new(sources)?))
    }

    fn spill(&mut self) -> io::Result<()> {
        self.items.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for item in self.items.drain(..) {
            serde_json::to_writer(&mut file, &item)?;
            file.write_all(b"\n")?;
        }
        self.runs.push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }
}

fn read_run<T: DeserializeOwned>(mut run: File) -> io::Result<impl Iterator<Item = io::Result<T>>> {
    run.seek(SeekFrom::Start(0))?;
    Ok(BufReader::new(run).lines().map(|line| Ok(serde_json::from_str(&line?)?)))
}

/// Merges sorted sources.
struct Merge<T> {
    sources: Vec<Box<dyn Iterator<Item = io::Result<T>>>>,
    heads: BinaryHeap<Reverse<(T, usize)>>,
    failed: Option<io::Error>,
}

impl<T: Ord> Merge<T> {
    fn new(mut sources: Vec<Box<dyn Iterator<Item = io::Result<T>>>>) -> io::Result<Self> {
        let mut heads = BinaryHeap::new();
        for (number, source) in sources.iter_mut().enumerate() {
            if let Some(head) = source.next() {
                heads.push(Reverse((head?, number)));
            }
        }
        Ok(Self { sources, heads, failed: None })
    }
}

impl<T: Ord> Iterator for Merge<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.failed.take() {
            self.heads.clear();
            return Some(Err(error));
        }
        let Reverse((item, number)) = self.heads.pop()?;
        match self.sources.get_mut(number).and_then(Iterator::next) {
            Some(Ok(head)) => self.heads.push(Reverse((head, number))),
            Some(Err(error)) => self.failed = Some(error),
            None => {}
        }
        Some(Ok(item))
    }
}

/// Sorted detections that can be read as often as needed.
#[derive(Debug, Default)]
pub struct DetectionLog {
    memory: Vec<Detection>,
    disk: Option<File>,
    len: u64,
}

impl DetectionLog {
    /// Keeps these detections, on disk when they are many.
    ///
    /// # Errors
    ///
    /// The machine's own: the temporary folder is full or not writable.
    pub fn keep(detections: impl Iterator<Item = io::Result<Detection>>) -> io::Result<Self> {
        let mut log = Self::default();
        let mut disk: Option<BufWriter<File>> = None;
        for detection in detections {
            log.len += 1;
            log.memory.push(detection?);
            if log.memory.len() >= RUN_ITEMS {
                let file = match &mut disk {
                    Some(file) => file,
                    None => disk.insert(BufWriter::new(tempfile::tempfile()?)),
                };
                for detection in log.memory.drain(..) {
                    serde_json::to_writer(&mut *file, &detection)?;
                    file.write_all(b"\n")?;
                }
            }
        }
        if let Some(mut file) = disk {
            for detection in log.memory.drain(..) {
                serde_json::to_writer(&mut file, &detection)?;
                file.write_all(b"\n")?;
            }
            log.disk = Some(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        }
        Ok(log)
    }

    /// How many there are.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All detections in order. One reading at a time.
    ///
    /// # Errors
    ///
    /// The machine's own; an item may be an error too.
    pub fn iter(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<Detection>> + '_>> {
        match &self.disk {
            Some(file) => Ok(Box::new(read_run(file.try_clone()?)?)),
            None => Ok(Box::new(self.memory.iter().cloned().map(Ok))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_sort(
            parts in prop::collection::vec(prop::collection::vec(any::<i32>(), 0..40), 0..5),
            run in 1_usize..12,
        ) {
            let mut all = Spool::with_run_items(run);
            for part in &parts {
                let mut one = Spool::with_run_items(run);
                part.iter().for_each(|item| one.push(*item).unwrap());
                all.absorb(one).unwrap();
            }
            let sorted: Vec<i32> = all.into_sorted().unwrap().map(Result::unwrap).collect();
            let mut expected: Vec<i32> = parts.concat();
            expected.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }
    }
}
