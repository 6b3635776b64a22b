//! `gantry app add-source` and `remove-source`: applications with several sources.

use gantry_model::{Diagnostic, Object};
use serde_json::Value;

use super::fields::{Fields, Which, given_policy, set_source};
use gantry_api::app::manifest;

use super::Desk;
use crate::Outcome;
use crate::args::app::{AddSourceArgs, OfSource, RemoveSourceArgs};
use crate::failure::Failure;

impl Desk<'_> {
    pub(super) async fn add_source(&self, args: &AddSourceArgs) -> Result<Outcome, Failure> {
        if args.source == OfSource::default() {
            let problem = Diagnostic::error("flag", "there is no source to add");
            return Err(problem
                .help("say --repo, and --path, --helm-chart or --ref")
                .into());
        }
        self.unheeded(&args.source);
        let unheeded = given_policy(&args.unheeded);
        if !unheeded.is_empty() {
            let message = format!("{}: no effect on a source", unheeded.join(", "));
            let warning = Diagnostic::warning("no-effect", message);
            self.output
                .diagnostic(&warning.help("`gantry app set` takes them"));
        }
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let literal = self.literal(&args.source).await?;
        let edit = |value: &mut Value| add(value, &args.source, literal.as_deref());
        let mut tried = self.apps.get(&name).await?.into_value();
        edit(&mut tried)?;
        manifest::check(&tried)?;
        let tried = Object::new(tried, None);
        let tried = tried.map_err(|error| Diagnostic::error("manifest", error.to_string()))?;
        self.validate(&tried, args.validate).await?;
        self.edited(&name, edit).await
    }

    pub(super) async fn remove_source(&self, args: &RemoveSourceArgs) -> Result<Outcome, Failure> {
        let name = self.apps.name(&args.app.name, &args.app.namespace)?;
        let which = Which {
            position: args.source_position,
            name: args.source_name.as_deref(),
        };
        self.edited(&name, |value| remove(value, which)).await
    }
}

fn sources(app: &mut Value) -> Result<&mut Vec<Value>, Diagnostic> {
    let sources = app["spec"]["sources"].as_array_mut();
    sources
        .filter(|sources| !sources.is_empty())
        .ok_or_else(|| {
            let message = "the application has one source, `spec.source`, and no `spec.sources`";
            Diagnostic::error("source", message)
                .help("make it a list of one first, with `gantry app edit`")
        })
}

fn add(app: &mut Value, flags: &OfSource, literal: Option<&str>) -> Result<(), Diagnostic> {
    let all = sources(app)?;
    let mut source = Fields::new();
    set_source(&mut source, flags, literal)?;
    all.push(Value::Object(source));
    Ok(())
}

fn remove(app: &mut Value, which: Which<'_>) -> Result<(), Diagnostic> {
    let all = sources(app)?;
    let index = which.index(all)?;
    if all.len() == 1 {
        let problem = Diagnostic::error("source", "it is the application's only source");
        return Err(problem.help("add another one first, with `gantry app add-source`"));
    }
    all.remove(index);
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use serde_json::{Value, json};

    use super::{Which, add, given_policy, remove};
    use crate::args::app::AddSourceArgs;

    #[derive(Parser)]
    struct Add {
        #[command(flatten)]
        args: AddSourceArgs,
    }

    fn app(sources: Value) -> Value {
        json!({"spec": {"sources": sources}})
    }

    #[test]
    fn a_source_is_put_behind_the_others() {
        let flags = "add-source a --repo r --path p --revision v1 --source-name n --nameprefix x-";
        let flags = Add::try_parse_from(flags.split(' ')).expect("flags").args;
        let mut two = app(json!([{"repoURL": "q"}]));
        add(&mut two, &flags.source, None).expect("added");
        let expected = json!({"repoURL": "r", "path": "p", "targetRevision": "v1", "name": "n",
            "kustomize": {"namePrefix": "x-"}});
        assert_eq!(two, app(json!([{"repoURL": "q"}, expected])));
        let mut one = json!({"spec": {"source": {"repoURL": "q"}}});
        let error = add(&mut one, &flags.source, None).expect_err("one source");
        assert!(error.message.contains("no `spec.sources`"), "{error}");
    }

    #[test]
    fn what_argocd_does_not_look_at_is_taken_and_named() {
        let flags = "add-source a --repo r --dest-name c --self-heal --sync-option A=true --sync-retry-limit 2";
        let args = Add::try_parse_from(flags.split(' ')).expect("flags").args;
        let expected = [
            "--dest-name",
            "--self-heal",
            "--sync-option",
            "--sync-retry-limit",
        ];
        assert_eq!(given_policy(&args.unheeded), expected);
        let mut app = app(json!([{"repoURL": "q"}]));
        add(&mut app, &args.source, None).expect("added");
        assert_eq!(
            app["spec"],
            json!({"sources": [{"repoURL": "q"}, {"repoURL": "r"}]})
        );
        let help = Add::command().render_long_help().to_string();
        for (flag, is_shown) in [
            ("--path", true),
            ("--validate", true),
            ("--dest-name", false),
            ("--env", false),
        ] {
            assert_eq!(help.contains(flag), is_shown, "{flag} in {help}");
        }
    }

    #[test]
    fn a_source_is_removed_by_place_or_name() {
        let three = || app(json!([{"name": "a"}, {"name": "b"}, {"name": "c"}]));
        let cases = [
            (three(), Some(1), None, Ok("bc")),
            (three(), None, Some("b"), Ok("ac")),
            (three(), Some(4), None, Err("no such source")),
            (three(), Some(0), None, Err("no such source")),
            (three(), None, Some("d"), Err("no such source")),
            (
                app(json!([{"name": "a"}])),
                Some(1),
                None,
                Err("only source"),
            ),
            (app(json!([])), Some(1), None, Err("no `spec.sources`")),
        ];
        for (mut app, position, name, expected) in cases {
            match (remove(&mut app, Which { position, name }), expected) {
                (Ok(()), Ok(names)) => {
                    let left = app["spec"]["sources"].as_array().expect("sources").iter();
                    let left: String = left.filter_map(|source| source["name"].as_str()).collect();
                    assert_eq!(left, names);
                }
                (Err(error), Err(part)) => assert!(error.message.contains(part), "{error}"),
                (found, expected) => unreachable!("{found:?} is not {expected:?}"),
            }
        }
    }
}
