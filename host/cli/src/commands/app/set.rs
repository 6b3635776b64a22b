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
                    patch.apply(value).map_err(|error| wrong(error.to_string()))
                };
                self.edited(&name, |value| edit(value).and_then(|()| kept(value, &name)))
                    .await
            }
            PatchType::Merge => {
                let documents =
                    gantry_yaml::parse(&args.patch).map_err(|error| error.diagnostic("--patch"))?;
                let [document] = documents.as_slice() else {
                    return Err(wrong("it must be one mapping".to_owned()).into());
                };
                self.edited(&name, |value| {
                    merge_patch::apply(value, &document.value);
                    kept(value, &name)
                })
                .await
            }
        }
    }

    /// Changes an application, checks it, and says what came of that.
    pub(super) async fn edited(
        &self,
        name: &Name,
        edit: impl Fn(&mut Value) -> Result<(), Diagnostic>,
    ) -> Result<Outcome, Failure> {
        let check = |value: &Value| manifest::check(value).map(drop);
        let word = match self.apps.edit(name, edit, check).await? {
            Edited::Changed => "updated",
            Edited::Unchanged => "unchanged",
        };
        self.output
            .print(&format!("application '{name}' {word}\n"))?;
        Ok(Outcome::Good)
    }
}

/// Only what the user may change may have changed.
fn kept(value: &Value, name: &Name) -> Result<(), Diagnostic> {
    let metadata = &value["metadata"];
    let is_same = value["kind"] == "Application"
        && metadata["name"] == name.name.as_str()
        && metadata["namespace"] == name.namespace.as_str();
    if is_same {
        return Ok(());
    }
    let message = "a patch cannot change which application it is";
    Err(Diagnostic::error("patch", message).help("leave kind, name and namespace as they are"))
}
