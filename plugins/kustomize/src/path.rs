//! Paths of the tree: relative to its root, `/`-separated, without `.` and `..`.

/// The path that a directory and a path relative to it lead to; none where it leads out of the
/// tree.
pub(crate) fn resolve(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Go's `filepath.Join` of two relative paths: cleaned, leading `..` kept.
pub(crate) fn join_relative(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a path is the directory or below it.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The last name of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path)
}

/// How a directory is told: the root of the tree has no name of its own.
pub(crate) fn shown(directory: &str) -> &str {
    if directory.is_empty() { "." } else { directory }
}

#[cfg(test)]
mod tests {
    use super::{base_name, is_within, join_relative, resolve};

    #[test]
    fn paths_are_resolved_within_the_tree() {
        let cases = [
            ("", "a.yaml", Some("a.yaml")),
            ("overlays/dev", "../../base", Some("base")),
            ("overlays/dev", "./x/../y//z/", Some("overlays/dev/y/z")),
            ("a", "..", Some("")),
            ("a", "../..", None),
            ("", "..", None),
        ];
        for (directory, path, expected) in cases {
            assert_eq!(resolve(directory, path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn relative_paths_are_joined_as_go_joins_them() {
        let cases = [
            ("", "../base", "../base"),
            ("../base", "deployment.yaml", "../base/deployment.yaml"),
            ("../base", "../other", "../other"),
            ("a/b", "./c", "a/b/c"),
        ];
        for (directory, path, expected) in cases {
            assert_eq!(join_relative(directory, path), expected);
        }
    }

    #[test]
    fn a_directory_whose_name_starts_alike_is_another() {
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("a", ""));
        assert!(!is_within("ab", "a"));
        assert_eq!(base_name("a/b/"), "b");
    }
}
