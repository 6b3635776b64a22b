//! `argocd.argoproj.io/manifest-generate-paths`.

use crate::glob::Glob;

/// The paths of an annotation's value, from the repository's root and without a slash at the start;
/// the root is empty. `/a` is from the root already, `a`, `.` and `../a` from the source's path.
pub fn refresh_paths(annotation: &str, source_path: &str) -> Vec<String> {
    let items = annotation.split(';').map(str::trim);
    items
        .filter(|item| !item.is_empty())
        .map(|item| match item.strip_prefix('/') {
            Some(from_root) => clean(from_root),
            None => clean(&format!("{source_path}/{item}")),
        })
        .collect()
}

/// Whether a file is one of the paths, below one, or matched by one that is a glob.
pub fn any_below(paths: &[String], file: &str) -> bool {
    let file = clean(file);
    paths.iter().any(|path| {
        path.is_empty()
            || file
                .strip_prefix(path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            || path.contains(['*', '?', '['])
                && Glob::parse(path, '/').is_ok_and(|glob| glob.matches(&file))
    })
}

/// A path without `.`, `..` and doubled slashes. Nothing is above the root.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
