//! Label selectors, in the syntax of Kubernetes.

mod lexer;

use serde_json::{Map, Value};

use crate::error::PatchError;
use crate::scalar;
use lexer::{Lexer, Token};

/// A label selector; an empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    DoesNotExist,
    In(Vec<String>),
    NotIn(Vec<String>),
    GreaterThan(i64),
    LessThan(i64),
}

impl LabelSelector {
    /// Reads a selector.
    ///
    /// # Errors
    /// The text is none.
    pub fn parse(text: &str) -> Result<Self, PatchError> {
        let mut lexer = Lexer::new(text);
        let requirements = requirements(&mut lexer);
        requirements
            .map(|requirements| Self { requirements })
            .map_err(|reason| PatchError::LabelSelector {
                text: text.to_owned(),
                reason,
            })
    }

    /// Whether labels (or annotations) fit.
    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key));
            requirement.test.holds(value)
        })
    }
}

impl Test {
    fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value.map(scalar::text) else {
            return matches!(self, Self::DoesNotExist | Self::NotIn(_));
        };
        let listed = |values: &[String]| values.iter().any(|v| *v == value);
        match self {
            Self::Exists => true,
            Self::DoesNotExist => false,
            Self::In(values) => listed(values),
            Self::NotIn(values) => !listed(values),
            Self::GreaterThan(bound) => value.parse::<i64>().is_ok_and(|n| n > *bound),
            Self::LessThan(bound) => value.parse::<i64>().is_ok_and(|n| n < *bound),
        }
    }
}

fn requirements(lexer: &mut Lexer<'_>) -> Result<Vec<Requirement>, String> {
    let mut found = Vec::new();
    loop {
        match lexer.peek() {
            Token::End if found.is_empty() => return Ok(found),
            Token::Word(_) | Token::Not => found.push(requirement(lexer)?),
            other => return Err(format!("found {other}, expected: identifier")),
        }
        match lexer.next() {
            Token::End => return Ok(found),
            Token::Comma => {}
            other => return Err(format!("found {other}, expected: ',' or end of string")),
        }
    }
}

fn requirement(lexer: &mut Lexer<'_>) -> Result<Requirement, String> {
    let negated = lexer.peek() == Token::Not;
    if negated {
        lexer.next();
    }
    let key = match lexer.next() {
        Token::Word(word) => word.to_owned(),
        other => return Err(format!("found {other}, expected: identifier")),
    };
    check_key(&key)?;
    if negated {
        return Ok(Requirement {
            key,
            test: Test::DoesNotExist,
        });
    }
    let test = match lexer.peek() {
        Token::End | Token::Comma => Test::Exists,
        _ => match lexer.next() {
            Token::Equals => Test::In(vec![value(lexer)?]),
            Token::NotEquals => Test::NotIn(vec![value(lexer)?]),
            Token::Word("in") => Test::In(values(lexer)?),
            Token::Word("notin") => Test::NotIn(values(lexer)?),
            Token::GreaterThan => Test::GreaterThan(number(lexer)?),
            Token::LessThan => Test::LessThan(number(lexer)?),
            other => {
                return Err(format!(
                    "found {other}, expected: in, notin, =, ==, !=, > or <"
                ));
            }
        },
    };
    Ok(Requirement { key, test })
}

/// A value may be empty.
fn value(lexer: &mut Lexer<'_>) -> Result<String, String> {
    let value = match lexer.peek() {
        Token::End | Token::Comma => return Ok(String::new()),
        Token::Word(word) => word.to_owned(),
        other => return Err(format!("found {other}, expected: identifier")),
    };
    lexer.next();
    check_value(&value)?;
    Ok(value)
}

fn number(lexer: &mut Lexer<'_>) -> Result<i64, String> {
    let value = value(lexer)?;
    value
        .parse()
        .map_err(|_| format!("{value:?} is compared with > or < and is no integer"))
}

fn values(lexer: &mut Lexer<'_>) -> Result<Vec<String>, String> {
    match lexer.next() {
        Token::Open => {}
        other => return Err(format!("found {other}, expected: '('")),
    }
    if lexer.peek() == Token::Close {
        return Err("a set of values is empty".to_owned());
    }
    let mut values = Vec::new();
    loop {
        let value = match lexer.peek() {
            Token::Word(word) => {
                lexer.next();
                word.to_owned()
            }
            _ => String::new(),
        };
        check_value(&value)?;
        values.push(value);
        match lexer.next() {
            Token::Comma => {}
            Token::Close => return Ok(values),
            other => return Err(format!("found {other}, expected: ',' or ')'")),
        }
    }
}

/// Names in keys, and values, are no longer.
const NAME_MAX_CHARS: usize = 63;

fn is_name(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= NAME_MAX_CHARS
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn check_key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').unwrap_or(("a", key));
    let domain = |part: &str| !part.is_empty() && !part.contains('_') && is_name(part);
    if is_name(name) && prefix.split('.').all(domain) && prefix == prefix.to_ascii_lowercase() {
        return Ok(());
    }
    Err(format!("invalid label key {key:?}"))
}

fn check_value(value: &str) -> Result<(), String> {
    if value.is_empty() || is_name(value) {
        return Ok(());
    }
    Err(format!("invalid label value {value:?}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_select() {
        let labels = json!({"app": "web", "tier": "3", "n": 5, "example.com/x": ""});
        for (selector, expected) in [
            ("", true),
            ("app", true),
            ("!app", false),
            ("!other", true),
            ("app=web", true),
            ("app == web , tier=3", true),
            ("app!=web", false),
            ("other!=web", true),
            ("app in (db,web)", true),
            ("app notin (db,web)", false),
            ("other notin (db)", true),
            ("other in (db)", false),
            ("tier>2", true),
            ("tier<3", false),
            ("app>2", false),
            ("n=5", true),
            ("example.com/x=", true),
            ("example.com/x in (,a)", true),
            ("in=notin", false),
        ] {
            let parsed = LabelSelector::parse(selector).expect(selector);
            assert_eq!(parsed.matches(labels.as_object()), expected, "{selector}");
        }
        assert!(!LabelSelector::parse("app").is_ok_and(|s| s.matches(None)));
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for selector in [
            "=", "a=b=c", "a in b", "a in ()", "a in (b", "a,", ",a", "a b", "a>x", "a/b/c", "-a",
            "a=b_", "!a=b", "(a)", "_/a", "A.b/c",
        ] {
            assert!(LabelSelector::parse(selector).is_err(), "{selector}");
        }
    }
}
