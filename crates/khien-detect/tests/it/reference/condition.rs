//! Conditions: `or` binds weakest, then `and`, then `not`; brackets; `1 of`, `all of`, `N of`.

/// Whether a condition holds, given a test for each name.
pub(super) fn holds(condition: &str, names: &[&str], test: &dyn Fn(&str) -> bool) -> bool {
    let spaced = condition.replace('(', " ( ").replace(')', " ) ");
    let mut reader = Reader { words: spaced.split_whitespace().collect(), at: 0, names, test };
    let verdict = reader.either();
    assert_eq!(reader.at, reader.words.len(), "a rest in `{condition}`");
    verdict
}

struct Reader<'c> {
    words: Vec<&'c str>,
    at: usize,
    names: &'c [&'c str],
    test: &'c dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let is = self.words.get(self.at) == Some(&word);
        self.at += usize::from(is);
        is
    }

    fn either(&mut self) -> bool {
        let mut verdict = self.both();
        while self.takes("or") {
            verdict |= self.both();
        }
        verdict
    }

    fn both(&mut self) -> bool {
        let mut verdict = self.negated();
        while self.takes("and") {
            verdict &= self.negated();
        }
        verdict
    }

    fn negated(&mut self) -> bool {
        if self.takes("not") { !self.negated() } else { self.single() }
    }

    fn single(&mut self) -> bool {
        if self.takes("(") {
            let verdict = self.either();
            assert!(self.takes(")"), "an open bracket");
            return verdict;
        }
        let word = self.words[self.at];
        self.at += 1;
        if !self.takes("of") {
            return (self.test)(word);
        }
        let pattern = self.words[self.at];
        self.at += 1;
        let chosen: Vec<&str> =
            self.names.iter().copied().filter(|n| selects(pattern, n)).collect();
        let holding = chosen.iter().filter(|name| (self.test)(name)).count();
        match word {
            "all" => holding == chosen.len(),
            "any" => holding >= 1,
            number => holding >= number.parse().unwrap(),
        }
    }
}

/// Names with a leading underscore are left out, unless the pattern has one too.
fn selects(pattern: &str, name: &str) -> bool {
    let pattern = if pattern == "them" { "*" } else { pattern };
    (pattern.starts_with('_') || !name.starts_with('_')) && fits(pattern, name)
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name
            .strip_prefix(before)
            .is_some_and(|rest| (0..=rest.len()).any(|skip| fits(after, &rest[skip..]))),
    }
}
