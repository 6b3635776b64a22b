//! What the projects among the inputs say of their applications' sources.

use std::collections::BTreeMap;

use gantry_model::Diagnostic;
use gantry_model::project::{AppProject, SourceRules};

/// The rules of all projects. An application of a project that is not given may use everything, as
/// with the `default` project that Argo CD makes.
#[derive(Debug, Default)]
pub struct Projects(BTreeMap<String, SourceRules>);

impl Projects {
    /// Reads the rules.
    ///
    /// # Errors
    /// A rule that cannot be read.
    pub fn of(projects: &[AppProject]) -> Result<Self, Diagnostic> {
        let rules = projects
            .iter()
            .map(|project| Ok((project.name.clone(), SourceRules::of(project)?)));
        Ok(Self(rules.collect::<Result<_, Diagnostic>>()?))
    }

    /// The hosts that a project's rules spell out.
    pub(crate) fn hosts(&self, project: &str) -> Vec<String> {
        let rules = self.0.get(project);
        rules.map(SourceRules::hosts).unwrap_or_default()
    }

    /// Whether a project's applications may use a repository.
    ///
    /// # Errors
    /// Which rule of which project forbids it.
    pub fn permit(&self, project: &str, url: &str) -> Result<(), String> {
        self.0
            .get(project)
            .map_or(Ok(()), |rules| rules.permit(url))
    }
}
