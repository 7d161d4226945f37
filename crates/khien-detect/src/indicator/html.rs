//! The text of a web page, line by line.
//!
//! Not a browser: tags are removed where they stand, in one pass and without a tree, so that no page
//! can cost more than its length. Blocks, rows and list items become lines, cells are separated by
//! tabs. Scripts, styles, comments and what surrounds an article (navigation, footers, forms) go.

use super::prose::{Line, LineKind};

/// Whether a text is a page, or a piece of one that someone pasted.
pub(super) fn is_html(start: &str) -> bool {
    let head: String = start.chars().take(HEAD_CHARS).collect::<String>().to_ascii_lowercase();
    if head.starts_with("<!doctype html") || head.starts_with("<html") {
        return true;
    }
    if head.starts_with("<?xml") && head.contains("<html") {
        return true;
    }
    let closing = ["</p>", "</a>", "</div>", "</td>", "</li>", "</span>", "</h1>", "</h2>", "<br"];
    let has_tags = closing.iter().any(|tag| head.contains(tag));
    has_tags
        && (head.starts_with('<')
            || closing.iter().map(|tag| head.matches(tag).count()).sum::<usize>() > 2)
        && !head.starts_with("<?xml")
        && !head.starts_with("<ioc")
        && !head.starts_with("<openioc")
}

const HEAD_CHARS: usize = 64 << 10;

/// The lines of a page. Numbers are those of the page's own lines.
pub(super) fn text_of(html: &str) -> Vec<Line> {
    let mut page = Page { rest: html, number: 1, ..Page::default() };
    while page.step() {}
    page.end_line();
    page.lines
}

#[derive(Default)]
struct Page<'h> {
    rest: &'h str,
    /// The line of `rest`'s beginning.
    number: u64,
    lines: Vec<Line>,
    text: String,
    kind: LineKind,
    /// How many preformatted elements we are in.
    preformatted: u32,
    /// A row keeps its cells on one line.
    in_cell: bool,
    /// Elements that have no end in what is left.
    endless: Vec<String>,
}

impl Page<'_> {
    /// Takes in the next tag or run of text; false at the end.
    fn step(&mut self) -> bool {
        if self.rest.is_empty() {
            return false;
        }
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        if end > 0 {
            let (run, _) = self.rest.split_at(end);
            self.run(run);
            self.skip(end);
            return true;
        }
        if self.rest.starts_with("<!--") && !self.endless.iter().any(|name| name == "!--") {
            match self.rest.find("-->") {
                Some(at) => self.skip(at.saturating_add(3)),
                // Browsers end an open comment with the page; we would rather show it.
                None => {
                    self.endless.push("!--".to_owned());
                    self.skip("<!--".len());
                }
            }
            return true;
        }
        let Some(tag) = Tag::at(self.rest) else {
            self.text.push('<');
            self.skip(1);
            return true;
        };
        self.skip(tag.length);
        self.tag(&tag);
        true
    }

    fn skip(&mut self, bytes: usize) {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let breaks = passed.bytes().filter(|byte| *byte == b'\n').count();
        self.number = self.number.saturating_add(u64::try_from(breaks).unwrap_or_default());
        self.rest = rest;
    }

    /// Drops an element whose tag was read; one that never ends is kept, so that it costs nothing.
    fn skip_element(&mut self, name: &str) {
        if self.endless.iter().any(|known| known == name) {
            return;
        }
        let end = format!("</{name}");
        let is_end = |at: &usize| {
            let there = self.rest.get(*at..at.saturating_add(end.len()));
            there.is_some_and(|there| there.eq_ignore_ascii_case(&end))
        };
        let found = self.rest.match_indices("</").map(|(at, _)| at).find(is_end);
        let Some(at) = found else {
            // Hostile: what ends nowhere is looked for once only.
            return self.endless.push(name.to_owned());
        };
        let tail = self.rest.get(at..).unwrap_or_default();
        let length = tail.find('>').map_or(tail.len(), |close| close.saturating_add(1));
        self.skip(at.saturating_add(length));
    }

    fn run(&mut self, run: &str) {
        let decoded = decoded(run);
        if self.preformatted > 0 {
            for (number, piece) in decoded.split('\n').enumerate() {
                if number > 0 {
                    let kind = self.kind;
                    self.end_line();
                    self.kind = kind;
                }
                self.text.push_str(piece);
            }
            return;
        }
        for c in decoded.chars() {
            if c.is_whitespace() {
                if !self.text.ends_with([' ', '\t']) && !self.text.is_empty() {
                    self.text.push(' ');
                }
            } else {
                self.text.push(c);
            }
        }
    }

    fn tag(&mut self, tag: &Tag) {
        match tag.name.as_str() {
            "script" | "style" | "noscript" | "template" | "svg" | "nav" | "footer" | "aside"
            | "button" | "select" | "iframe" | "textarea" | "title" | "math"
                if !tag.closes && !tag.is_empty_element =>
            {
                if tag.name == "title" && self.lines.is_empty() {
                    self.title();
                }
                self.skip_element(&tag.name);
            }
            "pre" => {
                self.end_line();
                let count = self.preformatted;
                self.preformatted =
                    if tag.closes { count.saturating_sub(1) } else { count.saturating_add(1) };
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.end_line();
                if !tag.closes {
                    self.kind = LineKind::Heading;
                }
            }
            "td" | "th" => {
                self.in_cell = !tag.closes;
                if tag.closes {
                    let length = self.text.trim_end_matches(' ').len();
                    self.text.truncate(length);
                    self.text.push('\t');
                }
            }
            // Inside a cell blocks do not end the row's line.
            "p" | "div" | "section" | "article" | "blockquote" if self.in_cell => self.run(" "),
            // A quote, because names in it may hold blanks.
            "code" | "tt" | "kbd" | "samp" if self.preformatted == 0 => self.text.push('`'),
            "li" => {
                self.end_line();
                if !tag.closes {
                    self.kind = LineKind::Item;
                }
            }
            "tr" => {
                self.in_cell = false;
                self.end_line();
                if !tag.closes {
                    self.kind = LineKind::Item;
                }
            }
            "br" | "p" | "div" | "ul" | "ol" | "dl" | "dt" | "dd" | "table" | "thead" | "tbody"
            | "hr" | "section" | "article" | "header" | "main" | "blockquote" | "body" | "html"
            | "figure" | "figcaption" | "caption" | "address" | "details" | "summary" => {
                self.end_line()
            }
            _ => {}
        }
    }

    /// The page's title is its first line.
    fn title(&mut self) {
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let text = decoded(self.rest.get(..end).unwrap_or_default());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.lines.push(Line { number: self.number, text, kind: LineKind::Title });
        }
    }

    fn end_line(&mut self) {
        // Tabs stay: an empty first cell is a cell.
        let text = self.text.trim_matches(' ').to_owned();
        let text = if text.trim().is_empty() { String::new() } else { text };
        self.text.clear();
        let kind = std::mem::take(&mut self.kind);
        // Blank lines part paragraphs.
        let after_blank = self.lines.last().is_none_or(|line| line.text.is_empty());
        if !text.is_empty() || !after_blank {
            self.lines.push(Line { number: self.number, text, kind });
        }
    }
}

struct Tag {
    name: String,
    closes: bool,
    is_empty_element: bool,
    /// With both angle brackets.
    length: usize,
}

impl Tag {
    /// The tag at the start of a text; `None` when the angle bracket is only a sign.
    fn at(rest: &str) -> Option<Self> {
        let inner = rest.strip_prefix('<')?;
        let (closes, named) = match inner.strip_prefix('/') {
            Some(named) => (true, named),
            None => (false, inner),
        };
        if !named.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
            return None;
        }
        let name_end = named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len());
        let name = named.get(..name_end)?.to_ascii_lowercase();
        let length = tag_length(rest)?;
        let is_empty_element = rest.get(..length)?.ends_with("/>");
        Some(Self { name, closes, is_empty_element, length })
    }
}

/// Where a tag ends: a `>` outside quotes.
fn tag_length(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut previous = ' ';
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (None, '>') => return at.checked_add(1),
            // Hostile: without this, a page of opened tags would be read to its end from each.
            (None, '<') if at > 0 => return None,
            // A quote opens a value only behind an equals sign: `<p title=it's>` is text of people.
            (None, '"' | '\'') if previous == '=' => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        if !c.is_whitespace() {
            previous = c;
        }
    }
    None
}

/// Text with its character references decoded; one that is not known stays as it is.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let reference = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let window =
            reference.char_indices().nth(REFERENCE_CHARS_MAX).map_or(reference.len(), |(at, _)| at);
        let end = reference.get(..window).and_then(|window| window.find(';'));
        let meant =
            end.and_then(|end| Some((character(reference.get(..end)?)?, end.checked_add(1)?)));
        match meant {
            Some((c, length)) => {
                out.push(c);
                rest = reference.get(length..).unwrap_or_default();
            }
            None => {
                out.push('&');
                rest = reference;
            }
        }
    }
    out.push_str(rest);
    out
}

const REFERENCE_CHARS_MAX: usize = 12;

/// The character of a reference's name or number.
fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    let place = NAMED.iter().find(|(known, _)| *known == name);
    place.map(|(_, c)| *c).or_else(|| accented(name))
}

/// Letters of Latin-1 by the pattern of their names (`&aacute;`), which Vietnamese pages use.
fn accented(name: &str) -> Option<char> {
    let letter = name.chars().next()?;
    let mark = match name.get(1..)? {
        "grave" => '\u{300}',
        "acute" => '\u{301}',
        "circ" => '\u{302}',
        "tilde" => '\u{303}',
        _ => return None,
    };
    COMPOSED.iter().find(|(base, accent, _)| (*base, *accent) == (letter, mark)).map(|(_, _, c)| *c)
}

const COMPOSED: [(char, char, char); 32] = [
    ('a', '\u{300}', 'à'),
    ('a', '\u{301}', 'á'),
    ('a', '\u{302}', 'â'),
    ('a', '\u{303}', 'ã'),
    ('e', '\u{300}', 'è'),
    ('e', '\u{301}', 'é'),
    ('e', '\u{302}', 'ê'),
    ('i', '\u{300}', 'ì'),
    ('i', '\u{301}', 'í'),
    ('o', '\u{300}', 'ò'),
    ('o', '\u{301}', 'ó'),
    ('o', '\u{302}', 'ô'),
    ('o', '\u{303}', 'õ'),
    ('u', '\u{300}', 'ù'),
    ('u', '\u{301}', 'ú'),
    ('y', '\u{301}', 'ý'),
    ('A', '\u{300}', 'À'),
    ('A', '\u{301}', 'Á'),
    ('A', '\u{302}', 'Â'),
    ('A', '\u{303}', 'Ã'),
    ('E', '\u{300}', 'È'),
    ('E', '\u{301}', 'É'),
    ('E', '\u{302}', 'Ê'),
    ('I', '\u{300}', 'Ì'),
    ('I', '\u{301}', 'Í'),
    ('O', '\u{300}', 'Ò'),
    ('O', '\u{301}', 'Ó'),
    ('O', '\u{302}', 'Ô'),
    ('O', '\u{303}', 'Õ'),
    ('U', '\u{300}', 'Ù'),
    ('U', '\u{301}', 'Ú'),
    ('Y', '\u{301}', 'Ý'),
];

const NAMED: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("shy", '\u{ad}'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("period", '.'),
    ("colon", ':'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("lbrack", '['),
    ("lsqb", '['),
    ("rbrack", ']'),
    ("rsqb", ']'),
    ("lpar", '('),
    ("rpar", ')'),
    ("commat", '@'),
    ("copy", '©'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ensp", ' '),
    ("emsp", ' '),
];

#[cfg(test)]
mod tests;
