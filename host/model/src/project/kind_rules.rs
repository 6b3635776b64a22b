//! Which kinds the applications of a project may have: the white- and blacklists for cluster-scoped and
//! for namespaced kinds (`IsGroupKindPermitted`; names as of Argo CD 3.3).

use super::patterns::path_glob;
use super::spec::{KindSpec, ProjectSpec};
use crate::glob::{BadGlob, Glob};

/// The rules of one project.
#[derive(Clone, Debug, Default)]
pub(crate) struct KindRules {
    cluster_allowed: Vec<Rule>,
    cluster_denied: Vec<Rule>,
    /// None: all.
    namespace_allowed: Option<Vec<Rule>>,
    namespace_denied: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    text: String,
    group: Glob,
    kind: Glob,
    /// None: any name.
    name: Option<Glob>,
}

/// What is wrong with a pattern: its field, its text, and why.
type Bad = (String, String, BadGlob);

impl KindRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// The place of the pattern that cannot be read, and why.
    pub(crate) fn parse(spec: &ProjectSpec) -> Result<Self, Bad> {
        let allowed = &spec.namespace_resource_whitelist;
        let allowed = allowed.as_deref();
        Ok(Self {
            cluster_allowed: rules("clusterResourceWhitelist", &spec.cluster_resource_whitelist)?,
            cluster_denied: rules("clusterResourceBlacklist", &spec.cluster_resource_blacklist)?,
            namespace_allowed: allowed
                .map(|list| rules("namespaceResourceWhitelist", list))
                .transpose()?,
            namespace_denied: rules(
                "namespaceResourceBlacklist",
                &spec.namespace_resource_blacklist,
            )?,
        })
    }

    /// Whether an object may be.
    ///
    /// # Errors
    /// Which list forbids it, as the end of a sentence.
    pub(crate) fn permit(
        &self,
        group: &str,
        kind: &str,
        name: &str,
        namespaced: bool,
    ) -> Result<(), String> {
        let (allowed, denied, scope) = if namespaced {
            (
                self.namespace_allowed.as_deref(),
                &self.namespace_denied,
                "namespace",
            )
        } else {
            (
                Some(self.cluster_allowed.as_slice()),
                &self.cluster_denied,
                "cluster",
            )
        };
        // Of namespaced kinds the lists know no names.
        let find = |rules: &[Rule]| {
            let found = rules.iter().find(|rule| rule.matches(group, kind, name));
            found.map(|rule| rule.text.clone())
        };
        if let Some(rule) = find(denied) {
            return Err(format!("its {scope}ResourceBlacklist has {rule}"));
        }
        match allowed {
            None => Ok(()),
            Some([]) => Err(format!("its {scope}ResourceWhitelist is empty")),
            Some(rules) if find(rules).is_some() => Ok(()),
            Some(_) => Err(format!("its {scope}ResourceWhitelist does not have it")),
        }
    }
}

impl Rule {
    fn matches(&self, group: &str, kind: &str, name: &str) -> bool {
        self.kind.matches(kind)
            && self.group.matches(group)
            && self.name.as_ref().is_none_or(|glob| glob.matches(name))
    }
}

fn rules(list: &str, items: &[KindSpec]) -> Result<Vec<Rule>, Bad> {
    let read = |index: usize, field: &str, text: &str| {
        path_glob(text).map_err(|error| {
            let field = format!("spec.{list}[{index}].{field}");
            (field, text.to_owned(), error)
        })
    };
    let rules = items.iter().enumerate().map(|(index, item)| {
        let name = (!item.name.is_empty()).then(|| read(index, "name", &item.name));
        let mut text = format!("{}/{}", item.group, item.kind);
        if !item.name.is_empty() {
            text = format!("{text}/{}", item.name);
        }
        Ok(Rule {
            text,
            group: read(index, "group", &item.group)?,
            kind: read(index, "kind", &item.kind)?,
            name: name.transpose()?,
        })
    });
    rules.collect()
}
