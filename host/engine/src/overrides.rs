//! `.argocd-source.yaml` and `.argocd-source-<application>.yaml` in a source's directory: what they say
//! is merged over the source's own settings, as Argo CD's `mergeSourceParameters` does.

use gantry_model::application::{PluginSource, Source};
use gantry_model::{
    Diagnostic, EntryKind, Position, SourceTree, Span, TreeError, field_pointer, merge_patch,
    schema,
};
use gantry_yaml::Document;
use serde_json::{Map, Value};

/// Says which source it is, which the source itself cannot.
const IDENTITY: [&str; 7] = [
    "chart",
    "name",
    "path",
    "ref",
    "repoURL",
    "tagPrefix",
    "targetRevision",
];

/// A source with its overrides, and what the user should know of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overridden {
    /// The source.
    pub(crate) source: Source,
    /// What has no effect.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Merges the files that there are. `directory` is the source's in the tree.
///
/// # Errors
/// Everything that is wrong with a file, with its line.
pub(crate) fn apply(
    source: &Source,
    tree: &dyn SourceTree,
    directory: &str,
    application: &str,
) -> Result<Overridden, Vec<Diagnostic>> {
    let mut overridden = Overridden {
        source: source.clone(),
        warnings: Vec::new(),
    };
    let own = format!(".argocd-source-{application}.yaml");
    let own = (!application.is_empty()).then_some(own.as_str());
    for name in [Some(".argocd-source.yaml"), own].into_iter().flatten() {
        let path = match directory {
            "" => name.to_owned(),
            directory => format!("{directory}/{name}"),
        };
        if let Some(file) = File::read(tree, path)? {
            overridden.warnings.extend(file.check()?);
            merge_into(&mut overridden.source, &file.document.value)
                .map_err(|error| vec![file.place(unreadable(&error))])?;
        }
    }
    Ok(overridden)
}

struct File {
    path: String,
    text: String,
    document: Document,
}

impl File {
    /// None: there is none, or it says nothing.
    fn read(tree: &dyn SourceTree, path: String) -> Result<Option<Self>, Vec<Diagnostic>> {
        let in_file = |message: String| {
            let span = Span {
                path: path.clone(),
                start: None,
            };
            vec![Diagnostic::error("source-override", message).at(span)]
        };
        match tree.kind(&path) {
            Ok(EntryKind::File) => {}
            Ok(EntryKind::Directory | EntryKind::BrokenLink) | Err(TreeError::NotFound(_)) => {
                return Ok(None);
            }
            Err(error) => return Err(in_file(format!("cannot be read: {error}"))),
        }
        let bytes = tree.read(&path);
        let bytes = bytes.map_err(|error| in_file(format!("cannot be read: {error}")))?;
        let parsed = gantry_yaml::parse_bytes(&bytes);
        let documents = parsed.map_err(|error| vec![error.diagnostic(&path)])?;
        let mut documents = documents.into_iter();
        let (first, second) = (documents.next(), documents.next());
        if second.is_some() {
            return Err(in_file("holds several documents; one is taken".to_owned()));
        }
        // Parsed as UTF-8 above.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(first.map(|document| Self {
            path,
            text,
            document,
        }))
    }

    /// The warnings, if nothing is wrong.
    fn check(&self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let Value::Object(map) = &self.document.value else {
            let message = "must hold a mapping of a source's fields, such as `helm`";
            return Err(vec![
                self.place(Diagnostic::error("source-override", message)),
            ]);
        };
        let report = schema::check_override(&self.document.value);
        let is_wrong = !report.errors.is_empty() || has_unsupported(&report);
        let mut found: Vec<Diagnostic> = report.diagnostics();
        let identity = IDENTITY.into_iter().filter(|name| map.contains_key(*name));
        found.extend(identity.map(|name| {
            let message = format!(
                "`{name}` has no effect here: the file changes how a source is rendered, not which"
            );
            Diagnostic::warning("no-effect", message).field(name)
        }));
        let found: Vec<_> = found
            .into_iter()
            .map(|problem| self.place(problem))
            .collect();
        if is_wrong { Err(found) } else { Ok(found) }
    }

    /// The problem with its line.
    fn place(&self, problem: Diagnostic) -> Diagnostic {
        let pointer = problem
            .field
            .as_deref()
            .map(field_pointer)
            .unwrap_or_default();
        let start = self
            .document
            .locate(&self.text, &pointer)
            .unwrap_or(Position {
                line: self.document.line,
                column: 1,
            });
        problem.at(Span {
            path: self.path.clone(),
            start: Some(start),
        })
    }
}

fn has_unsupported(report: &schema::Report) -> bool {
    let refused =
        |u: &schema::Unsupported| matches!(u.support, schema::Support::NotSupportedYet(_));
    report.unsupported.iter().any(refused)
}

fn unreadable(error: &serde_json::Error) -> Diagnostic {
    Diagnostic::error("source-override", format!("cannot be merged: {error}"))
}

/// Merges the blocks of the tools; what says which source it is stays.
fn merge_into(source: &mut Source, patch: &Value) -> Result<(), serde_json::Error> {
    let plugin = source.plugin.take().map(serde_json::to_value).transpose()?;
    let blocks = [
        ("directory", source.directory.take()),
        ("helm", source.helm.take()),
        ("kustomize", source.kustomize.take()),
        ("plugin", plugin),
    ];
    let given = blocks.into_iter();
    let mut merged: Value = given
        .filter_map(|(name, block)| Some((name.to_owned(), block?)))
        .collect::<Map<_, _>>()
        .into();
    merge_patch::apply(&mut merged, patch);
    let mut block = |name: &str| {
        merged
            .get_mut(name)
            .map(Value::take)
            .filter(|b| !b.is_null())
    };
    source.directory = block("directory");
    source.helm = block("helm");
    source.kustomize = block("kustomize");
    source.plugin = block("plugin")
        .map(serde_json::from_value::<PluginSource>)
        .transpose()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use gantry_model::application::{PluginSource, Source};
    use gantry_source::DirTree;
    use serde_json::json;

    use super::{Overridden, apply};

    fn source() -> Source {
        Source {
            repo_url: "https://git.example/apps".into(),
            path: "web".into(),
            target_revision: "main".into(),
            helm: Some(
                json!({"releaseName": "r", "valuesObject": {"a": 1, "b": {"c": 2}}, "valueFiles": ["x"]}),
            ),
            ..Source::default()
        }
    }

    /// With these files in the source's directory.
    fn overridden(source: &Source, files: &[(&str, &str)]) -> Result<Overridden, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("web")).expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join("web").join(name), text).expect("a file");
        }
        let tree = DirTree::open(folder.path()).expect("a tree");
        apply(source, &tree, "web", "shop").map_err(|problems| {
            let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
            texts.join("; ")
        })
    }

    #[test]
    fn files_are_merged_over_the_source_in_their_order() {
        let all = ".argocd-source.yaml";
        let own = ".argocd-source-shop.yaml";
        let merged = overridden(
            &source(),
            &[
                (
                    all,
                    "helm:\n  valuesObject: {b: {c: 3, d: 4}}\n  valueFiles: [v, w]\n  releaseName: null\n",
                ),
                (own, "helm: {valuesObject: {a: 5}}\n"),
                (
                    ".argocd-source-other.yaml",
                    "helm: {valuesObject: {a: 6}}\n",
                ),
            ],
        );
        let expected =
            json!({"valuesObject": {"a": 5, "b": {"c": 3, "d": 4}}, "valueFiles": ["v", "w"]});
        assert_eq!(merged.expect("a source").source.helm, Some(expected));

        let kustomize = overridden(
            &Source {
                helm: None,
                ..source()
            },
            &[(all, "kustomize:\n  images: [\"web:2\"]\n"), (own, "")],
        );
        let kustomize = kustomize.expect("a source").source.kustomize;
        assert_eq!(kustomize, Some(json!({"images": ["web:2"]})));

        let plugin = Source {
            helm: None,
            plugin: Some(PluginSource {
                name: "mine".into(),
                ..PluginSource::default()
            }),
            ..source()
        };
        let text = "plugin: {env: [{name: A, value: b}], parameters: [{name: p, string: s}]}\n";
        let plugin = overridden(&plugin, &[(all, text)])
            .expect("a source")
            .source
            .plugin;
        let plugin = plugin.expect("a plugin");
        assert_eq!((plugin.name.as_str(), plugin.env.len()), ("mine", 1));
        assert_eq!(plugin.parameters[0].string.as_deref(), Some("s"));

        let removed = overridden(&source(), &[(all, "helm: null\n")]).expect("a source");
        assert_eq!(removed.source.helm, None);
    }

    #[test]
    fn which_source_it_is_stays_with_a_warning() {
        let text = "repoURL: x\npath: p\ntargetRevision: z\nhelm: {releaseName: s}\nhelmm: {}\n";
        let merged = overridden(&source(), &[(".argocd-source.yaml", text)]).expect("a source");
        assert_eq!(
            (merged.source.repo_url.as_str(), merged.source.path.as_str()),
            ("https://git.example/apps", "web")
        );
        assert_eq!(merged.source.target_revision, "main");
        let places: Vec<String> = merged.warnings.iter().map(ToString::to_string).collect();
        let [unknown, path, url, revision] = places.as_slice() else {
            panic!("{places:?}");
        };
        assert!(
            unknown.contains(":5:") && unknown.contains("helmm"),
            "{unknown}"
        );
        assert!(
            url.contains(":1:") && path.contains(":2:") && revision.contains(":3:"),
            "{places:?}"
        );
    }

    #[test]
    fn what_is_wrong_has_its_line() {
        for (text, words) in [
            ("helm:\n  valueFiles: x\n", "web/.argocd-source.yaml:2:"),
            ("helm: [\n", "web/.argocd-source.yaml:"),
            ("- a\n", "must hold a mapping"),
            ("helm: {}\n---\nhelm: {}\n", "several documents"),
            ("directory: {jsonnet: {libs: [x]}}\n", "not supported yet"),
        ] {
            let error = overridden(&source(), &[(".argocd-source.yaml", text)]).expect_err(words);
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
