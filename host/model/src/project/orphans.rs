//! Which objects that belong to no application are told: `spec.orphanedResources`.

use super::patterns::Pattern;
use super::spec::OrphanedSpec;
use crate::glob::BadGlob;
use crate::object::ObjectRef;

/// How the Secrets begin that keep what was applied.
const HISTORY: &str = "gantry-history-";

/// What a project says of them. Without such rules nobody looks for any.
#[derive(Clone, Debug)]
pub struct OrphanRules {
    /// Whether an application with orphans in its namespace gets a warning; Argo CD's default.
    pub warn: bool,
    ignore: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    group: Pattern,
    /// None: any.
    kind: Option<Pattern>,
    /// None: any.
    name: Option<Pattern>,
}

impl OrphanRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// The place of the pattern that cannot be read, and why.
    pub(crate) fn parse(spec: &OrphanedSpec) -> Result<Self, (String, String, BadGlob)> {
        let read = |index: usize, field: &str, text: &str| {
            Pattern::plain(text).map_err(|error| {
                let field = format!("spec.orphanedResources.ignore[{index}].{field}");
                (field, text.to_owned(), error)
            })
        };
        let any = |index, field, text: &str| {
            let pattern = (!text.is_empty()).then(|| read(index, field, text));
            pattern.transpose()
        };
        let ignore = spec.ignore.iter().enumerate().map(|(index, item)| {
            Ok(Rule {
                group: read(index, "group", &item.group)?,
                kind: any(index, "kind", &item.kind)?,
                name: any(index, "name", &item.name)?,
            })
        });
        Ok(Self {
            warn: spec.warn.unwrap_or(true),
            ignore: ignore.collect::<Result<_, _>>()?,
        })
    }

    /// Whether an object is passed over: by the rules, or since Kubernetes makes it in each namespace, or
    /// we do.
    pub fn ignores(&self, object: &ObjectRef) -> bool {
        let (group, kind) = (object.gvk.group.as_str(), object.gvk.kind.as_str());
        let name = object.name.as_str();
        let is_made = match (group, kind, name) {
            ("", "Service", "kubernetes") => object.namespace == "default",
            ("", "ServiceAccount", "default") | ("", "ConfigMap", "kube-root-ca.crt") => true,
            ("", "Secret", _) => name.starts_with(HISTORY),
            _ => false,
        };
        let fits =
            |pattern: &Option<Pattern>, text| pattern.as_ref().is_none_or(|p| p.matches(text));
        is_made
            || self.ignore.iter().any(|rule| {
                fits(&rule.kind, kind) && rule.group.matches(group) && fits(&rule.name, name)
            })
    }
}
