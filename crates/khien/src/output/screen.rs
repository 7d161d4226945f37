//! Lines that fit a terminal: measured in columns, styled only when asked.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::shell;
use super::table::BOLD;

/// A terminal of a known width.
pub(super) struct Screen<'a> {
    out: &'a mut dyn Write,
    /// Columns.
    pub(super) width: usize,
    colour: bool,
}

/// Below this the box loses its shape; above it, lines are hard to follow.
const WIDTHS: std::ops::RangeInclusive<usize> = 60..=140;

/// A stretch of one line in one style.
pub(super) struct Piece {
    text: String,
    style: Style,
}

impl Piece {
    /// Text in a style.
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    /// Text without a style.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Style::new())
    }
}

impl<'a> Screen<'a> {
    /// A terminal of so many columns, within reason.
    pub(super) fn new(out: &'a mut dyn Write, columns: usize, colour: bool) -> Self {
        Self { out, width: columns.clamp(*WIDTHS.start(), *WIDTHS.end()), colour }
    }

    /// Writes a line. Invariant: none is wider than the terminal; what is too long is cut.
    pub(super) fn line(&mut self, pieces: &[Piece]) -> io::Result<()> {
        let mut left = self.width;
        let last = pieces.iter().rposition(|piece| !piece.text.trim_end().is_empty());
        for (number, piece) in pieces.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let text = cut(&piece.text, left);
            left -= width_of(&text);
            let text = if Some(number) == last { text.trim_end() } else { &text };
            self.styled(text, piece.style)?;
        }
        self.out.write_all(b"\n")
    }

    /// Writes a line as it is: a command to copy must not be cut.
    pub(super) fn uncut(&mut self, line: &str, style: Style) -> io::Result<()> {
        self.styled(line, style)?;
        self.out.write_all(b"\n")
    }

    fn styled(&mut self, text: &str, style: Style) -> io::Result<()> {
        if self.colour && style != Style::new() && !text.is_empty() {
            write!(self.out, "{style}{text}{style:#}")
        } else {
            self.out.write_all(text.as_bytes())
        }
    }

    /// Writes one line of text after an indent.
    pub(super) fn indented(&mut self, indent: usize, text: String, style: Style) -> io::Result<()> {
        self.line(&[Piece::plain(" ".repeat(indent)), Piece::new(text, style)])
    }

    /// Writes text over as many lines as it needs.
    pub(super) fn wrapped(&mut self, indent: usize, text: &str, style: Style) -> io::Result<()> {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            self.indented(indent, line, style)?;
        }
        Ok(())
    }

    /// Writes an empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.line(&[])
    }

    /// A command to copy: broken only where a shell joins it again.
    pub(super) fn command(&mut self, words: &[String]) -> io::Result<()> {
        let mut line = String::from(" ");
        for unit in shell::units(words) {
            if line.trim() != "" && width_of(&line) + width_of(&unit) + 3 > self.width {
                self.uncut(&format!("{line} \\"), BOLD)?;
                line = String::from("   ");
            }
            line.extend([" ", &unit]);
        }
        self.uncut(&line, BOLD)
    }

    /// An edge of the box, with a title in it.
    pub(super) fn edge(
        &mut self,
        left: char,
        right: char,
        title: &str,
        style: Style,
    ) -> io::Result<()> {
        let title = if title.is_empty() { String::new() } else { format!(" {title} ") };
        let rest = self.width.saturating_sub(width_of(&title) + 3);
        self.line(&[
            Piece::plain(format!("{left}─")),
            Piece::new(title, style),
            Piece::plain(format!("{}{right}", "─".repeat(rest))),
        ])
    }

    /// Text in the box, after a label that following lines leave blank.
    pub(super) fn boxed(&mut self, label: &str, text: &str, style: Style) -> io::Result<()> {
        let inner = self.width.saturating_sub(4);
        let label_width = width_of(label);
        let room = inner.saturating_sub(label_width);
        for (number, line) in wrap(text, room).into_iter().enumerate() {
            let label = if number == 0 { label.to_owned() } else { " ".repeat(label_width) };
            self.line(&[
                Piece::plain("│ "),
                Piece::new(label, style),
                Piece::new(padded(&line, room), style),
                Piece::plain(" │"),
            ])?;
        }
        Ok(())
    }
}

/// Columns that a text takes.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}

/// A text padded on its right to so many columns.
pub(super) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width_of(text))))
}

/// A text cut on its right to so many columns, with `…` where something is missing.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// A text cut on its left: of a path, the end says more.
pub(super) fn cut_left(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut start = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        start = at;
    }
    format!("…{}", text.get(start..).unwrap_or_default())
}

/// A text cut in its middle.
pub(super) fn cut_middle(text: &str, columns: usize) -> String {
    if width_of(text) <= columns {
        return text.to_owned();
    }
    let tail = cut_left(text, columns / 2);
    let head = cut(text, columns.saturating_sub(width_of(&tail)) + 1);
    format!("{}{tail}", head.trim_end_matches('…'))
}

/// A text in lines of at most so many columns, broken at spaces, and within words that are longer
/// than a line.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let mut word = word.to_owned();
        if !line.is_empty() && width_of(&line) + 1 + width_of(&word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        while width_of(&word) > columns {
            let head = cut(&word, columns);
            let head = head.strip_suffix('…').unwrap_or(&head).to_owned();
            word = word.get(head.len()..).unwrap_or_default().to_owned();
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn columns_are_not_bytes() {
        assert_eq!(cut("Giá Đô máy 7", 8), "Giá Đô …");
        assert_eq!(cut_left("C:/Users/thanh.n/a.evtx", 8), "…/a.evtx");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut_middle("Image=C:/Users/thanh.n/a.dll", 15), "Image=C:…/a.dll");
        assert_eq!(wrap("một hai ba bốn", 8), ["một hai", "ba bốn"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in "\\PC{0,60}", columns in 8_usize..40) {
            prop_assert!(width_of(&cut(&text, columns)) <= columns);
            prop_assert!(width_of(&cut_left(&text, columns)) <= columns);
            prop_assert!(width_of(&cut_middle(&text, columns)) <= columns);
            for line in wrap(&text, columns) {
                prop_assert!(width_of(&line) <= columns, "{line:?}");
            }
        }
    }
}
