//! `gantry app create`: from flags, or from a manifest and flags.

use std::path::Path;
use std::sync::Arc;

use gantry_charts::{ChartAccess, Charts};
use gantry_model::{Diagnostic, Object};
use gantry_store::{Kind, StoreError};
use serde_json::{Value, json};

use super::Desk;
use super::apps::told;
use super::fields::{self, Which};
use super::names::Name;
use crate::Outcome;
use crate::args::app::{CreateArgs, OfSource};
use crate::failure::Failure;
use crate::inputs::{Place, objects};
use crate::{files, setup};
use gantry_api::app::View;
use gantry_api::app::finalizers::FINALIZER;
use gantry_api::app::manifest;

/// A project that every application is in that names none.
const DEFAULT_PROJECT: &str = "default";

/// One application that is to be, and where it was written.
struct Draft {
    value: Value,
    place: Option<Place>,
}

impl Desk<'_> {
    pub(super) async fn create(&self, args: &CreateArgs) -> Result<Outcome, Failure> {
        self.unheeded(&args.fields.source);
        let literal = self.literal(&args.fields.source).await?;
        let mut outcome = Outcome::Good;
        for mut draft in self.drafts(args).await? {
            let home = self.apps.home.namespace();
            let created = match complete(&mut draft.value, args, literal.as_deref(), home) {
                Ok(()) => self.create_one(&draft.value, args).await,
                Err(problem) => Err(problem.into()),
            };
            match created {
                Ok(word) => {
                    let name = View(&draft.value).qualified();
                    self.output
                        .print(&format!("application '{name}' {word}\n"))?;
                }
                Err(Failure::Problems(problems)) => {
                    outcome = Outcome::NothingDone;
                    for problem in problems {
                        self.output.diagnostic(&draft.placed(problem));
                    }
                }
                Err(other) => return Err(other),
            }
        }
        Ok(outcome)
    }

    /// The manifests of a file, or a bare one.
    async fn drafts(&self, args: &CreateArgs) -> Result<Vec<Draft>, Failure> {
        let Some(name) = &args.file else {
            let value = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {}, "spec": {}});
            return Ok(vec![Draft { value, place: None }]);
        };
        let file = Arc::new(files::parse(name.clone(), &self.bytes(name).await?)?);
        let drafts = objects(&file).into_iter().map(|(value, place)| Draft {
            value: value.clone(),
            place: Some(place),
        });
        let drafts: Vec<Draft> = drafts.collect();
        if drafts.is_empty() {
            return Err(
                Diagnostic::error("no-applications", format!("{name} holds no object")).into(),
            );
        }
        if drafts.len() > 1 && args.name.as_ref().or(args.own_name.as_ref()).is_some() {
            let message = format!("{name} holds several objects, and one name is given");
            return Err(Diagnostic::error("name", message)
                .help("leave the name out")
                .into());
        }
        Ok(drafts)
    }

    /// What is behind a file's name, an http(s) URL or `-`.
    async fn bytes(&self, name: &str) -> Result<Vec<u8>, Failure> {
        if !name.starts_with("http://") && !name.starts_with("https://") {
            return Ok(files::bytes(Path::new(name))?);
        }
        let charts = Charts::new(setup::data(&self.global)?.join("charts"));
        let url = name.to_owned();
        let download = move || charts.download(&url, &ChartAccess::default());
        let done = tokio::task::spawn_blocking(download)
            .await
            .map_err(Failure::internal)?;
        Ok(done.map_err(|error| error.diagnostic())?)
    }

    /// Names the flags that are taken for the sake of argocd's scripts alone.
    pub(super) fn unheeded(&self, fields: &OfSource) {
        if fields.place.env.is_some() {
            let message = "--env has no effect, here and in argocd";
            self.output
                .diagnostic(&Diagnostic::warning("no-effect", message));
        }
    }

    /// The text behind `--values-literal-file`.
    pub(super) async fn literal(&self, fields: &OfSource) -> Result<Option<String>, Failure> {
        let Some(name) = &fields.helm.values_literal_file else {
            return Ok(None);
        };
        let bytes = self.bytes(name).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Diagnostic::error("values", format!("{name} is no text in UTF-8")))?;
        Ok(Some(text))
    }

    /// Puts one application into the home; says what that was.
    async fn create_one(&self, value: &Value, args: &CreateArgs) -> Result<&'static str, Failure> {
        let (_, warnings) = manifest::check(value)?;
        for warning in &warnings {
            self.output.of_application(View(value).name(), warning);
        }
        let object = Object::new(value.clone(), None);
        let object = object.map_err(|error| Diagnostic::error("manifest", error.to_string()))?;
        let (namespace, name) = (object.namespace(), object.name());
        let found = self.apps.home.get(Kind::Application, namespace, name).await;
        if let Some(known) = found.map_err(|error| told(&error))? {
            return self.upsert(&known, value, args).await;
        }
        self.validate(&object, args.fields.validate).await?;
        match self.apps.home.create(&object).await {
            Ok(_) => Ok("created"),
            Err(StoreError::Exists { .. }) => {
                let known = self.apps.get(&Name::of(&object)).await?;
                self.upsert(&known, value, args).await
            }
            Err(error) => Err(told(&error).into()),
        }
    }

    async fn upsert(
        &self,
        known: &Object,
        value: &Value,
        args: &CreateArgs,
    ) -> Result<&'static str, Failure> {
        if wish(known.value()) == wish(value) {
            return Ok("unchanged");
        }
        if !args.upsert {
            let message = "there is an application of this name already, and it differs";
            return Err(Diagnostic::error("exists", message)
                .help("--upsert changes it")
                .into());
        }
        let object = Object::new(value.clone(), None);
        let object = object.map_err(|error| Diagnostic::error("manifest", error.to_string()))?;
        self.validate(&object, args.fields.validate).await?;
        let edit = |now: &mut Value| {
            now["spec"] = value["spec"].clone();
            for field in METADATA {
                now["metadata"][field] = value["metadata"][field].clone();
            }
            if let Some(metadata) = now["metadata"].as_object_mut() {
                metadata.retain(|_, value| !value.is_null());
            }
            Ok(())
        };
        self.apps.edit(&Name::of(known), edit).await?;
        Ok("updated")
    }

    /// Fetches and renders an application for its cluster, unless that is not wanted: what cannot be
    /// rendered is told now, and not by the control plane later.
    pub(super) async fn validate(
        &self,
        object: &Object,
        wanted: Option<bool>,
    ) -> Result<(), Failure> {
        if wanted == Some(false) {
            return Ok(());
        }
        let with_help = |problem: Diagnostic| {
            let help = "--validate=false writes it as it is";
            if problem.help.is_some() {
                problem
            } else {
                problem.help(help)
            }
        };
        let rendering = self.rendering(object).await?;
        match self
            .prepare(&rendering, std::collections::BTreeMap::new())
            .await
        {
            Ok(_) => Ok(()),
            Err(Failure::Problems(problems)) => Err(problems
                .into_iter()
                .map(with_help)
                .collect::<Vec<_>>()
                .into()),
            Err(other) => Err(other),
        }
    }
}

impl Draft {
    fn placed(&self, problem: Diagnostic) -> Diagnostic {
        match &self.place {
            Some(place) if problem.span.is_none() => place.of(problem),
            _ => problem,
        }
    }
}

/// What of `metadata` is the user's.
const METADATA: [&str; 3] = ["labels", "annotations", "finalizers"];

/// What an application asks for, to compare.
fn wish(value: &Value) -> (&Value, Vec<Option<&Value>>) {
    let given = |field: &str| {
        let value = value.pointer(&format!("/metadata/{field}"));
        value.filter(|v| !v.is_null() && **v != json!({}) && **v != json!([]))
    };
    (&value["spec"], METADATA.map(given).to_vec())
}

/// Puts what the command line says into a manifest, and leaves out what only a control plane writes.
fn complete(
    value: &mut Value,
    args: &CreateArgs,
    literal: Option<&str>,
    home: &str,
) -> Result<(), Diagnostic> {
    if let Some(object) = value.as_object_mut() {
        object.remove("operation");
        object.remove("status");
    }
    named(value, args, home)?;
    for (flag, key, texts) in [
        ("--label", "labels", &args.labels),
        ("--annotations", "annotations", &args.annotations),
    ] {
        for text in texts {
            let (name, content) = text.split_once('=').ok_or_else(|| {
                Diagnostic::error("flag", format!("{flag} {text}: there is no `=`"))
                    .help(format!("write {flag} KEY=VALUE"))
            })?;
            value["metadata"][key][name] = content.into();
        }
    }
    if args.set_finalizer {
        let mut finalizers = View(value).list("/metadata/finalizers").to_vec();
        if !finalizers.iter().any(|known| known == FINALIZER) {
            finalizers.push(FINALIZER.into());
        }
        value["metadata"]["finalizers"] = finalizers.into();
    }
    if View(value).has_several_sources() && args.fields.source != OfSource::default() {
        let message = "flags for the source cannot change a manifest with several sources";
        return Err(Diagnostic::error("flag", message).field("spec.sources"));
    }
    fields::set(&mut value["spec"], Which::default(), &args.fields, literal)?;
    if View(value).text("/spec/project").is_empty() && value["spec"].is_object() {
        value["spec"]["project"] = DEFAULT_PROJECT.into();
    }
    Ok(())
}

/// Its name and its namespace.
fn named(value: &mut Value, args: &CreateArgs, home: &str) -> Result<(), Diagnostic> {
    if !value["metadata"].is_object() {
        return Err(
            Diagnostic::error("manifest", "the object has no `metadata`").field("metadata"),
        );
    }
    let (own_namespace, own) = {
        let app = View(value);
        (app.namespace().to_owned(), app.name().to_owned())
    };
    let asked = args.namespace.app_namespace.as_deref();
    let own_namespace = Some(own_namespace).filter(|namespace| !namespace.is_empty());
    let asked = asked.or(own_namespace.as_deref());
    let (given, flag) = (args.name.as_deref(), args.own_name.as_deref());
    if let (Some(given), Some(flag)) = (given, flag)
        && given != flag
    {
        let message = format!("--name {flag} is not the name {given}");
        return Err(Diagnostic::error("name", message).help("leave one of them out"));
    }
    let text = flag.or(given).unwrap_or(&own);
    let name = Name::parse(text, asked, home)?;
    if !own.is_empty() && own != name.name && flag.is_none() {
        let message = format!("the name {} is not that of the manifest, {own}", name.name);
        return Err(Diagnostic::error("name", message)
            .field("metadata.name")
            .help("--name takes the place of the manifest's"));
    }
    value["metadata"]["name"] = name.name.into();
    value["metadata"]["namespace"] = name.namespace.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::{complete, wish};
    use crate::args::app::CreateArgs;

    #[derive(Parser)]
    struct Create {
        #[command(flatten)]
        args: CreateArgs,
    }

    fn completed(mut value: Value, flags: &str) -> Result<Value, String> {
        let words = std::iter::once("create").chain(flags.split_whitespace());
        let args = Create::try_parse_from(words)
            .map_err(|error| error.to_string())?
            .args;
        complete(&mut value, &args, None, "argocd").map_err(|error| error.message)?;
        Ok(value)
    }

    #[test]
    fn flags_complete_a_manifest() {
        let bare = json!({"metadata": {}, "spec": {}});
        let found = completed(
            bare.clone(),
            "team/web --repo r --path p --dest-name c -l a=b --annotations c=d --set-finalizer",
        );
        let expected = json!({"metadata": {"namespace": "team", "name": "web", "labels": {"a": "b"}, "annotations": {"c": "d"},
            "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
            "spec": {"project": "default", "source": {"repoURL": "r", "path": "p"}, "destination": {"name": "c"}}});
        assert_eq!(found, Ok(expected));
        let written = json!({"metadata": {"name": "web"}, "spec": {"project": "p"}, "status": {}, "operation": {}});
        let expected =
            json!({"metadata": {"namespace": "argocd", "name": "web"}, "spec": {"project": "p"}});
        assert_eq!(completed(written.clone(), "-f x"), Ok(expected.clone()));
        for (flags, name) in [
            ("-f x --name other", "other"),
            ("web -f x --name web", "web"),
        ] {
            let found = completed(written.clone(), flags).expect(flags);
            assert_eq!(found["metadata"]["name"], name, "{flags}");
        }
        let found = completed(bare.clone(), "--name web --repo r --env prod").expect("flags");
        assert_eq!(found["metadata"]["name"], "web");
        assert_eq!(found["spec"]["source"], json!({"repoURL": "r"}), "no env");
        let several = json!({"metadata": {"name": "web"}, "spec": {"sources": [{}]}});
        for (value, flags, expected) in [
            (written.clone(), "other -f x", "not that of the manifest"),
            (written.clone(), "web -f x --name other", "not the name"),
            (written, "-f x -l a", "no `=`"),
            (several, "-f x --path p", "several sources"),
            (json!({}), "-f x", "no `metadata`"),
            (bare, "-f x", "no name"),
        ] {
            let error = completed(value, flags).expect_err(flags);
            assert!(error.contains(expected), "{flags}: {error}");
        }
    }

    #[test]
    fn what_a_server_adds_is_no_difference() {
        let asked = json!({"metadata": {"name": "a", "labels": {}}, "spec": {"x": 1}});
        let known = json!({"metadata": {"name": "a", "uid": "u"}, "spec": {"x": 1}, "status": {}});
        assert_eq!(wish(&asked), wish(&known));
        let other = json!({"metadata": {"name": "a", "labels": {"b": "c"}}, "spec": {"x": 1}});
        assert_ne!(wish(&other), wish(&known));
    }
}
