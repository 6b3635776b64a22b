//! What the sources of an application must have beyond the schema, as Argo CD has it
//! (`util/argo/argo.go`, `validateSourcePermissions` and `GetRefSources`).

use serde_json::Value;

use crate::diagnostic::Diagnostic;

/// Asks only for what is there in the right type: the schema's own errors are reported beside
/// these.
pub(super) fn rules(spec: &Value) -> Vec<Diagnostic> {
    let several = spec.get("sources").and_then(Value::as_array);
    match (
        several.filter(|items| !items.is_empty()),
        spec.get("source"),
    ) {
        (Some(sources), single) => {
            let mut problems = references(sources);
            for (index, source) in sources.iter().enumerate() {
                problems.extend(rule(source, &format!("spec.sources[{index}]"), true));
            }
            if single.is_some_and(|source| !source.is_null()) {
                let message = "`spec.source` has no effect beside `spec.sources`";
                problems.push(Diagnostic::warning("no-effect", message).field("spec.source"));
            }
            problems
        }
        (None, Some(source)) => rule(source, "spec.source", false).into_iter().collect(),
        // `sourceHydrator` is refused by the table, with what to do instead.
        (None, None) if spec.get("sourceHydrator").is_none_or(Value::is_null) => {
            let message = "the application has no source: `spec.source` is missing";
            vec![Diagnostic::error("missing-source", message).field("spec.source")]
        }
        (None, None) => Vec::new(),
    }
}

fn rule(source: &Value, field: &str, is_one_of_several: bool) -> Option<Diagnostic> {
    if !source.is_object() {
        return None;
    }
    let unset = |name: &str| source.get(name).is_none_or(|value| value == "");
    let place = |name: &str| format!("{field}.{name}");
    let may_be_reference = is_one_of_several && !unset("ref");
    if unset("path") && unset("chart") && !may_be_reference {
        let or_ref = if is_one_of_several { ", or ref" } else { "" };
        let message = format!("{field}.repoURL and either path or chart{or_ref} are required");
        return Some(
            Diagnostic::error("missing-path", message)
                .field(place("path"))
                .help("`path: .` is the repository's root"),
        );
    }
    if !unset("chart") && unset("targetRevision") {
        let message = format!("{field}.targetRevision is required for a chart");
        return Some(
            Diagnostic::error("missing-version", message)
                .field(place("targetRevision"))
                .help("name a version such as 1.2.3, or a range such as 1.*"),
        );
    }
    let prefixed = !unset("tagPrefix");
    if prefixed && !unset("chart") {
        let message = format!("{field}.tagPrefix has no effect: a chart has versions, not tags");
        return Some(Diagnostic::warning("no-effect", message).field(place("tagPrefix")));
    }
    None
}

/// The names by which sources call each other's trees.
fn references(sources: &[Value]) -> Vec<Diagnostic> {
    let named = sources.iter().enumerate();
    let named = named.filter_map(|(index, source)| Some((index, source.get("ref")?.as_str()?)));
    let mut seen: Vec<&str> = Vec::new();
    let mut problems = Vec::new();
    for (index, name) in named.filter(|(_, name)| !name.is_empty()) {
        let field = format!("spec.sources[{index}].ref");
        if !name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        {
            let message =
                format!("{field} cannot contain any special characters except '_' and '-'");
            problems.push(Diagnostic::error("bad-ref", message).field(&field));
        }
        if seen.contains(&name) {
            let message = format!("{field}: several sources have the ref {name:?}");
            problems.push(
                Diagnostic::error("bad-ref", message)
                    .field(&field)
                    .help("give each source a ref of its own"),
            );
        }
        seen.push(name);
    }
    problems
}
