//! Which files of a directory are manifests.

use gantry_sdk::renderer::{Diagnostic, problem};
use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;

/// The parameters, as Argo CD's `spec.source.directory` has them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) recurse: bool,
    pub(crate) include: String,
    pub(crate) exclude: String,
}

/// The parameters, ready to ask.
pub(crate) struct Selection {
    pub(crate) recurse: bool,
    include: Option<GlobMatcher>,
    exclude: Option<GlobMatcher>,
}

/// The endings that Argo CD looks at.
const ENDINGS: [&str; 4] = [".yaml", ".yml", ".json", ".jsonnet"];
/// A file with this line is left out.
const SKIP_MARK: &str = "+argocd:skip-file-rendering";

impl Selection {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Diagnostic> {
        Ok(Self {
            recurse: settings.recurse,
            include: glob("include", &settings.include)?,
            exclude: glob("exclude", &settings.exclude)?,
        })
    }

    /// Whether the file at this path, relative to the application's directory, is taken.
    pub(crate) fn takes(&self, path: &str) -> bool {
        ENDINGS.iter().any(|ending| path.ends_with(ending))
            && !self
                .exclude
                .as_ref()
                .is_some_and(|glob| glob.is_match(path))
            && self.include.as_ref().is_none_or(|glob| glob.is_match(path))
    }
}

/// Argo CD's globs know no separator: `*` also matches `/`.
fn glob(name: &str, pattern: &str) -> Result<Option<GlobMatcher>, Diagnostic> {
    if pattern.is_empty() {
        return Ok(None);
    }
    let built = GlobBuilder::new(pattern)
        .literal_separator(false)
        .empty_alternates(true)
        .build();
    let glob = built.map_err(|error| {
        let message = format!("{name} is not a valid glob: {}", error.kind());
        Diagnostic {
            field: Some(name.to_owned()),
            ..problem("bad-glob", message)
        }
    })?;
    Ok(Some(glob.compile_matcher()))
}

/// Whether a text looks like a manifest. As in Argo CD, a YAML file of something else, such as
/// values, may lie beside the manifests.
pub(crate) fn is_manifest(text: &str) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|field| text.contains(field))
        && !text.contains(SKIP_MARK)
}

#[cfg(test)]
mod tests {
    use super::{Selection, Settings, is_manifest};

    #[test]
    fn files_are_chosen_as_argo_cd_chooses_them() {
        // include, exclude, path, taken
        let cases = [
            ("", "", "a.yaml", true),
            ("", "", "a.yml", true),
            ("", "", "sub/a.json", true),
            ("", "", "a.txt", false),
            ("", "", "yaml", false),
            ("*.yaml", "", "sub/a.yaml", true),
            ("{a,b}.yaml", "", "b.yaml", true),
            ("{a,b}.yaml", "", "c.yaml", false),
            ("", "sub/*", "sub/deep/a.yaml", false),
            ("*", "a.*", "a.yaml", false),
        ];
        for (include, exclude, path, taken) in cases {
            let settings = Settings {
                recurse: true,
                include: include.into(),
                exclude: exclude.into(),
            };
            let selection = Selection::new(&settings).unwrap();
            assert_eq!(
                selection.takes(path),
                taken,
                "{include:?} {exclude:?} {path}"
            );
        }
    }

    #[test]
    fn a_bad_glob_names_its_parameter() {
        let settings = Settings {
            include: "[".into(),
            ..Settings::default()
        };
        let problem = Selection::new(&settings).err().unwrap();
        assert_eq!(problem.field.as_deref(), Some("include"));
    }

    #[test]
    fn other_yaml_and_marked_files_are_no_manifests() {
        assert!(is_manifest("apiVersion: v1\nkind: A\n"));
        assert!(!is_manifest("replicas: 3\n"));
        assert!(!is_manifest(
            "# +argocd:skip-file-rendering\napiVersion: v1\nkind: A\n"
        ));
    }

    #[test]
    fn the_schema_is_json() {
        let schema: serde_json::Value = serde_json::from_str(crate::SCHEMA).unwrap();
        assert!(schema["properties"]["recurse"].is_object());
    }
}
