//! `gantry cluster set`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gantry_model::secrets::SECRET_TYPE_LABEL;
use gantry_model::{Diagnostic, Object};
use gantry_store::{Home, Kind};
use serde_json::{Map, Value, json};

use super::add::pairs;
use super::{one, stored};
use crate::Outcome;
use crate::args::{ClusterSetArgs, Global};
use crate::failure::Failure;
use crate::home::{self, problem};
use crate::output::Output;

/// What all namespaces are called.
const ALL: &str = "*";
/// The annotation by which Argo CD knows its own Secrets.
const MANAGED_BY: &str = "managed-by";

pub(super) async fn run(
    global: &Global,
    args: &ClusterSetArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let home = home::open(global, &args.home)?;
    let found = one(&*home, &args.cluster, output).await?;
    let patch = changed(&found.object, args)?;
    let before = &found.secret.name;
    if let Some(name) = args.name.as_deref().filter(|name| name != before) {
        let all = stored(&*home, output).await?;
        if all.iter().any(|other| other.secret.name == name) {
            let message = format!("another cluster is named {name:?}");
            return Err(Diagnostic::error("cluster", message).into());
        }
        tell_who_names_it(&*home, before, output).await?;
    }
    let object = &found.object;
    home.patch(Kind::Secret, object.namespace(), object.name(), &patch)
        .await
        .map_err(|error| problem(&error))?;
    output.print(&format!("Cluster '{}' updated.\n", args.cluster))?;
    Ok(Outcome::Good)
}

/// Applications that name a cluster by what it is called no longer.
async fn tell_who_names_it(home: &dyn Home, name: &str, output: &Output) -> Result<(), Failure> {
    let apps = home.list(Kind::Application).await;
    let apps = apps.map_err(|error| problem(&error))?;
    let names = apps
        .iter()
        .filter(|app| app.value()["spec"]["destination"]["name"] == name)
        .map(|app| app.name().to_owned());
    let names: Vec<String> = names.collect();
    if !names.is_empty() {
        let message = format!("applications name it {name:?}: {}", names.join(", "));
        let told = Diagnostic::warning("cluster", message);
        output
            .diagnostic(&told.help("`gantry app set APPNAME --dest-name` gives them the new name"));
    }
    Ok(())
}

/// The change of the Secret.
fn changed(object: &Object, args: &ClusterSetArgs) -> Result<Value, Failure> {
    let mut data = Map::new();
    let mut put = |key: &str, text: Option<String>| {
        let value = text.map(|text| BASE64_STANDARD.encode(text));
        data.insert(key.to_owned(), value.into());
    };
    if let Some(name) = &args.name {
        put("name", Some(name.clone()));
    }
    match args.namespace.as_slice() {
        [] => {}
        [all] if all == ALL => put("namespaces", None),
        some if some.iter().any(|name| name == ALL || name.is_empty()) => {
            let message = "--namespace '*' stands alone: it means all namespaces";
            return Err(Diagnostic::error("flag", message).into());
        }
        some => put("namespaces", Some(some.join(","))),
    }
    let mut metadata = json!({"resourceVersion": object.resource_version()});
    for (field, texts, own) in [
        ("labels", &args.label, SECRET_TYPE_LABEL),
        ("annotations", &args.annotation, MANAGED_BY),
    ] {
        if !texts.is_empty() {
            metadata[field] = replaced(&object.value()["metadata"][field], texts, own)?;
        }
    }
    if data.is_empty() && metadata.as_object().is_some_and(|fields| fields.len() == 1) {
        return Err(Diagnostic::error("flag", "there is nothing to set")
            .help("say --name, --namespace, --label or --annotation")
            .into());
    }
    // What was written as a text would go before the new value.
    let texts: Map<String, Value> = data.keys().map(|key| (key.clone(), Value::Null)).collect();
    let mut patch = json!({ "metadata": metadata });
    if !data.is_empty() {
        patch["data"] = data.into();
        patch["stringData"] = texts.into();
    }
    Ok(patch)
}

/// The given pairs in the place of those that are there, but for Argo CD's own.
fn replaced(before: &Value, texts: &[String], own: &str) -> Result<Value, Failure> {
    let before = before.as_object().into_iter().flatten();
    let gone = before.filter(|(key, _)| *key != own);
    let mut after: Map<String, Value> = gone.map(|(key, _)| (key.clone(), Value::Null)).collect();
    for (key, value) in pairs(texts)? {
        if key == own {
            let problem = Diagnostic::error("flag", format!("{own} cannot be set"));
            return Err(problem.help("it says what the Secret is").into());
        }
        after.insert(key, value.into());
    }
    Ok(after.into())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use gantry_model::Object;
    use serde_json::{Value, json};

    use super::changed;
    use crate::args::ClusterSetArgs;
    use crate::failure::Failure;

    #[derive(Parser)]
    struct Set {
        #[command(flatten)]
        args: ClusterSetArgs,
    }

    fn patch(flags: &str) -> Result<Value, String> {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "resourceVersion": "7",
            "labels": {"argocd.argoproj.io/secret-type": "cluster", "old": "1"},
            "annotations": {"managed-by": "argocd.argoproj.io"}}, "stringData": {"name": "a"}});
        let object = Object::new(secret, None).expect("an object");
        let words = ["set", "spoke"].into_iter().chain(flags.split_whitespace());
        let args = Set::try_parse_from(words).expect(flags).args;
        changed(&object, &args).map_err(|failure| match failure {
            Failure::Problems(problems) => problems[0].message.clone(),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn a_secret_is_changed_where_it_is_asked() {
        let version = json!({"resourceVersion": "7"});
        for (flags, expected) in [
            (
                "--name b",
                json!({"metadata": version, "data": {"name": "Yg=="}, "stringData": {"name": null}}),
            ),
            (
                "--namespace a --namespace b",
                json!({"metadata": version, "data": {"namespaces": "YSxi"}, "stringData": {"namespaces": null}}),
            ),
            (
                "--namespace *",
                json!({"metadata": version, "data": {"namespaces": null}, "stringData": {"namespaces": null}}),
            ),
            (
                "--label new=2 --annotation x=y",
                json!({"metadata": {"resourceVersion": "7", "labels": {"old": null, "new": "2"},
                    "annotations": {"x": "y"}}}),
            ),
        ] {
            assert_eq!(patch(flags), Ok(expected), "{flags}");
        }
    }

    #[test]
    fn what_cannot_be_set_is_told() {
        for (flags, part) in [
            ("", "nothing to set"),
            ("--namespace * --namespace a", "stands alone"),
            ("--label x", "no KEY=VALUE"),
            ("--label argocd.argoproj.io/secret-type=x", "cannot be set"),
        ] {
            let error = patch(flags).expect_err(flags);
            assert!(error.contains(part), "{error}");
        }
    }
}
