//! `gantry get`: how applications are, and what their objects own.

use gantry_engine::{Engine, SourceReport, options_of};
use gantry_model::{Diagnostic, HealthStatus};
use gantry_sync::{Node, State, SyncStatus};
use serde::Serialize;

use super::each;
use super::sync::revisions;
use crate::Outcome;
use crate::args::{GetArgs, Global, StateFormat};
use crate::failure::Failure;
use crate::inputs::{Inputs, Named};
use crate::output::Output;
use crate::progress::Progress;
use crate::setup;
use crate::table::Table;

/// One application of the result, in the shape that scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    name: String,
    namespace: String,
    project: String,
    /// The cluster's name; empty when it was not found.
    cluster: String,
    /// `spec.destination.namespace`.
    destination_namespace: String,
    sources: Vec<SourceReport>,
    #[serde(flatten)]
    state: Option<State>,
    /// Why there is no state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Diagnostic>,
}

pub(crate) fn run(global: &Global, args: &GetArgs, output: &Output) -> Result<Outcome, Failure> {
    let inputs = Inputs::read(&args.inputs, output)?;
    let engine = setup::engine(global, inputs.credentials, &inputs.projects, inputs.ignored)?;
    let progress = Progress::new();
    let seen: Vec<Seen> = setup::runtime()?.block_on(async {
        each(&inputs.applications, |named| one(&engine, named, &progress)).await
    });
    for application in &seen {
        let warnings = application.state.iter().flat_map(|state| &state.warnings);
        for diagnostic in warnings.chain(&application.errors) {
            output.of_application(&application.name, diagnostic);
        }
    }
    match args.output {
        StateFormat::Json => output.json(&seen)?,
        StateFormat::Yaml => output.yaml(&seen)?,
        StateFormat::Table => output.print(&text(&seen, objects))?,
        StateFormat::Tree => output.print(&text(&seen, |state| tree(&state.tree)))?,
    }
    let failed = |application: &Seen| application.state.is_none();
    Ok(if inputs.had_problems || seen.iter().any(failed) {
        Outcome::NothingDone
    } else {
        Outcome::Good
    })
}

async fn one(engine: &Engine, named: &Named, progress: &Progress) -> Seen {
    let application = &named.application;
    let bar = progress.bar(&application.name);
    let mut seen = Seen {
        name: application.name.clone(),
        namespace: application.namespace.clone(),
        project: application.project.clone(),
        cluster: String::new(),
        destination_namespace: application.destination.namespace.clone(),
        sources: Vec::new(),
        state: None,
        errors: Vec::new(),
    };
    let result = async {
        let prepared = engine.prepare(application).await?;
        seen.cluster.clone_from(&prepared.cluster);
        seen.sources = prepared.rendered.report();
        engine
            .inspect(&prepared, options_of(application, false))
            .await
    };
    match result.await {
        Ok(state) => seen.state = Some(state),
        Err(error) => seen.errors = named.placed(error.diagnostics()),
    }
    bar.finish();
    seen
}

/// Each application, then its objects.
fn text(seen: &[Seen], below: impl Fn(&State) -> Table) -> String {
    let with_state = seen.iter().filter_map(|a| Some((a, a.state.as_ref()?)));
    let one = |(application, state): (&Seen, &State)| {
        format!("{}\n{}", head(application, state), below(state))
    };
    with_state.map(one).collect::<Vec<_>>().join("\n")
}

/// As `argocd app get` begins.
fn head(application: &Seen, state: &State) -> String {
    let mut lines = vec![
        ("Name", application.name.clone()),
        ("Project", application.project.clone()),
        ("Cluster", application.cluster.clone()),
        ("Namespace", application.destination_namespace.clone()),
    ];
    for source in &application.sources {
        let place = if source.chart.is_empty() {
            &source.path
        } else {
            &source.chart
        };
        lines.push(("Source", format!("{} {place}", source.repo_url)));
    }
    lines.push(("Revision", revisions(&application.sources)));
    lines.push(("Sync", state.sync.as_str().to_owned()));
    let health = &state.health;
    let why = match health.message.as_str() {
        "" => String::new(),
        message => format!(" ({message})"),
    };
    lines.push(("Health", format!("{}{why}", health.status)));
    let line =
        |(name, value): (&str, String)| format!("{:<11} {}\n", format!("{name}:"), value.trim());
    lines.into_iter().map(line).collect()
}

fn objects(state: &State) -> Table {
    let head = [
        "GROUP",
        "KIND",
        "NAMESPACE",
        "NAME",
        "SYNC",
        "HEALTH",
        "MESSAGE",
    ];
    let mut table = Table::new(&head);
    for object in &state.objects {
        let gvk = &object.object.gvk;
        table.row([
            gvk.group.clone(),
            gvk.kind.clone(),
            object.object.namespace.clone(),
            object.object.name.clone(),
            object.sync.as_str().to_owned(),
            object.health.map_or("", HealthStatus::as_str).to_owned(),
            object.message.clone(),
        ]);
    }
    table
}

/// The objects and what they own.
pub(super) fn tree(nodes: &[Node]) -> Table {
    let mut table = Table::new(&["OBJECT", "SYNC", "HEALTH", "MESSAGE"]);
    for node in nodes {
        branch(&mut table, node, "", "");
    }
    table
}

/// One object and what it owns. `lead` stands before it, `below` before what it owns.
fn branch(table: &mut Table, node: &Node, lead: &str, below: &str) {
    let object = &node.object;
    let cells = [
        format!("{}/{}", object.gvk.kind, object.name),
        node.sync.map_or("", SyncStatus::as_str).to_owned(),
        node.health.map_or("", HealthStatus::as_str).to_owned(),
        node.message.clone(),
    ];
    table.branch(lead, cells);
    let last = node.children.len().saturating_sub(1);
    for (place, child) in node.children.iter().enumerate() {
        let (mark, more) = if place == last {
            ("└─", "  ")
        } else {
            ("├─", "│ ")
        };
        branch(
            table,
            child,
            &format!("{below}{mark}"),
            &format!("{below}{more}"),
        );
    }
}
