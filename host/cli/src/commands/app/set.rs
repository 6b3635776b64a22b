//! `gantry app set`, `unset` and `patch`.

use gantry_model::{Diagnostic, Object, merge_patch};
use gantry_patch::json_patch::JsonPatch;
use serde_json::Value;

use super::Desk;
use super::apps::Edited;
use super::fields::{self, Which, source_of, unset};
use super::names::Name;
use crate::Outcome;
use crate::args::app::{FieldArgs, PatchArgs, PatchType, SetArgs, UnsetArgs, UnsetFields};
use crate::failure::Failure;
use gantry_api::app::manifest;

impl Desk<'_> {
    pub(super) async fn set(&self, args: &SetArgs) -> Result<Outcome, Failure> {
        let nothing = FieldArgs {
            validate: args.fields.validate,
            ..FieldArgs::default()
        };
        if args.fields == nothing {
            return Err(Diagnostic::error("flag", "there is nothing to set")
                .help("name a field: see `gantry app set --help`")
                .into());
        }
        self.unheeded(&args.fields.source);
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let literal = self.literal(&args.fields.source).await?;
        let which = Which {
            position: args.source_position,
            name: args.fields.source.place.source_name.as_deref(),
        };
        let edit = |value: &mut Value| {
            fields::set(&mut value["spec"], which, &args.fields, literal.as_deref())
        };
        let mut tried = self.apps.get(&name).await?.into_value();
        edit(&mut tried)?;
        manifest::check(&tried)?;
        let tried = Object::new(tried, None);
        let tried = tried.map_err(|error| Diagnostic::error("manifest", error.to_string()))?;
        self.validate(&tried, args.fields.validate).await?;
        self.edited(&name, edit).await
    }

    pub(super) async fn unset(&self, args: &UnsetArgs) -> Result<Outcome, Failure> {
        if args.fields == UnsetFields::default() {
            return Err(Diagnostic::error("flag", "there is nothing to unset")
                .help("name a parameter: see `gantry app unset --help`")
                .into());
        }
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let which = Which {
            position: args.source_position,
            name: None,
        };
        self.edited(&name, |value| {
            unset(source_of(&mut value["spec"], which)?, &args.fields);
            Ok(())
        })
        .await
    }

    pub(super) async fn patch(&self, args: &PatchArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let wrong = |message: String| Diagnostic::error("patch", format!("--patch: {message}"));
        match args.kind {
            PatchType::Json => {
                let patch =
                    JsonPatch::parse(&args.patch).map_err(|error| wrong(error.to_string()))?;
                let edit = |value: &mut Value| {
                    let before = value.clone();
                    patch
                        .apply(value)
                        .map_err(|error| wrong(error.to_string()))?;
                    kept(&before, value)
                };
                self.edited(&name, edit).await
            }
            PatchType::Merge => {
                let documents =
                    gantry_yaml::parse(&args.patch).map_err(|error| error.diagnostic("--patch"))?;
                let [document] = documents.as_slice() else {
                    return Err(wrong("it must be one mapping".to_owned()).into());
                };
                let edit = |value: &mut Value| {
                    let before = value.clone();
                    merge_patch::apply(value, &document.value);
                    kept(&before, value)
                };
                self.edited(&name, edit).await
            }
        }
    }

    /// Changes an application, checks it, and says what came of that, and what of it has no effect.
    pub(super) async fn edited(
        &self,
        name: &Name,
        edit: impl Fn(&mut Value) -> Result<(), Diagnostic>,
    ) -> Result<Outcome, Failure> {
        let word = match self.apps.edit(name, edit).await? {
            Edited::Changed { warnings } => {
                for warning in &warnings {
                    self.output.of_application(&name.to_string(), warning);
                }
                "updated"
            }
            Edited::Unchanged => "unchanged",
        };
        self.output
            .print(&format!("application '{name}' {word}\n"))?;
        Ok(Outcome::Good)
    }
}

/// What of `metadata` is the user's, as of an application's fields `spec` is: Argo CD keeps nothing else of a
/// patch.
const METADATA: [&str; 3] = ["labels", "annotations", "finalizers"];

/// Only what is the user's may have changed. Argo CD drops the rest in silence; whoever writes it means something
/// by it, so it is refused here.
fn kept(before: &Value, after: &Value) -> Result<(), Diagnostic> {
    let refused = |field: &str| {
        let message = format!(
            "a patch cannot change `{field}`: only `spec` and, of `metadata`, labels, annotations and finalizers"
        );
        Err(Diagnostic::error("patch", message).field(field))
    };
    if !after.is_object() || !after["metadata"].is_object() {
        return refused("metadata");
    }
    if let Some(field) = differing(before, after).find(|f| *f != "spec" && *f != "metadata") {
        return refused(field);
    }
    let mut own = differing(&before["metadata"], &after["metadata"]);
    match own.find(|field| !METADATA.contains(field)) {
        Some(field) => refused(&format!("metadata.{field}")),
        None => Ok(()),
    }
}

/// The fields that are not the same in two mappings.
fn differing<'a>(one: &'a Value, other: &'a Value) -> impl Iterator<Item = &'a str> {
    let fields = [one, other].into_iter().filter_map(Value::as_object);
    let names = fields.flat_map(serde_json::Map::keys);
    names
        .map(String::as_str)
        .filter(|field| one.get(field) != other.get(field))
}

#[cfg(test)]
mod tests {
    use gantry_model::merge_patch;
    use serde_json::{Value, json};

    use super::kept;

    #[test]
    fn a_patch_changes_what_is_the_users() {
        let before = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop", "namespace": "argocd", "uid": "u"},
            "spec": {"project": "default"}, "status": {"sync": {"status": "OutOfSync"}}});
        let cases = [
            (json!({"spec": {"project": "other"}}), None),
            (
                json!({"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}, "finalizers": ["a"]}}),
                None,
            ),
            (
                json!({"kind": "Application", "metadata": {"uid": "u"}}),
                None,
            ),
            (
                json!({"status": {"sync": {"status": "Synced"}}}),
                Some("status"),
            ),
            (json!({"status": null}), Some("status")),
            (json!({"operation": {"sync": {}}}), Some("operation")),
            (json!({"foo": 1}), Some("foo")),
            (json!({"kind": "AppProject"}), Some("kind")),
            (json!({"metadata": {"name": "b"}}), Some("metadata.name")),
            (json!({"metadata": {"uid": null}}), Some("metadata.uid")),
            (json!({"metadata": null}), Some("metadata")),
            (json!(7), Some("metadata")),
        ];
        for (patch, expected) in cases {
            let mut after = before.clone();
            merge_patch::apply(&mut after, &patch);
            let refused = kept(&before, &after).map_err(|problem| {
                assert!(problem.message.contains("cannot change"), "{problem}");
                problem.field
            });
            let refused: Option<String> = refused.err().flatten();
            assert_eq!(refused.as_deref(), expected, "{patch}");
        }
        let same: Value = before.clone();
        assert_eq!(kept(&before, &same), Ok(()));
    }
}
