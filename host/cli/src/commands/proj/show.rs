//! Projects as tables, in the words of `argocd proj`.

mod role;

use std::fmt::Write as _;

use gantry_model::Object;
use serde_json::Value;

use crate::table::Table;

pub(super) use role::{new_token, role, role_names, roles, tokens};

/// The table of `list`.
pub(super) fn list(projects: &[Object]) -> String {
    let mut table = Table::new(&[
        "NAME",
        "DESCRIPTION",
        "DESTINATIONS",
        "SOURCES",
        "CLUSTER-RESOURCE-WHITELIST",
        "NAMESPACE-RESOURCE-BLACKLIST",
        "SYNC-WINDOWS",
    ]);
    for project in projects {
        let spec = &project.value()["spec"];
        table.row([
            project.name().to_owned(),
            text(&spec["description"]).to_owned(),
            short(&spec["destinations"], "destinations", destination),
            short(&spec["sourceRepos"], "repos", |url| text(url).to_owned()),
            short(&spec["clusterResourceWhitelist"], "resources", kind),
            short(&spec["namespaceResourceBlacklist"], "resources", kind),
            short(&spec["syncWindows"], "windows", |window| {
                format!("{} {}", text(&window["kind"]), text(&window["schedule"]))
            }),
        ]);
    }
    table.to_string()
}

/// What `get` prints: a line for each entry.
pub(super) fn one(project: &Object) -> String {
    let spec = &project.value()["spec"];
    let plain = |value: &Value| text(value).to_owned();
    let orphans = match &spec["orphanedResources"] {
        Value::Object(orphans) => {
            let warn = orphans.get("warn").is_none_or(|warn| *warn != false);
            format!("enabled (warn={warn})")
        }
        _ => "disabled".to_owned(),
    };
    let lines = [
        ("Name:", vec![project.name().to_owned()]),
        ("Description:", vec![plain(&spec["description"])]),
        ("Destinations:", all(&spec["destinations"], destination)),
        ("Repositories:", all(&spec["sourceRepos"], plain)),
        ("Source Namespaces:", all(&spec["sourceNamespaces"], plain)),
        (
            "Allowed Cluster Resources:",
            all(&spec["clusterResourceWhitelist"], kind),
        ),
        (
            "Denied Cluster Resources:",
            all(&spec["clusterResourceBlacklist"], kind),
        ),
        (
            "Allowed Namespaced Resources:",
            all(&spec["namespaceResourceWhitelist"], kind),
        ),
        (
            "Denied Namespaced Resources:",
            all(&spec["namespaceResourceBlacklist"], kind),
        ),
        (
            "Destination Service Accounts:",
            all(&spec["destinationServiceAccounts"], service_account),
        ),
        (
            "Signature keys:",
            all(&spec["signatureKeys"], |key| plain(&key["keyID"])),
        ),
        ("Orphaned Resources:", vec![orphans]),
    ];
    let mut shown = String::new();
    for (title, entries) in lines {
        let titles = std::iter::once(title).chain(std::iter::repeat(""));
        for (title, entry) in titles.zip(entries) {
            let line = format!("{title:<31}{entry}");
            // Writing to a string does not fail.
            let _ = writeln!(shown, "{}", line.trim_end());
        }
    }
    shown
}

/// The table of `windows list`; which of them are open is known by now.
pub(super) fn windows(project: &Object, open: &[bool]) -> String {
    let mut table = Table::new(&[
        "ID",
        "STATUS",
        "KIND",
        "SCHEDULE",
        "DURATION",
        "APPLICATIONS",
        "NAMESPACES",
        "CLUSTERS",
        "MANUALSYNC",
        "TIMEZONE",
        "USEANDOPERATOR",
    ]);
    let windows = project.value().pointer("/spec/syncWindows");
    let windows = windows.and_then(Value::as_array).into_iter().flatten();
    for (id, (window, open)) in windows.zip(open).enumerate() {
        let names = |field: &str| match all(&window[field], |name| text(name).to_owned()) {
            names if window[field].is_array() => names.join(","),
            _ => "-".to_owned(),
        };
        let flag = |field: &str| {
            let set = window[field] == true;
            if set { "Enabled" } else { "Disabled" }.to_owned()
        };
        table.row([
            id.to_string(),
            if *open { "Active" } else { "Inactive" }.to_owned(),
            text(&window["kind"]).to_owned(),
            text(&window["schedule"]).to_owned(),
            text(&window["duration"]).to_owned(),
            names("applications"),
            names("namespaces"),
            names("clusters"),
            flag("manualSync"),
            text(&window["timeZone"]).to_owned(),
            flag("andOperator"),
        ]);
    }
    table.to_string()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn all(list: &Value, shown: impl Fn(&Value) -> String) -> Vec<String> {
    match list.as_array().map(Vec::as_slice) {
        None | Some([]) => vec!["<none>".to_owned()],
        Some(entries) => entries.iter().map(shown).collect(),
    }
}

fn short(list: &Value, title: &str, shown: impl Fn(&Value) -> String) -> String {
    match all(list, shown).as_slice() {
        [one] => one.clone(),
        several => format!("{} {title}", several.len()),
    }
}

fn destination(entry: &Value) -> String {
    let cluster = entry["server"].as_str().or(entry["name"].as_str());
    let namespace = text(&entry["namespace"]);
    format!("{},{namespace}", cluster.unwrap_or_default())
}

fn service_account(entry: &Value) -> String {
    let parts = ["server", "namespace", "defaultServiceAccount"];
    parts.map(|field| text(&entry[field])).join(",")
}

fn kind(entry: &Value) -> String {
    let name = match text(&entry["name"]) {
        "" => String::new(),
        name => format!("/{name}"),
    };
    format!("{}/{}{name}", text(&entry["group"]), text(&entry["kind"]))
}
