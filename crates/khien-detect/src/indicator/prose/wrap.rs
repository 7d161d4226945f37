//! Hashes that a narrow column broke across lines.
//!
//! Two halves of a SHA-256 may as well be two MD5: pieces are only joined where the lengths leave
//! one reading, or the line names the hash.

use super::{Line, LineKind};

/// The most pieces of one hash.
const PIECES_MAX: usize = 4;

/// The shortest first piece, in digits.
const PIECE_MIN: usize = 16;

/// The lines with broken hashes made whole; a line that was only a piece is gone.
pub(super) fn joined(lines: Vec<Line>) -> Vec<Line> {
    let mut whole: Vec<Line> = Vec::with_capacity(lines.len());
    let mut at = 0_usize;
    // "SHA-256:" above a list of them.
    let mut named_above = None;
    while let Some(line) = lines.get(at) {
        let bare = line.text.trim().trim_start_matches(['-', '*', '•', ' ']);
        if bare.is_empty() || !is_hex(bare) {
            named_above = named_length(&line.text);
        }
        let pieces = pieces_behind(&lines, at, named_above);
        let mut line = line.clone();
        at = at.saturating_add(1);
        for piece in lines.iter().skip(at).take(pieces) {
            line.text.truncate(line.text.trim_end().len());
            line.text.push_str(piece.text.trim());
        }
        at = at.saturating_add(pieces);
        whole.push(line);
    }
    whole
}

/// How many of the following lines belong to a hash at the end of a line, whose length in digits may
/// be known.
fn pieces_behind(lines: &[Line], at: usize, named: Option<usize>) -> usize {
    let Some(line) = lines.get(at).filter(|line| line.kind != LineKind::Heading) else { return 0 };
    let Some(first) = line.text.split_whitespace().next_back().map(without_label) else { return 0 };
    if !is_hex(first) || first.len() < PIECE_MIN {
        return 0;
    }
    if is_hash_length(first.len()) && named.is_none_or(|length| length == first.len()) {
        return 0;
    }
    let mut length = first.len();
    for count in 1..PIECES_MAX {
        let Some(piece) = lines.get(at.saturating_add(count)).map(|line| line.text.trim()) else {
            return 0;
        };
        if !is_hex(piece) || piece.is_empty() {
            return 0;
        }
        // A whole hash below is one of its own, unless the line says how long ours is.
        if is_hash_length(piece.len()) && named.is_none() {
            return 0;
        }
        length = length.saturating_add(piece.len());
        if named.map_or(is_hash_length(length), |wanted| wanted == length) {
            return count;
        }
    }
    0
}

/// What is behind `SHA256:` or `hash=`.
fn without_label(word: &str) -> &str {
    word.rsplit([':', '=', '|']).next().unwrap_or(word)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

const fn is_hash_length(length: usize) -> bool {
    matches!(length, 32 | 40 | 64 | 96 | 128)
}

/// The digits of the hash that a line names.
fn named_length(line: &str) -> Option<usize> {
    let line = line.to_ascii_lowercase().replace(['-', '_', ' '], "");
    let lengths = [("md5", 32), ("sha1", 40), ("sha256", 64), ("sha384", 96), ("sha512", 128)];
    let mut named = lengths.into_iter().filter(|(name, _)| line.contains(name));
    let (_, length) = named.next()?;
    named.next().is_none().then_some(length)
}
