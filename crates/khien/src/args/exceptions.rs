//! What can be typed to answer for a departure.

use clap::{Args, ValueEnum};

/// The longest that an exception may be asked for, in days.
const DAYS_MAX: i64 = khien_lineage::exception::DAYS_MAX;
/// Bound: characters of an owner or a reason.
const TEXT_CHARS_MAX: usize = 500;
/// Digits of an identifier that name a departure at least, and at most.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 4..=16;

/// Which releases an exception is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum ReleasesArg {
    /// Only the release that departs
    #[default]
    This,
    /// That release and later ones
    Later,
}

/// Exceptions of `khien lineage`.
#[derive(Args, Clone, Debug)]
pub struct ExceptionArgs {
    /// Answer for the departure with this id, or the beginning of it; it ends after --days or at --until
    #[arg(long, value_name = "ID", help_heading = "Exceptions", value_parser = parse_id,
          requires_all = ["owner", "reason"], conflicts_with_all = ["json", "output"])]
    pub except: Option<String>,
    /// --except: who answers for it
    #[arg(long, value_name = "NAME", help_heading = "Exceptions", value_parser = parse_text, requires = "except")]
    pub owner: Option<String>,
    /// --except: why it is benign
    #[arg(long, value_name = "TEXT", help_heading = "Exceptions", value_parser = parse_text, requires = "except")]
    pub reason: Option<String>,
    /// --except: days that it holds; or give its end with --until
    #[arg(long, value_name = "N", help_heading = "Exceptions", requires = "except", conflicts_with = "until",
          value_parser = clap::value_parser!(i64).range(1..=DAYS_MAX))]
    pub days: Option<i64>,
    /// --except: for the release that departs, or also for later ones
    #[arg(long, value_name = "this|later", help_heading = "Exceptions", value_enum, default_value_t = ReleasesArg::This,
          hide_possible_values = true, hide_default_value = true)]
    pub releases: ReleasesArg,
    /// List exceptions, also those that have ended or were taken back
    #[arg(long, help_heading = "Exceptions", conflicts_with_all = ["except", "unexcept"])]
    pub exceptions: bool,
    /// Take an exception back; it stays in the list
    #[arg(long, value_name = "ID", help_heading = "Exceptions", value_parser = parse_id,
          conflicts_with_all = ["except", "json", "output"])]
    pub unexcept: Option<String>,
}

fn parse_id(text: &str) -> Result<String, String> {
    let is_id =
        ID_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let wrong = || "give the id of a departure, or its first 4 digits or more".to_owned();
    is_id.then(|| text.to_ascii_lowercase()).ok_or_else(wrong)
}

fn parse_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX || text.contains(char::is_control) {
        return Err(format!("say it on one line, in {TEXT_CHARS_MAX} characters at most"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_an_id_and_a_pattern_is_not() {
        assert_eq!(parse_id("3FA9").as_deref(), Ok("3fa9"));
        assert!(parse_id("0123456789abcdef").is_ok());
        for wrong in ["", "3fa", "*", "3fa9*", "0123456789abcdef0", "３ＦＡ９"] {
            assert!(parse_id(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whoever_answers_has_a_name_and_a_reason() {
        assert_eq!(parse_text(" An ").as_deref(), Ok("An"));
        for wrong in ["", "  ", "two\nlines"] {
            assert!(parse_text(wrong).is_err(), "{wrong:?}");
        }
    }
}
