//! `ignoreDifferences`: fields whose differences do not count.

mod jq;
mod managers;
mod pointer;
mod restore;
mod rule;
mod system;

use gantry_model::Diagnostic;
use gantry_model::application::IgnoreDifference;
use serde_json::Value;

pub use restore::adopt_ignored;
pub use system::{IgnoreStatus, SystemRules};

use rule::Rule;

use crate::mask::Sensitive;
use crate::normalize::normalize;

/// What is ignored, ready to use.
#[derive(Debug, Default)]
pub struct Ignore {
    rules: Vec<Rule>,
    /// Rules of roles that a controller aggregates are its own.
    pub(crate) aggregated_roles: bool,
    sensitive: Sensitive,
}

impl Ignore {
    /// Reads the rules of an application. What cannot be read is told and left out; the rest counts.
    pub fn compile(rules: &[IgnoreDifference]) -> (Self, Vec<Diagnostic>) {
        Self::compile_with(&SystemRules::none(), rules)
    }

    /// The same, with the rules that hold for all applications before it.
    pub fn compile_with(
        system: &SystemRules,
        rules: &[IgnoreDifference],
    ) -> (Self, Vec<Diagnostic>) {
        let mut compiled = Self {
            rules: Vec::new(),
            aggregated_roles: system.ignore_aggregated_roles,
            sensitive: system.sensitive.clone(),
        };
        let mut problems = Vec::new();
        for (field, rule) in system.rules() {
            compiled
                .rules
                .push(Rule::read(&rule, &field, &mut problems));
        }
        for (index, rule) in rules.iter().enumerate() {
            let field = format!("spec.ignoreDifferences[{index}]");
            compiled.rules.push(Rule::read(rule, &field, &mut problems));
        }
        (compiled, problems)
    }

    /// What of Secrets is not shown beside their values.
    pub fn sensitive(&self) -> &Sensitive {
        &self.sensitive
    }

    /// Whether it ignores nothing.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && !self.aggregated_roles
    }

    /// Takes the ignored fields out of an object, as far as one object alone shows them. Tells, once
    /// for each expression, what could not be evaluated.
    pub fn remove_from(&self, object: &mut Value) -> Vec<Diagnostic> {
        let mut warnings = Vec::new();
        // All rules look at the object as it was named at first.
        let subject = rule::Subject::of(object);
        for rule in self.rules.iter().filter(|rule| rule.concerns(&subject)) {
            warnings.extend(rule.remove_from(object));
        }
        warnings
    }

    /// Both states of one object, without what is ignored.
    pub fn without_ignored(&self, live: &Value, git: &Value) -> (Value, Value, Vec<Diagnostic>) {
        let (mut live, mut git) = (live.clone(), git.clone());
        self.remove_trusted(&mut live, &mut git);
        let mut warnings = Vec::new();
        for object in [&mut live, &mut git] {
            if self.aggregated_roles {
                normalize(object, true);
            }
            warnings.extend(self.remove_from(object));
        }
        (live, git, warnings)
    }

    /// Takes out of both objects what a trusted manager has set to another value than is desired.
    pub(crate) fn remove_trusted(&self, live: &mut Value, desired: &mut Value) {
        let subject = rule::Subject::of(live);
        let trusted: Vec<&str> = self
            .rules
            .iter()
            .filter(|rule| rule.concerns(&subject))
            .flat_map(Rule::managers)
            .collect();
        if !trusted.is_empty() {
            managers::remove(live, desired, &trusted);
        }
    }
}

#[cfg(test)]
mod tests;
