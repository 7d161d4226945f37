use proptest::prelude::*;

use super::*;

fn lines(html: &str) -> Vec<String> {
    text_of(html).into_iter().map(|line| line.text).filter(|text| !text.is_empty()).collect()
}

#[test]
fn tags_go_and_blocks_are_lines() {
    assert_eq!(lines("<p>a <b>b</b></p><p>c<br/>d</p>"), ["a b", "c", "d"]);
    assert_eq!(
        lines("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"),
        ["a\tb\t", "c\t"]
    );
    assert_eq!(lines("<ul><li>a<li>b</ul>"), ["a", "b"]);
    assert_eq!(lines("<pre>a\n  b</pre>c"), ["a", "b", "c"]);
    assert_eq!(lines("long<wbr>word&shy;parts"), ["longword\u{ad}parts"]);
    assert_eq!(lines("<td><p>a</p><p>b</p></td>"), ["a b\t"]);
}

#[test]
fn what_is_not_shown_goes() {
    assert_eq!(lines("a<script>if (b < 1) { x(\"</p>\") }</script>c"), ["ac"]);
    assert_eq!(lines("a<STYLE>b</Style >c<!-- d -->e"), ["ace"]);
    assert_eq!(lines("<nav>a</nav>b<footer>c</footer>"), ["b"]);
    // What never ends takes nothing with it.
    assert_eq!(lines("<nav>a<p>b"), ["a", "b"]);
    assert_eq!(lines("<!-- a<p>b"), ["a", "b"]);
}

#[test]
fn references_and_signs() {
    assert_eq!(
        lines("a&amp;b &lt;c&gt; &#46;&#x2e; &eacute;&nbsp;&unknown; & &#0;"),
        ["a&b <c> .. é &unknown; & &#0;"]
    );
    assert_eq!(lines("1 < 2 and <3"), ["1 < 2 and <3"]);
    assert_eq!(lines("<a title=\"a > b\">c</a>"), ["c"]);
}

#[test]
fn titles_headings_and_numbers() {
    let page = text_of("<html>\n<title>T</title>\n<h2>H</h2>\n<p>p</p>");
    let kinds: Vec<(u64, LineKind)> = page
        .iter()
        .filter(|line| !line.text.is_empty())
        .map(|line| (line.number, line.kind))
        .collect();
    assert_eq!(kinds, [(2, LineKind::Title), (3, LineKind::Heading), (4, LineKind::Text)]);
}

#[test]
fn pages_are_told_from_other_text() {
    assert!(is_html("<!DOCTYPE html><p>"));
    assert!(is_html("<div>x</div>"));
    assert!(is_html("text <br> and <a>b</a> and <p>c</p>"));
    assert!(!is_html("<ioc><p></p></ioc>"));
    assert!(!is_html("a < b"));
    assert!(!is_html("evil.example"));
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = text_of(&text);
    }

    #[test]
    fn plain_text_stays(text in "[a-z0-9.,:/ ]{0,60}") {
        let whole: String = text_of(&text).into_iter().map(|line| line.text).collect();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assert_eq!(whole, words);
    }
}
