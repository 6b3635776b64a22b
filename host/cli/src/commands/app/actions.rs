//! `gantry app actions`: what the kinds of an application's objects know beside syncs, such as a restart.

use std::collections::BTreeMap;
use std::time::SystemTime;

use gantry_model::{Diagnostic, Object};
use gantry_sync::{ResourceAction, Told, resource_actions};
use serde::Serialize;

use super::Desk;
use crate::Outcome;
use crate::args::app::{ActionsCommand, ActionsFormat, ListActionsArgs, RunActionArgs};
use crate::failure::Failure;
use crate::table::Table;

/// One row, in the shape that scripts read: argocd's.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    group: String,
    kind: String,
    name: String,
    action: &'static str,
    disabled: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parameters: &'static [&'static str],
}

impl Desk<'_> {
    pub(super) async fn actions(&self, command: &ActionsCommand) -> Result<Outcome, Failure> {
        match command {
            ActionsCommand::List(args) => self.list_actions(args).await,
            ActionsCommand::Run(args) => self.run_action(args).await,
        }
    }

    async fn list_actions(&self, args: &ListActionsArgs) -> Result<Outcome, Failure> {
        let found = self
            .own(&args.app, args.kind.as_deref(), &args.object, true)
            .await?;
        let rows: Vec<Row> = found.objects.iter().flat_map(rows).collect();
        match args.output {
            ActionsFormat::Json => self.output.json(&rows)?,
            ActionsFormat::Yaml => self.output.yaml(&rows)?,
            ActionsFormat::Table => self.output.print(&table(&rows).to_string())?,
        }
        Ok(Outcome::Good)
    }

    async fn run_action(&self, args: &RunActionArgs) -> Result<Outcome, Failure> {
        let parameters = parameters(&args.parameters)?;
        let found = self
            .own(&args.app, Some(&args.kind), &args.object, args.all)
            .await?;
        let same_group = |object: &Object| object.gvk().group == found.objects[0].gvk().group;
        if !found.objects.iter().all(same_group) {
            let message = format!("several API groups have the kind {}", args.kind);
            let problem = Diagnostic::error("object", message);
            return Err(problem.help("name one with --group").into());
        }
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let told = Told {
            parameters: &parameters,
            now: &now,
        };
        for object in &found.objects {
            let acted = found
                .engine
                .act(&found.application, object, &args.action, told);
            let done = acted.await.map_err(|error| error.diagnostics())?;
            for target in done {
                let word = if target == object.reference() {
                    "changed"
                } else {
                    "created"
                };
                let action = &args.action;
                self.output
                    .print(&format!("{target} {word} ({action})\n"))?;
            }
        }
        Ok(Outcome::Good)
    }
}

fn rows(object: &Object) -> Vec<Row> {
    let row = |action: ResourceAction| Row {
        group: object.gvk().group.clone(),
        kind: object.kind().to_owned(),
        name: object.name().to_owned(),
        action: action.name,
        disabled: action.disabled,
        parameters: action.parameters,
    };
    resource_actions(object).into_iter().map(row).collect()
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["GROUP", "KIND", "NAME", "ACTION", "DISABLED"]);
    for row in rows {
        table.row([
            row.group.clone(),
            row.kind.clone(),
            row.name.clone(),
            row.action.to_owned(),
            row.disabled.to_string(),
        ]);
    }
    table
}

fn parameters(texts: &[String]) -> Result<BTreeMap<String, String>, Diagnostic> {
    let one = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Diagnostic::error("flag", format!("--param {text}: there is no `=`"))
                .help("write --param NAME=VALUE")
        })?;
        Ok((name.to_owned(), value.to_owned()))
    };
    texts.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use gantry_model::Object;
    use serde_json::json;

    use super::{parameters, rows, table};

    #[test]
    fn rows_are_those_that_scripts_for_argocd_read() {
        let value = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {}});
        let rows = rows(&Object::new(value, None).expect("an object"));
        let expected = json!([
            {"Group": "apps", "Kind": "StatefulSet", "Name": "db", "Action": "restart", "Disabled": false},
            {"Group": "apps", "Kind": "StatefulSet", "Name": "db", "Action": "scale", "Disabled": false,
                "Parameters": ["replicas"]},
        ]);
        assert_eq!(json!(rows), expected);
        let shown = table(&rows).to_string();
        assert!(
            shown.contains("StatefulSet   db     restart   false"),
            "{shown}"
        );
    }

    #[test]
    fn a_parameter_has_a_name_and_a_value() {
        let given = parameters(&["replicas=3".to_owned()]).expect("a parameter");
        assert_eq!(given["replicas"], "3");
        let error = parameters(&["replicas".to_owned()]).expect_err("no value");
        assert!(error.message.contains("no `=`"), "{error}");
    }
}
