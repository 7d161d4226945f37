//! Text from outside drives neither terminal nor browser, in any format.

use khien::output::Format;
use khien_text::Lang;

use super::fixture::{hostile, options, rendered};

#[test]
fn no_format_lets_a_control_character_through() {
    for format in Format::ALL {
        for lang in [Lang::En, Lang::Vi] {
            for defang in [true, false] {
                let mut options = options(lang, 80);
                options.defang = defang;
                let text = rendered(format, &hostile(), &options);
                let bad = text.chars().find(|c| {
                    (c.is_control() && *c != '\n')
                        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                });
                assert_eq!(bad, None, "{format}");
            }
        }
    }
}

#[test]
fn the_page_holds_no_markup_from_outside() {
    for defang in [true, false] {
        let mut options = options(Lang::En, 80);
        options.defang = defang;
        let page = rendered(Format::Html, &hostile(), &options);
        assert!(!page.contains("<script"), "markup from outside");
        assert!(page.contains("&#60;script&#62;alert(1)"), "shown, not swallowed");
        assert!(!page.contains("href=\"javascript"));
    }
}

#[test]
fn what_looks_like_an_argument_is_shown_as_it_is() {
    for format in [Format::Table, Format::Html] {
        let text = rendered(format, &hostile(), &options(Lang::En, 120));
        assert!(text.contains("{count}"), "{format}");
    }
}

#[test]
fn a_table_line_cannot_be_forged() {
    let table = rendered(Format::Table, &hostile(), &options(Lang::En, 120));
    assert!(table.contains("two\\nlines"), "{table}");
}
