//! Paths, relative to the application's directory, as paths of the tree.

use gantry_sdk::renderer::join;

/// The path of the tree that `name` stands for; none where it leads out.
pub(crate) fn resolve(directory: &str, name: &str) -> Option<String> {
    if name.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    let path = join(directory, name);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a path, relative to the application's directory, is one that is rendered by itself.
pub(crate) fn is_template(path: &str) -> bool {
    let inner = [".j2", ".jinja", ".jinja2"]
        .iter()
        .find_map(|ending| path.strip_suffix(ending))
        .unwrap_or(path);
    let is_manifest = [".yaml", ".yml", ".json"]
        .iter()
        .any(|ending| inner.ends_with(ending));
    is_manifest && !path.split('/').any(|name| name.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::{is_template, resolve};

    #[test]
    fn names_resolve_within_the_tree() {
        let cases = [
            ("", "a.yaml", Some("a.yaml")),
            ("apps/web", "_x/./y.yaml", Some("apps/web/_x/y.yaml")),
            ("apps/web", "../../shared/a.yaml", Some("shared/a.yaml")),
            ("apps/web", "../../../a.yaml", None),
            ("", "..", None),
            ("apps", "/etc/passwd", None),
        ];
        for (directory, name, expected) in cases {
            let found = resolve(directory, name);
            assert_eq!(found.as_deref(), expected, "{directory:?} {name:?}");
        }
    }

    #[test]
    fn manifests_are_templates_and_partials_are_not() {
        for taken in [
            "a.yaml",
            "sub/a.yml",
            "a.json",
            "a.yaml.j2",
            "a.json.jinja",
            "a.yml.jinja2",
        ] {
            assert!(is_template(taken), "{taken}");
        }
        for left in [
            "_a.yaml",
            "_parts/a.yaml",
            "sub/_a.json.j2",
            "a.txt",
            "a.j2",
            "a.jsonnet",
        ] {
            assert!(!is_template(left), "{left}");
        }
    }
}
