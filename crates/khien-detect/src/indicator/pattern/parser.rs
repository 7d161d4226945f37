//! A pattern's tokens to its tree, by recursive descent.

use super::lexer::{Placed, Token, tokens};
use super::{
    Comparison, DEPTH_MAX, Found, Literal, Observation, Operator, PATTERN_BYTES_MAX, PatternError,
    Qualifier, Step, Test,
};

/// Reads a whole pattern.
///
/// # Errors
///
/// What is wrong with the pattern and where: the publisher's fault, or our limits.
pub(in crate::indicator) fn parse(pattern: &str) -> Result<Observation, PatternError> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(PatternError::TooLong(pattern.len()));
    }
    let tokens = tokens(pattern)?;
    let mut parser = Parser { pattern, tokens: &tokens, depth: 0 };
    let observation = parser.followed_by()?;
    if parser.tokens.is_empty() { Ok(observation) } else { Err(parser.unexpected("the end")) }
}

struct Parser<'p> {
    pattern: &'p str,
    /// What is still to be read.
    tokens: &'p [Placed<'p>],
    /// How many brackets are open.
    depth: usize,
}

type Parsed<T> = Result<T, PatternError>;

impl<'p> Parser<'p> {
    fn followed_by(&mut self) -> Parsed<Observation> {
        self.joined("FOLLOWEDBY", Self::any_observation, Observation::FollowedBy)
    }

    fn any_observation(&mut self) -> Parsed<Observation> {
        self.joined("OR", Self::all_observations, Observation::Or)
    }

    fn all_observations(&mut self) -> Parsed<Observation> {
        self.joined("AND", Self::observation, Observation::And)
    }

    fn observation(&mut self) -> Parsed<Observation> {
        let inner = if self.takes_mark("[") {
            let comparison = self.nested(Self::any_comparison)?;
            self.mark("]", "“]”")?;
            Observation::Single(comparison)
        } else if self.takes_mark("(") {
            let inner = self.nested(Self::followed_by)?;
            self.mark(")", "“)”")?;
            inner
        } else {
            return Err(self.unexpected("“[” or “(”"));
        };
        let mut qualifiers = Vec::new();
        while let Some(qualifier) = self.qualifier()? {
            qualifiers.push(qualifier);
        }
        let bare = qualifiers.is_empty();
        Ok(if bare { inner } else { Observation::Qualified(Box::new(inner), qualifiers) })
    }

    fn qualifier(&mut self) -> Parsed<Option<Qualifier>> {
        if self.takes_word("WITHIN") {
            let seconds = self.number("a number of seconds")?;
            self.word("SECONDS", "SECONDS")?;
            return Ok(Some(Qualifier::Within(seconds)));
        }
        if self.takes_word("REPEATS") {
            let times = self.number("a number of times")?;
            self.word("TIMES", "TIMES")?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the cast saturates, and a fraction of a time means nothing"
            )]
            return Ok(Some(Qualifier::Repeats(times as u64)));
        }
        if self.takes_word("START") {
            let start = self.time()?;
            self.word("STOP", "STOP")?;
            return Ok(Some(Qualifier::StartStop(start, self.time()?)));
        }
        Ok(None)
    }

    fn any_comparison(&mut self) -> Parsed<Comparison> {
        self.joined("OR", Self::all_comparisons, Comparison::Or)
    }

    fn all_comparisons(&mut self) -> Parsed<Comparison> {
        self.joined("AND", Self::comparison, Comparison::And)
    }

    fn comparison(&mut self) -> Parsed<Comparison> {
        let negated = self.takes_word("NOT");
        if !negated && self.takes_mark("(") {
            let inner = self.nested(Self::any_comparison)?;
            self.mark(")", "“)”")?;
            return Ok(inner);
        }
        if self.takes_word("EXISTS") {
            let (object, steps) = self.object_path()?;
            let operator = Operator::Exists;
            let test = Test { object, steps, negated, operator, values: Vec::new() };
            return Ok(Comparison::Test(test));
        }
        let (object, steps) = self.object_path()?;
        let negated = self.takes_word("NOT") || negated;
        let operator = self.operator()?;
        let values = match operator {
            Operator::In => self.set()?,
            _ => vec![self.literal()?],
        };
        Ok(Comparison::Test(Test { object, steps, negated, operator, values }))
    }

    fn object_path(&mut self) -> Parsed<(String, Vec<Step>)> {
        let object = self.name("the type of an object")?;
        self.mark(":", "“:”")?;
        let mut steps = vec![Step::Property(self.name("a property")?)];
        loop {
            if self.takes_mark(".") {
                steps.push(Step::Property(self.name("a property")?));
            } else if self.takes_mark("[") {
                let item = match self.take() {
                    Some(Token::Mark("*")) => "*".to_owned(),
                    Some(Token::Literal(Literal::Number(number))) => number.to_string(),
                    _ => return Err(self.unexpected("a place in a list, or “*”")),
                };
                self.mark("]", "“]”")?;
                steps.push(Step::Item(item));
            } else {
                return Ok((object, steps));
            }
        }
    }

    /// A name, bare or quoted. A keyword may be a name: the place tells.
    fn name(&mut self, expected: &'static str) -> Parsed<String> {
        match self.tokens.first().map(|placed| &placed.token) {
            Some(Token::Word(word)) => {
                let name = (*word).to_owned();
                self.take();
                Ok(name)
            }
            Some(Token::Literal(Literal::Text(text))) => {
                let name = text.clone();
                self.take();
                Ok(name)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn operator(&mut self) -> Parsed<Operator> {
        const MARKS: [(&str, Operator); 8] = [
            ("=", Operator::Equal),
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<>", Operator::NotEqual),
            ("<", Operator::Ordered),
            ("<=", Operator::Ordered),
            (">", Operator::Ordered),
            (">=", Operator::Ordered),
        ];
        const WORDS: [(&str, Operator); 5] = [
            ("IN", Operator::In),
            ("ISSUBSET", Operator::IsSubset),
            ("ISSUPERSET", Operator::IsSuperset),
            ("LIKE", Operator::Like),
            ("MATCHES", Operator::Matches),
        ];
        let mark = MARKS.into_iter().find(|(mark, _)| self.takes_mark(mark));
        let operator = mark.or_else(|| WORDS.into_iter().find(|(word, _)| self.takes_word(word)));
        operator.map(|(_, operator)| operator).ok_or_else(|| self.unexpected("an operator"))
    }

    fn set(&mut self) -> Parsed<Vec<Literal>> {
        self.mark("(", "“(”")?;
        let mut values = Vec::new();
        while !self.takes_mark(")") {
            if !values.is_empty() {
                self.mark(",", "“,” or “)”")?;
            }
            values.push(self.literal()?);
        }
        Ok(values)
    }

    fn literal(&mut self) -> Parsed<Literal> {
        let literal = match self.tokens.first().map(|placed| &placed.token) {
            Some(Token::Literal(literal)) => literal.clone(),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
            _ => return Err(self.unexpected("a value")),
        };
        self.take();
        Ok(literal)
    }

    fn number(&mut self, expected: &'static str) -> Parsed<f64> {
        match self.literal() {
            Ok(Literal::Number(number)) if number >= 0.0 => Ok(number),
            _ => Err(self.unexpected(expected)),
        }
    }

    fn time(&mut self) -> Parsed<String> {
        match self.literal() {
            Ok(Literal::Time(time) | Literal::Text(time)) => Ok(time),
            _ => Err(self.unexpected("a time")),
        }
    }

    /// One or several of the same, joined by a keyword.
    fn joined<T>(
        &mut self,
        keyword: &str,
        part: fn(&mut Self) -> Parsed<T>,
        join: fn(Vec<T>) -> T,
    ) -> Parsed<T> {
        let first = part(self)?;
        if !self.takes_word(keyword) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.takes_word(keyword) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn nested<T>(&mut self, inner: fn(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            return Err(PatternError::TooDeep);
        }
        self.depth = self.depth.saturating_add(1);
        let parsed = inner(self);
        self.depth = self.depth.saturating_sub(1);
        parsed
    }

    fn mark(&mut self, mark: &'static str, expected: &'static str) -> Parsed<()> {
        if self.takes_mark(mark) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn word(&mut self, word: &str, expected: &'static str) -> Parsed<()> {
        if self.takes_word(word) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn takes_mark(&mut self, mark: &str) -> bool {
        let is_next =
            matches!(self.tokens.first(), Some(Placed { token: Token::Mark(m), .. }) if *m == mark);
        if is_next {
            self.take();
        }
        is_next
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_next = matches!(
            self.tokens.first(),
            Some(Placed { token: Token::Word(w), .. }) if w.eq_ignore_ascii_case(word)
        );
        if is_next {
            self.take();
        }
        is_next
    }

    fn take(&mut self) -> Option<&'p Token<'p>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(&first.token)
    }

    fn unexpected(&self, expected: &'static str) -> PatternError {
        let at = self.tokens.first().map_or(self.pattern.len(), |placed| placed.at);
        let found = Found::of(self.pattern.get(at..).unwrap_or_default());
        PatternError::Unexpected { at, expected, found }
    }
}
