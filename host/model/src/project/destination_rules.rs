//! Where the applications of a project may go: `spec.destinations` and
//! `permitOnlyProjectScopedClusters` (`IsDestinationPermitted`).

use super::patterns::Pattern;
use super::spec::DestinationSpec;
use crate::glob::BadGlob;

/// What is known of the cluster that a destination means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestinationCluster {
    /// Its API server's URL.
    pub server: String,
    /// Its name.
    pub name: String,
    /// The one project that may use it, or empty.
    pub project: String,
}

/// The rules of one project.
#[derive(Clone, Debug, Default)]
pub(crate) struct DestinationRules {
    rules: Vec<Rule>,
    own_clusters_only: bool,
}

#[derive(Clone, Debug)]
struct Rule {
    text: String,
    server: Pattern,
    name: Pattern,
    namespace: Pattern,
}

impl DestinationRules {
    /// Reads the rules.
    ///
    /// # Errors
    /// The place of the pattern that cannot be read, and why.
    pub(crate) fn parse(
        destinations: &[DestinationSpec],
        own_clusters_only: bool,
    ) -> Result<Self, (String, String, BadGlob)> {
        let read = |index: usize, field: &str, text: &str| {
            Pattern::parse(text).map_err(|error| {
                let field = format!("spec.destinations[{index}].{field}");
                (field, text.to_owned(), error)
            })
        };
        let rules = destinations.iter().enumerate().map(|(index, item)| {
            Ok(Rule {
                text: described(item),
                server: read(index, "server", &item.server)?,
                name: read(index, "name", &item.name)?,
                namespace: read(index, "namespace", &item.namespace)?,
            })
        });
        Ok(Self {
            rules: rules.collect::<Result<_, _>>()?,
            own_clusters_only,
        })
    }

    /// Whether applications may go there.
    ///
    /// # Errors
    /// Which rule forbids it, as the end of a sentence.
    pub(crate) fn permit(
        &self,
        project: &str,
        cluster: &DestinationCluster,
        namespace: &str,
    ) -> Result<(), String> {
        let mut is_matched = false;
        for rule in &self.rules {
            let name = !cluster.name.is_empty() && rule.name.matches(&cluster.name);
            let server = !cluster.server.is_empty() && rule.server.matches(&cluster.server);
            let of_namespace = rule.namespace.matches(namespace);
            if (server || name) && of_namespace {
                is_matched = true;
            } else if !name && rule.name.denies
                || !server && rule.server.denies && of_namespace
                || !of_namespace && rule.namespace.denies && server
            {
                return Err(format!("its rule {} denies it", rule.text));
            }
        }
        if !is_matched {
            let rules: Vec<&str> = self.rules.iter().map(|rule| rule.text.as_str()).collect();
            return Err(match rules.as_slice() {
                [] => "it has no destinations".to_owned(),
                rules => format!("it has {}", rules.join(", ")),
            });
        }
        if self.own_clusters_only && cluster.project != project {
            let rule =
                "by permitOnlyProjectScopedClusters only clusters whose Secret names the project";
            return Err(rule.to_owned());
        }
        Ok(())
    }
}

/// As users would say it: `https://host/namespace`.
fn described(item: &DestinationSpec) -> String {
    let cluster = if item.server.is_empty() {
        &item.name
    } else {
        &item.server
    };
    format!("{cluster}/{}", item.namespace)
}
