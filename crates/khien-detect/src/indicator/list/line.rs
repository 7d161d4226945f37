//! One line of a list as its cells.

/// The cells of a line, separated by commas, semicolons or tabs, without remarks behind `#`.
///
/// A cell may stand in double quotes, in which a doubled quote is one quote.
pub(super) fn cells(line: &str) -> Vec<String> {
    let separator = [',', '\t', ';'].into_iter().find(|separator| line.contains(*separator));
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut previous = ' ';
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            '#' if !quoted && previous.is_whitespace() => break,
            c if Some(c) == separator && !quoted => {
                cells.push(cell.trim().to_owned());
                cell.clear();
            }
            c => cell.push(c),
        }
        previous = c;
    }
    cells.push(cell.trim().to_owned());
    cells
}
