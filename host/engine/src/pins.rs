//! Which file a plugin's name must stand for: what a project pins holds for its applications.

use std::collections::BTreeMap;

use gantry_model::Diagnostic;
use gantry_model::application::Source;
use gantry_model::project::AppProject;
use gantry_plugins::{Digest, PluginRef};

use crate::choice::Choice;

/// The annotation of an AppProject that pins plugins: `helm@sha256:…`, several with commas or
/// spaces between them.
pub const PLUGINS_ANNOTATION: &str = "gantry.dev/plugins";

/// The pins of all projects, by project and plugin.
#[derive(Debug, Default)]
pub struct Pins(BTreeMap<(String, String), Digest>);

impl Pins {
    /// Reads what projects pin.
    ///
    /// # Errors
    /// A pin that cannot be read: to leave it out would be to trust any file.
    pub fn of(projects: &[AppProject]) -> Result<Self, Diagnostic> {
        let (pins, broken) = Self::read(projects);
        match broken.into_values().next() {
            None => Ok(pins),
            Some(problem) => Err(problem),
        }
    }

    /// The same of many: what cannot be read is a fault of that project alone, whose applications must not be
    /// rendered then.
    pub fn read(projects: &[AppProject]) -> (Self, BTreeMap<String, Diagnostic>) {
        let (mut pins, mut broken) = (BTreeMap::new(), BTreeMap::new());
        for project in projects {
            let text = project.annotations.get(PLUGINS_ANNOTATION);
            let texts = text
                .map_or("", String::as_str)
                .split([',', ' ', '\n', '\t']);
            for text in texts.filter(|text| !text.is_empty()) {
                let read = PluginRef::parse(text).ok();
                match read.and_then(|pin| Some((pin.name, pin.digest?))) {
                    Some((name, digest)) => {
                        pins.insert((project.name.clone(), name.to_owned()), digest);
                    }
                    None => {
                        broken.insert(project.name.clone(), refuse(project, text));
                    }
                }
            }
        }
        (Self(pins), broken)
    }

    /// Pins the chosen plugin as the application's project wants it.
    ///
    /// # Errors
    /// When the application itself pins another file.
    pub fn apply(
        &self,
        project: &str,
        source: &Source,
        choice: &mut Choice,
    ) -> Result<(), Diagnostic> {
        let (name, own) = match choice.plugin.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (choice.plugin.as_str(), None),
        };
        let Some(pinned) = self.0.get(&(project.to_owned(), name.to_owned())) else {
            return Ok(());
        };
        if let Some(own) = own.filter(|own| own.parse() != Ok(*pinned)) {
            let message = format!(
                "the application names {name}@{own}, but its project {project} pins {pinned}"
            );
            return Err(Diagnostic::error("plugin-digest", message)
                .field(source.field_of("plugin.name"))
                .help("name the plugin without a digest, or ask for another pin of the project"));
        }
        choice.plugin = format!("{name}@{pinned}");
        Ok(())
    }
}

fn refuse(project: &AppProject, text: &str) -> Diagnostic {
    let message = format!(
        "project {}: {text:?} in {PLUGINS_ANNOTATION} pins no plugin",
        project.name
    );
    Diagnostic::error("plugin-reference", message)
        .field("metadata.annotations")
        .help("write NAME@sha256: and 64 hexadecimal digits, with commas between several")
}

#[cfg(test)]
mod tests {
    use gantry_model::application::Source;
    use gantry_model::project::AppProject;
    use serde_json::Value;

    use super::{PLUGINS_ANNOTATION, Pins};
    use crate::choice::Choice;

    const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn project(pins: &str) -> AppProject {
        AppProject {
            name: "shop".into(),
            namespace: String::new(),
            annotations: [(PLUGINS_ANNOTATION.to_owned(), pins.to_owned())].into(),
            spec: Value::Null,
        }
    }

    fn chosen(pins: &Pins, project: &str, plugin: &str) -> Option<String> {
        let mut choice = Choice {
            plugin: plugin.to_owned(),
            parameters: Value::Null,
        };
        pins.apply(project, &Source::default(), &mut choice).ok()?;
        Some(choice.plugin)
    }

    #[test]
    fn a_project_s_pin_holds_for_its_applications() {
        let pins = Pins::of(&[project(&format!("helm@{A}, template@{B}"))]).expect("pins");
        let cases = [
            ("shop", "helm", Some(format!("helm@{A}"))),
            ("shop", "template", Some(format!("template@{B}"))),
            ("shop", "plain-yaml", Some("plain-yaml".to_owned())),
            ("other", "helm", Some("helm".to_owned())),
            ("shop", &format!("helm@{A}"), Some(format!("helm@{A}"))),
            ("shop", &format!("helm@{B}"), None),
            ("shop", "helm@latest", None),
            ("other", &format!("helm@{B}"), Some(format!("helm@{B}"))),
        ];
        for (project, plugin, expected) in cases {
            assert_eq!(
                chosen(&pins, project, plugin),
                expected,
                "{project} {plugin}"
            );
        }
    }

    #[test]
    fn a_pin_that_cannot_be_read_is_a_fault_of_its_project() {
        let other = AppProject {
            name: "other".into(),
            ..project(&format!("helm@{A}"))
        };
        let (pins, broken) = Pins::read(&[project("helm"), other]);
        assert_eq!(broken.keys().collect::<Vec<_>>(), ["shop"]);
        assert_eq!(chosen(&pins, "other", "helm"), Some(format!("helm@{A}")));
    }

    #[test]
    fn a_pin_that_cannot_be_read_is_an_error() {
        for bad in [
            "helm",
            "helm@latest",
            "helm@sha256:",
            &format!("helm@{A} x"),
        ] {
            assert!(Pins::of(&[project(bad)]).is_err(), "{bad}");
        }
        assert!(Pins::of(&[project(" ,\n")]).is_ok());
    }
}
