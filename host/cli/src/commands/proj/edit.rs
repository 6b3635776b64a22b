//! Changes of one project. Pure: of its manifest, and what is told of it.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use crate::args::{About, ChangedWindow, ListType, NewWindow};

/// Adds an entry to a list of the spec; what is told.
pub(super) fn add(
    project: &mut Value,
    list: &str,
    entry: Value,
    title: &str,
) -> Result<String, Diagnostic> {
    let entries = entries(project, list)?;
    if entries.contains(&entry) {
        return Err(refuse(format!("{title} is there already"), list));
    }
    entries.push(entry);
    Ok(format!("{title} is added to {list}"))
}

/// Removes the entries of a list that fit; what is told.
pub(super) fn remove(
    project: &mut Value,
    list: &str,
    title: &str,
    fits: impl Fn(&Value) -> bool,
) -> Result<String, Diagnostic> {
    let entries = entries(project, list)?;
    let before = entries.len();
    entries.retain(|entry| !fits(entry));
    if entries.len() == before {
        return Err(refuse(format!("{title} is not there"), list));
    }
    Ok(format!("{title} is removed from {list}"))
}

/// Permits or forbids a kind: an entry is added to one list, or removed from the other.
pub(super) fn kind(
    project: &mut Value,
    (group, kind): (&str, &str),
    list: (&str, ListType),
    allow: bool,
) -> Result<String, Diagnostic> {
    let (scope, list_type) = list;
    let (list, adds) = match list_type {
        ListType::Allow => (format!("{scope}ResourceWhitelist"), allow),
        ListType::Deny => (format!("{scope}ResourceBlacklist"), !allow),
    };
    let title = format!("group {group:?} and kind {kind:?}");
    if adds {
        return add(
            project,
            &list,
            json!({"group": group, "kind": kind}),
            &title,
        );
    }
    let has = |entry: &Value| entry["group"] == group && entry["kind"] == kind;
    remove(project, &list, &title, has)
}

/// The entry of a window.
pub(super) fn window(window: &NewWindow) -> Result<Value, Diagnostic> {
    let lists = lists(&window.about);
    if lists.iter().all(|(_, list)| list.is_empty()) {
        let message = "a window says which applications it is about";
        return Err(Diagnostic::error("bad-sync-window", message)
            .help("give one of --applications, --namespaces and --clusters"));
    }
    let mut entry = json!({
        "kind": match window.kind {
            ListType::Allow => "allow",
            ListType::Deny => "deny",
        },
        "schedule": window.schedule,
        "duration": window.duration,
        "timeZone": window.time_zone,
    });
    for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        entry[field] = json!(list);
    }
    let flags = [
        ("manualSync", window.manual_sync),
        ("andOperator", window.use_and_operator),
        ("syncOverrun", window.sync_overrun),
    ];
    for (field, _) in flags.into_iter().filter(|(_, set)| *set) {
        entry[field] = json!(true);
    }
    if !window.description.is_empty() {
        entry["description"] = json!(window.description);
    }
    Ok(entry)
}

/// Which applications a window is about, by field.
fn lists(about: &About) -> [(&'static str, &Vec<String>); 3] {
    [
        ("applications", &about.applications),
        ("namespaces", &about.namespaces),
        ("clusters", &about.clusters),
    ]
}

/// Changes what is said of a window, and leaves the rest; what is told.
pub(super) fn change_window(
    project: &mut Value,
    change: &ChangedWindow,
) -> Result<String, Diagnostic> {
    let texts = [
        ("schedule", &change.schedule),
        ("duration", &change.duration),
        ("timeZone", &change.time_zone),
        ("description", &change.description),
    ];
    let lists = lists(&change.about).into_iter();
    let lists = lists.filter(|(_, list)| !list.is_empty());
    let lists = lists.map(|(field, list)| (field, json!(list)));
    let texts = texts.into_iter();
    let texts = texts.filter_map(|(field, text)| Some((field, json!(text.as_ref()?))));
    let changes: Vec<(&str, Value)> = lists.chain(texts).collect();
    if changes.is_empty() {
        let problem = refuse("there is nothing to change".to_owned(), "syncWindows");
        return Err(problem.help("see `gantry proj windows update --help`"));
    }
    let window = at(project, change.id)?;
    for (field, value) in changes {
        window[field] = value;
    }
    Ok(format!("window {} is changed", change.id))
}

/// Takes a window by its number.
pub(super) fn at(project: &mut Value, id: usize) -> Result<&mut Value, Diagnostic> {
    let windows = entries(project, "syncWindows")?;
    let none = || refuse(format!("window with id '{id}' not found"), "syncWindows");
    let window = windows.get_mut(id).filter(|window| window.is_object());
    window.ok_or_else(none)
}

/// A list of the spec, which is made where there is none.
pub(super) fn entries<'a>(
    project: &'a mut Value,
    list: &str,
) -> Result<&'a mut Vec<Value>, Diagnostic> {
    let broken = || refuse("it is not what a project has there".to_owned(), list);
    let project = project.as_object_mut().ok_or_else(broken)?;
    let spec = project.entry("spec").or_insert_with(|| json!({}));
    let spec = spec.as_object_mut().ok_or_else(broken)?;
    let entries = spec.entry(list).or_insert_with(|| json!([]));
    if entries.is_null() {
        *entries = json!([]);
    }
    entries.as_array_mut().ok_or_else(broken)
}

pub(super) fn refuse(message: String, list: &str) -> Diagnostic {
    Diagnostic::error("project", message).field(format!("spec.{list}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{add, kind, remove};
    use crate::args::ListType::{Allow, Deny};

    #[test]
    fn kinds_go_into_one_list_or_out_of_the_other() {
        let pod = json!([{"group": "", "kind": "Pod"}]);
        let both = json!({"namespaceResourceBlacklist": pod, "namespaceResourceWhitelist": pod});
        let cases = [
            (
                json!({}),
                Allow,
                true,
                Some(json!({"namespaceResourceWhitelist": pod})),
            ),
            (
                json!({}),
                Deny,
                false,
                Some(json!({"namespaceResourceBlacklist": pod})),
            ),
            (json!({}), Deny, true, None),
            (json!({}), Allow, false, None),
            (both.clone(), Allow, true, None),
            (
                both.clone(),
                Deny,
                true,
                Some(json!({"namespaceResourceBlacklist": [], "namespaceResourceWhitelist": pod})),
            ),
        ];
        for (spec, list, allow, expected) in cases {
            let mut project = json!({ "spec": spec });
            let told = kind(&mut project, ("", "Pod"), ("namespace", list), allow);
            match expected {
                Some(spec) => assert_eq!(project["spec"], spec, "{told:?}"),
                None => assert!(told.is_err(), "{told:?}"),
            }
        }
    }

    #[test]
    fn entries_are_there_once() {
        let mut project = json!({});
        let url = || json!("https://git.example/a");
        assert!(add(&mut project, "sourceRepos", url(), "it").is_ok());
        assert!(add(&mut project, "sourceRepos", url(), "it").is_err());
        let fits = |entry: &Value| *entry == url();
        assert!(remove(&mut project, "sourceRepos", "it", fits).is_ok());
        assert!(remove(&mut project, "sourceRepos", "it", fits).is_err());
        let mut broken = json!({"spec": {"sourceRepos": "all"}});
        assert!(add(&mut broken, "sourceRepos", url(), "it").is_err());
    }
}
