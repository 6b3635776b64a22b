//! Goes over a value and the table together, and reports everything at once.

use serde_json::{Map, Value};

use super::problem::{Problem, Report, Unknown, Unsupported, Violation};
use super::types::{Field, Support, Type};
use crate::field;

/// Two names are near when so few letters differ.
const NEAR_LETTERS_MAX: usize = 2;

/// Walks a value. `quiet` keeps support levels out of the report: what holds the value has none.
pub(crate) fn walk(kind: Type, value: &Value, path: &str, quiet: bool) -> Report {
    let mut walk = Walk {
        report: Report::default(),
        path: path.to_owned(),
        quiet,
    };
    walk.value(kind, value);
    walk.report
}

struct Walk {
    report: Report,
    path: String,
    quiet: bool,
}

impl Walk {
    fn value(&mut self, kind: Type, value: &Value) {
        match (kind, value) {
            (Type::Object(fields), Value::Object(map)) => self.object(fields, map),
            (Type::MapOf(kind), Value::Object(map)) => {
                for (key, value) in map {
                    self.within(|path| field::push_key(path, key), |w| w.value(*kind, value));
                }
            }
            (Type::ListOf(kind), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.within(
                        |path| field::push_index(path, index),
                        |w| w.value(*kind, item),
                    );
                }
            }
            _ => {
                if let Some(violation) = scalar_violation(kind, value) {
                    self.error(violation);
                }
            }
        }
    }

    fn object(&mut self, fields: &'static [Field], map: &Map<String, Value>) {
        for row in fields {
            match map.get(row.name) {
                Some(value) => self.within(
                    |path| field::push_key(path, row.name),
                    |w| w.field(row, value),
                ),
                None if row.required => self.within(
                    |path| field::push_key(path, row.name),
                    |w| w.error(Violation::Missing(row.kind)),
                ),
                None => {}
            }
        }
        for name in map.keys() {
            if fields.iter().all(|row| row.name != name) {
                let mut field = self.path.clone();
                field::push_key(&mut field, name);
                let meant = nearest(fields, name);
                self.report.unknown.push(Unknown { field, meant });
            }
        }
    }

    fn field(&mut self, row: &Field, value: &Value) {
        let was_quiet = self.quiet;
        if row.support != Support::Supported {
            if !self.quiet && row.support != Support::Ignored && is_set(value, row.support) {
                self.report.unsupported.push(Unsupported {
                    field: self.path.clone(),
                    support: row.support,
                });
            }
            self.quiet = true;
        }
        self.value(row.kind, value);
        self.quiet = was_quiet;
    }

    fn error(&mut self, violation: Violation) {
        let field = self.path.clone();
        self.report.errors.push(Problem { field, violation });
    }

    fn within(&mut self, enter: impl FnOnce(&mut String), visit: impl FnOnce(&mut Self)) {
        let outer = self.path.len();
        enter(&mut self.path);
        visit(self);
        self.path.truncate(outer);
    }
}

/// Whether a value asks for anything: Argo CD's own tools write empty ones. `{}` switches some
/// things on (`automated`), but is the empty form of what is not supported (`jsonnet`).
fn is_set(value: &Value, support: Support) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty() || support == Support::NoEffectYet,
        _ => true,
    }
}

fn scalar_violation(kind: Type, value: &Value) -> Option<Violation> {
    let fits = match kind {
        Type::Anything => true,
        Type::AnyMapping => value.is_object(),
        Type::Boolean => value.is_boolean(),
        Type::Integer => is_integer(value),
        Type::IntegerOrText => is_integer(value) || value.is_string(),
        Type::FlagText => value.as_str().is_some_and(|text| flag(text).is_some()),
        Type::Text | Type::OneOf(_) | Type::TextUpTo(_) | Type::PathBelowRoot => value.is_string(),
        Type::Object(_) | Type::MapOf(_) | Type::ListOf(_) => false,
    };
    if !fits {
        return Some(Violation::wrong_type(kind, value));
    }
    let text = value.as_str()?;
    match kind {
        Type::OneOf(words) if !words.contains(&text) => Some(Violation::NotOneOf(words)),
        Type::TextUpTo(max) if text.chars().count() > max => Some(Violation::TooLong(max)),
        Type::PathBelowRoot if !is_below_root(text) => Some(Violation::NotBelowRoot),
        _ => None,
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

/// `^.{2,}|[^./]$`, the CRD's pattern: two characters in the first line, or a last one that is
/// neither `.` nor `/`.
fn is_below_root(text: &str) -> bool {
    text.chars().take_while(|c| *c != '\n').nth(1).is_some()
        || text
            .chars()
            .next_back()
            .is_some_and(|c| c != '.' && c != '/')
}

/// Reads a boolean as Go's `strconv.ParseBool` does.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The field that was meant: another case, or few letters away.
fn nearest(fields: &'static [Field], name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let distance = |row: &&Field| strsim::damerau_levenshtein(&row.name.to_lowercase(), &lower);
    let near = fields.iter().min_by_key(distance)?;
    let max = NEAR_LETTERS_MAX.min(near.name.len() / 2);
    (distance(&near) <= max).then_some(near.name)
}

/// A value without the null fields of its mappings, for what Go reads as JSON: there null is
/// absent.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_null());
            entries
                .map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect()
        }
        other => other.clone(),
    }
}
