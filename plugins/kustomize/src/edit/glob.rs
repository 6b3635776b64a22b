//! Directories by a pattern: `*` and `?` stay within one name, as in `kustomize edit add component`.

use crate::loader::Loader;
use crate::path::{join_relative, resolve};

/// Whether a path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?']) && !path.contains("://")
}

/// The paths that a pattern matches, in the order of their names.
pub(super) fn expand(pattern: &str, loader: &Loader<'_>) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        if !is_pattern(part) {
            paths = paths.iter().map(|path| join_relative(path, part)).collect();
            continue;
        }
        let mut below = Vec::new();
        for path in &paths {
            let Some(directory) = resolve(&loader.root, path) else {
                continue;
            };
            let entries = loader.source.files().list(&directory).unwrap_or_default();
            let names = entries.iter().map(|entry| &entry.name);
            let matching = names.filter(|name| matches(part, name));
            below.extend(matching.map(|name| join_relative(path, name)));
        }
        paths = below;
    }
    paths
}

fn matches(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = letters.as_str();
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter()
                .any(|at| matches(rest, name.get(at..).unwrap_or_default()))
        }
        Some(letter) => {
            let mut own = name.chars();
            own.next()
                .is_some_and(|next| letter == '?' || letter == next)
                && matches(letters.as_str(), own.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{expand, matches};
    use crate::loader::{Loader, Source};
    use crate::options::LoadRestrictor;
    use crate::test_files::Map;

    #[test]
    fn patterns_match_names() {
        for (pattern, name, expected) in [
            ("*", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("?b?", "abc", true),
            ("a", "ab", false),
            ("*b*", "é", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn directories_are_found_from_the_kustomization() {
        let files = Map::new(&[
            ("app/kustomization.yaml", ""),
            ("components/a/kustomization.yaml", ""),
            ("components/b/kustomization.yaml", ""),
            ("components/b2/x", ""),
        ]);
        let loader = Loader::new(Source::lent(&files), "app", LoadRestrictor::RootOnly);
        assert_eq!(
            expand("../components/b*", &loader),
            ["../components/b", "../components/b2"]
        );
        assert_eq!(
            expand("../*/?", &loader),
            ["../components/a", "../components/b"]
        );
        assert!(expand("none/*", &loader).is_empty());
    }
}
