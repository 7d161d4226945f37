//! The child: reads one release and says what is in it. Started by [`super::run`], never by people.

use std::io::{self, BufRead, BufReader, Write};

use bytes::Bytes;
use khien_vet::profile::{Collector, profile};
use khien_vet::traits::Matchers;

use super::confine::confine;
use super::wire::{Message, NO_MEMORY, Request, receive};
use crate::exit::Exit;

/// Reads a request from standard input and answers on standard output. Panics and a lack of memory
/// end the process, which the parent sees.
pub fn main() -> Exit {
    match read(&mut BufReader::new(io::stdin().lock()), &mut io::stdout().lock()) {
        Ok(()) => Exit::Clear,
        Err(error) => {
            let _ = writeln!(io::stderr(), "khien: {error}");
            Exit::Internal
        }
    }
}

fn read(input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    // Rules are trusted and need no confinement to be made ready.
    let matchers = Matchers::built_in().map_err(io::Error::other)?;
    if let Err(error) = confine(request.memory_max, request.cpu_seconds_max) {
        Message::Unconfined(error.to_string()).write(out)?;
    }
    let limits = request.limits();
    let out = std::cell::RefCell::new(out);
    let mut at = |path: &khien_model::Untrusted, size: u64| {
        // A parent that went away ends the child at its next `Want` or at the end.
        let _ = Message::At(path.as_raw().to_owned(), size).write(&mut **out.borrow_mut());
    };
    let found = if let Some(entries) = request.entries() {
        let mut load = |name: &str| {
            Message::Want(name.to_owned())
                .write(&mut **out.borrow_mut())
                .map_err(|e| e.to_string())?;
            receive(input).map_err(|e| e.to_string())?.map(Bytes::from)
        };
        let mut collector = Collector::new(&matchers, &mut at);
        let mut opened =
            khien_unpack::open_folder(&entries, &mut load, &limits, &|| false, &mut collector);
        for gap in opened.gaps.iter_mut().filter(|gap| gap.detail.as_raw() == NO_MEMORY) {
            gap.reason = khien_unpack::GapReason::TooMuchMemory;
        }
        let size = collector.size();
        collector.finish(&request.name, size, opened)
    } else {
        Message::Want(String::new()).write(&mut **out.borrow_mut())?;
        let bytes = receive(input)?.map_err(io::Error::other)?;
        profile(&request.name, Bytes::from(bytes), &limits, &matchers, &mut at)
    };
    let packed = khien_vet::baseline::encode(&found).map_err(io::Error::other)?;
    Message::Done(packed).write(&mut **out.borrow_mut())
}
