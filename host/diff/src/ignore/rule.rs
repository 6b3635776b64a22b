//! One entry of `ignoreDifferences`: which objects, and which fields of them.

use std::sync::atomic::{AtomicBool, Ordering};

use gantry_model::application::IgnoreDifference;
use gantry_model::glob::Glob;
use gantry_model::{Diagnostic, Gvk};
use serde_json::Value;

use super::jq::Program;
use super::pointer::Pointer;
use crate::normalize;

/// What a rule is matched against.
pub(super) struct Subject {
    gvk: Gvk,
    name: String,
    namespace: String,
}

impl Subject {
    pub(super) fn of(object: &Value) -> Self {
        let text = |field: &str| {
            let value = object.get("metadata").and_then(|m| m.get(field));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Self {
            gvk: normalize::gvk(object),
            name: text("name"),
            namespace: text("namespace"),
        }
    }
}

/// One rule, ready to use. Without globs, because they could not be read, it concerns nothing.
#[derive(Debug)]
pub(super) struct Rule {
    group_and_kind: Option<(Glob, Glob)>,
    name: String,
    namespace: String,
    pointers: Vec<Pointer>,
    programs: Vec<Expression>,
    managers: Vec<String>,
}

#[derive(Debug)]
struct Expression {
    program: Program,
    text: String,
    field: String,
    told: AtomicBool,
}

impl Rule {
    pub(super) fn read(
        rule: &IgnoreDifference,
        field: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut glob = |text: &str, name: &str| {
            // gobwas without separators: a star matches any text.
            let parsed = Glob::parse(text, '\0');
            parsed.map_err(|error| {
                problems.push(
                    Diagnostic::error("invalid-glob", format!("`{text}` is no glob: {error}"))
                        .field(format!("{field}.{name}")),
                );
            })
        };
        let (group, kind) = (glob(&rule.group, "group"), glob(&rule.kind, "kind"));
        let mut pointers = Vec::new();
        for (index, text) in rule.json_pointers.iter().enumerate() {
            match Pointer::read(text) {
                Ok(pointer) => pointers.push(pointer),
                Err(problem) => problems.push(
                    Diagnostic::error("invalid-json-pointer", problem)
                        .field(format!("{field}.jsonPointers[{index}]"))
                        .help(
                            "a pointer is written as `/spec/replicas`, with `~1` for `/` in a name",
                        ),
                ),
            }
        }
        let mut programs = Vec::new();
        for (index, text) in rule.jq_path_expressions.iter().enumerate() {
            let field = format!("{field}.jqPathExpressions[{index}]");
            match Program::compile(text) {
                Ok(program) => programs.push(Expression {
                    program,
                    text: text.clone(),
                    field,
                    told: AtomicBool::new(false),
                }),
                Err(problem) => {
                    let message = format!("`{text}` is no jq path expression: {problem}");
                    problems.push(Diagnostic::error("invalid-jq-expression", message).field(field));
                }
            }
        }
        Self {
            group_and_kind: group.ok().zip(kind.ok()),
            name: rule.name.clone(),
            namespace: rule.namespace.clone(),
            pointers,
            programs,
            managers: rule.managed_fields_managers.clone(),
        }
    }

    pub(super) fn concerns(&self, subject: &Subject) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        self.group_and_kind.as_ref().is_some_and(|(group, kind)| {
            group.matches(&subject.gvk.group) && kind.matches(&subject.gvk.kind)
        }) && is(&self.name, &subject.name)
            && is(&self.namespace, &subject.namespace)
    }

    pub(super) fn managers(&self) -> impl Iterator<Item = &str> {
        self.managers.iter().map(String::as_str)
    }

    pub(super) fn remove_from(&self, object: &mut Value) -> Vec<Diagnostic> {
        for pointer in &self.pointers {
            pointer.remove_from(object);
        }
        let mut warnings = Vec::new();
        for expression in &self.programs {
            match expression.program.delete_from(object) {
                Ok(left) => *object = left,
                Err(problem) if !expression.told.swap(true, Ordering::Relaxed) => {
                    let message = format!(
                        "`{}` ignores nothing here: {problem}; said once for all objects",
                        expression.text
                    );
                    warnings.push(
                        Diagnostic::warning("jq-failed", message).field(expression.field.clone()),
                    );
                }
                Err(_) => {}
            }
        }
        warnings
    }
}
