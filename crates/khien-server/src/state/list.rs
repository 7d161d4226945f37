//! Pages by keyset: what all lists share.

use data_encoding::BASE64URL_NOPAD;
use khien_wire::{LIMIT_DEFAULT, LIMIT_MAX};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::StateError;

/// Which way a list runs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Order {
    /// Greatest first.
    Down,
    /// Least first.
    #[default]
    Up,
}

impl Order {
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::Down => "DESC",
            Self::Up => "ASC",
        }
    }

    /// What comes after a cursor.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Down => "<",
            Self::Up => ">",
        }
    }
}

/// What sorts a row of a list that is not in the database.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Key {
    Number(i64),
    Text(String),
}

impl Key {
    fn cursor(&self) -> String {
        match self {
            Self::Number(number) => format!("n{number}"),
            Self::Text(text) => format!("t{text}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split_at_checked(1)? {
            ("n", number) => number.parse().ok().map(Self::Number),
            ("t", text) => Some(Self::Text(text.to_owned())),
            _ => None,
        }
    }
}

/// A page of a list that is not in the database.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
    pub(crate) total: u64,
}

/// What was asked of a list.
#[derive(Clone, Debug)]
pub struct ListAsked {
    /// Items of a page.
    pub limit: u32,
    /// The cursor of the page before.
    pub after: Option<String>,
    /// The column that sorts.
    pub by: String,
    /// Which way.
    pub order: Order,
    /// Text to be found.
    pub q: Option<String>,
}

impl ListAsked {
    /// The first page, sorted by this.
    pub fn by(column: &str, order: Order) -> Self {
        Self { limit: LIMIT_DEFAULT, after: None, by: column.to_owned(), order, q: None }
    }

    pub(super) fn limit_and_one(&self) -> i64 {
        i64::from(self.limit.clamp(1, LIMIT_MAX)).saturating_add(1)
    }

    /// The rows of this page, and whether others follow.
    pub(super) fn cut<T>(&self, mut rows: Vec<T>) -> (Vec<T>, bool) {
        let most = usize::try_from(self.limit.clamp(1, LIMIT_MAX)).unwrap_or(usize::MAX);
        let more = rows.len() > most;
        rows.truncate(most);
        (rows, more)
    }

    /// The number in a cursor of [`number_cursor`].
    pub(super) fn after_number(&self) -> Result<Option<i64>, StateError> {
        let read = |cursor: &String| decode(cursor)?.parse::<i64>().ok();
        match &self.after {
            None => Ok(None),
            Some(cursor) => read(cursor).map(Some).ok_or_else(bad_cursor),
        }
    }

    /// The value and the id in a cursor of [`pair_cursor`].
    pub(super) fn after_pair(&self) -> Result<Option<(String, String)>, StateError> {
        let read = |cursor: &String| {
            let text = decode(cursor)?;
            let (value, id) = text.split_once('\u{1f}')?;
            Some((value.to_owned(), id.to_owned()))
        };
        match &self.after {
            None => Ok(None),
            Some(cursor) => read(cursor).map(Some).ok_or_else(bad_cursor),
        }
    }

    /// Whether one of these texts holds what was asked for, whatever the case.
    pub(crate) fn finds(&self, texts: &[&str]) -> bool {
        let Some(q) = self.q.as_deref().filter(|q| !q.is_empty()) else { return true };
        let q = q.to_lowercase();
        texts.iter().any(|text| text.to_lowercase().contains(&q))
    }

    /// The page of rows that are all at hand, each with what sorts it and its id.
    pub(crate) fn page_of<T>(&self, mut rows: Vec<(Key, String, T)>) -> Result<Cut<T>, StateError> {
        let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        rows.sort_by(|a, b| {
            let order = (&a.0, &a.1).cmp(&(&b.0, &b.1));
            if self.order == Order::Down { order.reverse() } else { order }
        });
        if let Some((value, id)) = self.after_pair()? {
            let after = (Key::parse(&value).ok_or_else(bad_cursor)?, id);
            rows.retain(|(key, id, _)| {
                let order = (key, id).cmp(&(&after.0, &after.1));
                if self.order == Order::Down { order.is_lt() } else { order.is_gt() }
            });
        }
        let (rows, more) = self.cut(rows);
        let last = rows.last().filter(|_| more);
        let next = last.map(|(key, id, _)| pair_cursor(&key.cursor(), id));
        Ok(Cut { items: rows.into_iter().map(|(_, _, row)| row).collect(), next, total })
    }

    /// Narrows to rows of which one of these columns holds the text.
    pub(super) fn search(&self, query: &mut QueryBuilder<Sqlite>, columns: &[&'static str]) {
        let Some(q) = self.q.as_deref().filter(|q| !q.is_empty()) else { return };
        let escaped = q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let pattern = format!("%{escaped}%");
        query.push(" AND (0");
        for column in columns {
            query.push(format!(" OR {column} LIKE ")).push_bind(pattern.clone());
            query.push(" ESCAPE '\\'");
        }
        query.push(")");
    }

    /// Sorts by a column and the id, behind the cursor. Text columns compare as text, the others as numbers.
    pub(super) fn sort_and_page(
        &self,
        query: &mut QueryBuilder<Sqlite>,
        text_columns: &[&'static str],
        number_columns: &[&'static str],
    ) -> Result<(), StateError> {
        let known = |columns: &[&'static str]| columns.iter().copied().find(|c| *c == self.by);
        let (column, numeric) = match (known(text_columns), known(number_columns)) {
            (Some(column), _) => (column, false),
            (None, Some(column)) => (column, true),
            (None, None) => return Err(StateError::invalid("sort", "unknown_word")),
        };
        let sign = self.order.sign();
        if let Some((value, id)) = self.after_pair()? {
            query.push(format!(" AND ({column}, id) {sign} ("));
            if numeric {
                query.push_bind(value.parse::<i64>().map_err(|_| bad_cursor())?);
            } else {
                query.push_bind(value);
            }
            query.push(", ").push_bind(id).push(")");
        }
        let order = self.order.sql();
        query.push(format!(" ORDER BY {column} {order}, id {order} LIMIT "));
        query.push_bind(self.limit_and_one());
        Ok(())
    }
}

fn bad_cursor() -> StateError {
    StateError::invalid("after", "not_a_cursor")
}

fn decode(cursor: &str) -> Option<String> {
    String::from_utf8(BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?).ok()
}

pub(super) fn number_cursor(n: i64) -> String {
    BASE64URL_NOPAD.encode(n.to_string().as_bytes())
}

pub(super) fn pair_cursor(value: &str, id: &str) -> String {
    BASE64URL_NOPAD.encode(format!("{value}\u{1f}{id}").as_bytes())
}

pub(super) async fn count(
    mut query: QueryBuilder<Sqlite>,
    tx: &mut SqliteConnection,
) -> Result<u64, StateError> {
    let total: i64 = query.build_query_scalar().fetch_one(tx).await?;
    Ok(u64::try_from(total).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_rows_at_hand_follow_each_other() {
        let rows = || (0..5).map(|n| (Key::Number(n / 2), format!("id{n}"), n)).collect();
        for (order, expected) in [(Order::Up, [0, 1, 2, 3, 4]), (Order::Down, [4, 3, 2, 1, 0])] {
            let mut asked = ListAsked { limit: 2, ..ListAsked::by("n", order) };
            let mut seen = Vec::new();
            loop {
                let cut = asked.page_of(rows()).unwrap();
                assert_eq!(cut.total, 5);
                seen.extend(cut.items);
                asked.after = cut.next;
                if asked.after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, expected);
        }
        let asked =
            ListAsked { after: Some("nonsense".to_owned()), ..ListAsked::by("n", Order::Up) };
        assert!(asked.page_of(rows()).is_err());
    }
}
