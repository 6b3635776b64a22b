//! `Update`. Who may change a project gives it no more than they may give, and takes nothing from the applications
//! that are there. `Create` with `upsert` asks none of this, as in Argo CD.

use std::collections::{BTreeMap, BTreeSet};

use gantry_model::application::Destination;
use gantry_model::project::ProjectRules;
use gantry_model::{Diagnostic, Manifest, Object, read_manifest};
use gantry_store::Kind;
use serde_json::Value;

use super::{DEFAULT, missing, replace, unwritten, wanted};
use crate::apps::Entry;
use crate::desk::Call;
use crate::fault::{Code, Fault};

/// What a missing one means the same as an empty one: nothing.
const KIND_LISTS: [&str; 3] = [
    "clusterResourceWhitelist",
    "clusterResourceBlacklist",
    "namespaceResourceBlacklist",
];

/// Here a missing one means all kinds, and an empty one none.
const NAMESPACED_KINDS: &str = "namespaceResourceWhitelist";

/// What is asked about, and how the project has it: a refusal tells no more than that.
type Names = BTreeMap<String, String>;

pub(super) async fn update(call: Call<'_>) -> Result<Value, Fault> {
    let after = wanted(call)?;
    call.must("projects", "update", after.name())?;
    let home = &call.desk.home;
    let known = home.get(Kind::Project, home.namespace(), after.name());
    let known = known.await?;
    let before = match &known {
        Some(known) => known.clone(),
        None if after.name() == DEFAULT => unwritten(call)?,
        None => return Err(missing(after.name())),
    };
    may_give(call, &before, &after)?;
    keeps_applications(call, &before, &after).await?;
    match known {
        // Only the version that was judged: what somebody else writes meanwhile is not written over.
        Some(known) => replace(call, known, &after).await,
        None => Ok(home.create(&after).await?.into_value()),
    }
}

/// Clusters and repositories are given to a project by those who may change these.
fn may_give(call: Call<'_>, before: &Object, after: &Object) -> Result<(), Fault> {
    let clusters = clusters(call, after);
    let had = self::clusters(call, before);
    may_change(call, "clusters", &had, &clusters)?;
    may_change(call, "repositories", &sources(before), &sources(after))?;
    let changes = |list: &str| kinds(before, list) != kinds(after, list);
    let is_given = |project: &Object| project.value()["spec"][NAMESPACED_KINDS].is_array();
    let other_kinds = KIND_LISTS.into_iter().any(changes)
        || changes(NAMESPACED_KINDS)
        || is_given(before) != is_given(after);
    if other_kinds {
        may_update(call, "clusters", &clusters, |_| true)?;
    }
    Ok(())
}

fn may_change(call: Call<'_>, what: &str, had: &Names, has: &Names) -> Result<(), Fault> {
    may_update(call, what, has, |name| !had.contains_key(name))?;
    // What goes may have been a rule that denies. The refusal does not name it: the request has not either.
    let mut gone = had.keys().filter(|name| !has.contains_key(*name));
    if gone.all(|name| call.may(what, "update", name)) {
        return Ok(());
    }
    Err(refused(call, what, "what is taken from the project"))
}

/// Refuses what the caller may not update of those that it is about.
fn may_update(
    call: Call<'_>,
    what: &str,
    names: &Names,
    is_about: impl Fn(&str) -> bool,
) -> Result<(), Fault> {
    let mut asked = names.iter().filter(|(name, _)| is_about(name));
    let denied = asked.find(|(name, _)| !call.may(what, "update", name));
    denied.map_or(Ok(()), |(_, written)| Err(refused(call, what, written)))
}

fn refused(call: Call<'_>, what: &str, object: &str) -> Fault {
    let subject = &call.caller.subject;
    let message = format!("permission denied: {what}, update, {object}, sub: {subject}");
    Fault::new(Code::PermissionDenied, message)
}

/// The clusters of a project's destinations, by their servers. One that is given by its name is the cluster that
/// has it; a pattern of names is asked about as it is written.
fn clusters(call: Call<'_>, project: &Object) -> Names {
    let mut all = Names::new();
    for rule in list(project, "destinations") {
        let text = |key: &str| rule[key].as_str().unwrap_or_default().to_owned();
        let (server, name) = (text("server"), text("name"));
        if !name.is_empty() {
            let destination = Destination {
                name: name.clone(),
                ..Destination::default()
            };
            let meant = call.desk.inside.destination(&destination, project.name());
            let asked = meant.map_or_else(|| name.clone(), |cluster| cluster.server);
            all.insert(asked, name);
        }
        if !server.is_empty() {
            all.insert(server.clone(), server);
        }
    }
    all
}

fn sources(project: &Object) -> Names {
    let all = list(project, "sourceRepos").iter();
    let texts = all.filter_map(Value::as_str).map(str::to_owned);
    texts.map(|text| (text.clone(), text)).collect()
}

/// What a list of kinds has, in whatever order.
fn kinds<'a>(project: &'a Object, key: &str) -> BTreeSet<[&'a str; 3]> {
    let text = |kind: &'a Value, key: &str| kind[key].as_str().unwrap_or_default();
    let all = list(project, key).iter();
    all.map(|kind| ["group", "kind", "name"].map(|key| text(kind, key)))
        .collect()
}

fn list<'a>(project: &'a Object, key: &str) -> &'a [Value] {
    let list = project.value()["spec"][key].as_array();
    list.map_or(&[], Vec::as_slice)
}

/// Refuses what an application that is there would have its source or its destination forbidden by.
async fn keeps_applications(call: Call<'_>, before: &Object, after: &Object) -> Result<(), Fault> {
    let after = rules(after).map_err(|problems| Fault::of_manifest(&problems))?;
    // Rules that cannot be read permit nothing: nothing is lost.
    let Ok(before) = rules(before) else {
        return Ok(());
    };
    call.desk.apps.ready().await?;
    let is_in = |entry: &Entry| *entry.keys.project == *after.name;
    let applications = call.desk.apps.fitting(is_in);
    let mut clusters = BTreeMap::new();
    let (mut sources, mut destinations) = (0, 0);
    for entry in &applications {
        let lost = entry.view().sources().iter().any(|source| {
            let url = source.text("/repoURL");
            before.sources.permit(url).is_ok() && after.sources.permit(url).is_err()
        });
        sources += usize::from(lost);
        let destination = destination(entry);
        let key = (destination.server.clone(), destination.name.clone());
        let meant = || call.desk.inside.destination(&destination, &after.name);
        // One that goes nowhere is in error already, whatever its project says.
        let Some(cluster) = clusters.entry(key).or_insert_with(meant) else {
            continue;
        };
        let permits = |rules: &ProjectRules| rules.permits_destination(&destination, cluster);
        let lost = permits(&before).is_ok() && permits(&after).is_err();
        destinations += usize::from(lost);
    }
    let told = [(sources, "source"), (destinations, "destination")];
    let told = told.into_iter().filter(|(count, _)| *count > 0);
    let told = told.map(|(count, what)| format!("{count} applications {what} became invalid"));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return Ok(());
    }
    let message = format!("as a result of project update {}", told.join(" and "));
    Err(Fault::invalid(message))
}

fn destination(entry: &Entry) -> Destination {
    let keys = &entry.keys;
    Destination {
        name: keys.cluster_name.to_string(),
        server: keys.server.to_string(),
        namespace: keys.to_namespace.to_string(),
    }
}

fn rules(project: &Object) -> Result<ProjectRules, Vec<Diagnostic>> {
    match read_manifest(project.value())?.value {
        Manifest::Project(project) => ProjectRules::of(&project).map_err(|problem| vec![problem]),
        _ => Err(Vec::new()),
    }
}
