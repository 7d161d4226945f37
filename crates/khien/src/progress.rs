//! A progress bar on standard error, on a terminal only.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over bytes; invisible where nobody would see it.
#[derive(Clone, Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar of so many bytes. Hidden when `wanted` is false, standard error is no terminal, or the
    /// environment says so (`CI`, `TERM=dumb`).
    pub fn bytes(total: u64, wanted: bool, what: &str) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let visible =
            wanted && !dumb && std::env::var_os("CI").is_none() && std::io::stderr().is_terminal();
        let bar = ProgressBar::new(total);
        bar.set_draw_target(if visible {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        });
        let style = ProgressStyle::with_template(
            "{msg} [{bar:30}] {bytes}/{total_bytes} · {bytes_per_sec} · {eta}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("█▉ "));
        }
        bar.set_message(what.to_owned());
        Self(bar)
    }

    /// A line that says what is being done; hidden like [`Progress::bytes`].
    pub fn steps(wanted: bool) -> Self {
        let bar = Self::bytes(0, wanted, "").0;
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// What is being done now. Escaped text only: it goes to a terminal.
    pub fn step(&self, what: String) {
        self.0.set_message(what);
        self.0.tick();
    }

    /// So many more bytes were read.
    pub fn add(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Takes the bar off the screen.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
