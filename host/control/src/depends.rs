//! Applications that wait for others: the annotation `gantry.dev/depends-on: database, platform/ingress` keeps an
//! automated sync back until each of them is Synced and Healthy and nothing is done to it.

use std::collections::{BTreeMap, VecDeque};

use gantry_model::HealthStatus;
use gantry_sync::SyncStatus;

use crate::auto::Gate;
use crate::shared::Id;

/// The annotation.
pub const DEPENDS_ON: &str = "gantry.dev/depends-on";

/// What is known of an application.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What it depends on, or why that cannot be read.
    pub depends_on: Result<Vec<Id>, DependsError>,
    /// How it compares with its sources.
    pub sync: SyncStatus,
    /// How it is.
    pub health: HealthStatus,
    /// Whether it is to be compared anew: a commit that changes two applications is seen in the one before
    /// the other.
    pub is_stale: bool,
    /// Whether an operation runs or is asked for.
    pub is_busy: bool,
}

/// A value of the annotation that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "annotation {DEPENDS_ON}: {entry:?} is no application: write NAME or NAMESPACE/NAME, with commas between them"
)]
pub struct DependsError {
    entry: String,
}

/// Reads the annotation of an application of that namespace.
///
/// # Errors
/// The first entry that is no name.
pub fn read(annotation: &str, namespace: &str) -> Result<Vec<Id>, DependsError> {
    let mut keys = Vec::new();
    let entries = annotation.split(',').map(str::trim);
    for entry in entries.filter(|entry| !entry.is_empty()) {
        let (namespace, name) = entry.split_once('/').unwrap_or((namespace, entry));
        if !is_name(namespace) || !is_name(name) {
            let entry = entry.to_owned();
            return Err(DependsError { entry });
        }
        let key = Id {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Whether an automated sync of an application may start, as far as the others are concerned.
pub fn gate(key: &Id, all: &BTreeMap<Id, Standing>) -> Gate {
    let dependencies = match all.get(key).map(|standing| &standing.depends_on) {
        None => return Gate::Open,
        Some(Ok(dependencies)) => dependencies,
        Some(Err(error)) => return broken(error.to_string()),
    };
    let unknown = dependencies.iter().filter(|key| !all.contains_key(key));
    let unknown: Vec<String> = unknown.map(ToString::to_string).collect();
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        return broken(format!(
            "annotation {DEPENDS_ON}: there is no application {names}"
        ));
    }
    if let Some(cycle) = cycle(key, all) {
        let names: Vec<String> = cycle.into_iter().map(ToString::to_string).collect();
        let names = names.join(" -> ");
        return broken(format!(
            "annotation {DEPENDS_ON}: applications wait for each other: {names}"
        ));
    }
    let waits = dependencies.iter().filter_map(|key| {
        let lacks = lacks(all.get(key)?)?;
        Some(format!("{key} ({lacks})"))
    });
    let waits: Vec<String> = waits.collect();
    if waits.is_empty() {
        return Gate::Open;
    }
    Gate::Closed {
        until: None,
        reason: format!("it waits for {}", waits.join(", ")),
    }
}

/// What keeps an application from being ready for those that wait for it.
fn lacks(standing: &Standing) -> Option<String> {
    if standing.is_busy {
        return Some("an operation is in progress".to_owned());
    }
    if standing.is_stale {
        return Some("it is being compared".to_owned());
    }
    let is_ready = standing.sync == SyncStatus::Synced && standing.health == HealthStatus::Healthy;
    let words = || format!("{}, {}", standing.sync.as_str(), standing.health);
    (!is_ready).then(words)
}

/// The shortest way from an application to itself.
fn cycle<'a>(start: &'a Id, all: &'a BTreeMap<Id, Standing>) -> Option<Vec<&'a Id>> {
    let mut came_from: BTreeMap<&Id, &Id> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(key) = queue.pop_front() {
        let standing = all.get(key);
        let next = standing.and_then(|standing| standing.depends_on.as_ref().ok());
        for dependency in next.into_iter().flatten() {
            if dependency == start {
                let mut way = vec![start, key];
                while let Some(before) = way.last().and_then(|last| came_from.get(*last)) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(dependency) {
                came_from.insert(dependency, key);
                queue.push_back(dependency);
            }
        }
    }
    None
}

fn broken(reason: String) -> Gate {
    Gate::Broken { reason }
}

fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use gantry_sync::SyncStatus::{OutOfSync, Synced};

    use super::*;

    fn key(name: &str) -> Id {
        let (namespace, name) = name.split_once('/').unwrap_or(("argocd", name));
        Id {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// Applications by name and annotation, all of them ready.
    fn all(edges: &[(&str, &str)]) -> BTreeMap<Id, Standing> {
        let standing = |depends_on: &str| Standing {
            depends_on: read(depends_on, "argocd"),
            sync: Synced,
            health: HealthStatus::Healthy,
            is_stale: false,
            is_busy: false,
        };
        let edges = edges.iter();
        edges.map(|(name, on)| (key(name), standing(on))).collect()
    }

    fn text(gate: Gate) -> String {
        match gate {
            Gate::Open => "open".to_owned(),
            Gate::Closed {
                until: None,
                reason,
            } => format!("closed: {reason}"),
            Gate::Closed { .. } => "closed for a time".to_owned(),
            Gate::Broken { reason } => format!("broken: {reason}"),
        }
    }

    #[test]
    fn the_annotation_is_a_list_of_names() {
        let cases: &[(&str, Result<&[&str], &str>)] = &[
            ("", Ok(&[])),
            ("a", Ok(&["argocd/a"])),
            (" a , b/c,\n a,", Ok(&["argocd/a", "b/c"])),
            ("a b", Err("a b")),
            ("a, project/b/c", Err("project/b/c")),
            ("A", Err("A")),
            ("/a", Err("/a")),
            ("a/", Err("a/")),
        ];
        for (annotation, expected) in cases {
            let read = read(annotation, "argocd").map(|keys| {
                let names = keys.iter().map(ToString::to_string);
                names.collect::<Vec<_>>()
            });
            match (read, expected) {
                (Ok(names), Ok(expected)) => assert_eq!(names, *expected, "{annotation:?}"),
                (Err(error), Err(entry)) => assert_eq!(error.entry, *entry),
                (read, _) => unreachable!("{annotation:?}: {read:?}"),
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_by_name() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("a", "")], "open"),
            (&[("a", "b"), ("b", "")], "open"),
            (&[("a", "b"), ("b", "c"), ("c", "b")], "open"),
            (
                &[("a", "b, x/y, c"), ("b", "")],
                "broken: annotation gantry.dev/depends-on: there is no application x/y, argocd/c",
            ),
            (
                &[("a", "B")],
                "broken: annotation gantry.dev/depends-on: \"B\" is no application: write NAME or NAMESPACE/NAME, \
                 with commas between them",
            ),
            (
                &[("a", "a")],
                "broken: annotation gantry.dev/depends-on: applications wait for each other: argocd/a -> argocd/a",
            ),
            (
                &[("a", "d, b"), ("b", "d, c"), ("c", "a"), ("d", "")],
                "broken: annotation gantry.dev/depends-on: applications wait for each other: \
                 argocd/a -> argocd/b -> argocd/c -> argocd/a",
            ),
        ];
        for (edges, expected) in cases {
            assert_eq!(text(gate(&key("a"), &all(edges))), *expected, "{edges:?}");
        }
        assert_eq!(gate(&key("unknown"), &all(&[])), Gate::Open);
    }

    #[test]
    fn it_waits_for_what_is_not_ready() {
        type Change = fn(&mut Standing);
        let cases: &[(Change, &str)] = &[
            (|_| {}, "open"),
            (|s| s.sync = OutOfSync, "OutOfSync, Healthy"),
            (|s| s.sync = SyncStatus::Unknown, "Unknown, Healthy"),
            (
                |s| s.health = HealthStatus::Progressing,
                "Synced, Progressing",
            ),
            (|s| s.health = HealthStatus::Suspended, "Synced, Suspended"),
            (|s| s.is_busy = true, "an operation is in progress"),
            (|s| s.is_stale = true, "it is being compared"),
        ];
        for (change, expected) in cases {
            let mut all = all(&[("a", "b, c"), ("b", ""), ("c", "")]);
            change(all.get_mut(&key("c")).expect("it is there"));
            let expected = match *expected {
                "open" => "open".to_owned(),
                lacks => format!("closed: it waits for argocd/c ({lacks})"),
            };
            assert_eq!(text(gate(&key("a"), &all)), expected);
        }
    }
}
