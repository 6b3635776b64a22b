use super::{Push, RevisionKind, any_below, commit_of, refresh_paths, revision_of};
use crate::application::{Application, Source};

fn push(reference: &str, default_branch: bool) -> Push {
    let (revision, kind) = revision_of(reference);
    Push {
        urls: vec!["https://git.example/org/app".to_owned()],
        revision: revision.to_owned(),
        kind,
        before: None,
        after: None,
        changed_files: None,
        default_branch,
    }
}

#[test]
fn a_push_concerns_the_revisions_that_may_have_moved() {
    // Pushed, whether it is the default branch, `targetRevision`, whether that is concerned.
    let cases = [
        ("refs/heads/main", true, "", true),
        ("refs/heads/main", true, "HEAD", true),
        ("refs/heads/dev", false, "HEAD", false),
        ("refs/tags/v1.0.0", false, "HEAD", false),
        ("refs/tags/main", true, "HEAD", false),
        ("refs/heads/main", true, "main", true),
        ("refs/heads/main", true, "refs/heads/main", true),
        ("refs/heads/main", true, "refs/tags/main", false),
        ("refs/heads/feature/a", false, "feature/a", true),
        ("refs/heads/feature/a", false, "a", false),
        ("refs/heads/feature/a", false, "refs/heads/feature/a", true),
        ("refs/heads/dev", false, "main", false),
        ("refs/tags/v1.2.3", false, "v1.2.3", true),
        ("refs/tags/v1.2.3", false, "refs/tags/v1.2.3", true),
        ("refs/tags/v1.2.3", false, "refs/heads/v1.2.3", false),
        ("refs/tags/v1.2.3", false, "1.*", true),
        // A tag that a prefix goes before, or that has gone.
        ("refs/tags/web-1.2.3", false, "^1.0", true),
        ("refs/heads/main", true, "1.*", false),
        ("refs/tags/v2.0.0", false, "v1.2.3", false),
        (
            "refs/heads/main",
            true,
            "da1560886d4f094c3e6c9ef40349f7d38b5d27d7",
            false,
        ),
        // Neither a branch nor a tag by name.
        ("main", true, "refs/heads/main", true),
        ("main", true, "", true),
        ("refs/notes/commits", false, "main", false),
    ];
    for (pushed, default_branch, target, expected) in cases {
        let concerned = push(pushed, default_branch).concerns_revision(target);
        assert_eq!(concerned, expected, "{pushed} and `{target}`");
    }
}

#[test]
fn paths_are_from_the_source_or_the_root() {
    // The annotation, the source's path, what is meant.
    let cases: [(&str, &str, &[&str]); 8] = [
        ("", "apps/web", &[]),
        (".", "apps/web", &["apps/web"]),
        (" . ; /shared ;;", "apps/web", &["apps/web", "shared"]),
        ("../base", "apps/web", &["apps/base"]),
        ("../../../../x", "apps/web", &["x"]),
        ("/", "apps/web", &[""]),
        (".", "", &[""]),
        ("/a/../b/*.yaml", "x", &["b/*.yaml"]),
    ];
    for (annotation, path, expected) in cases {
        assert_eq!(
            refresh_paths(annotation, path),
            expected,
            "`{annotation}` at `{path}`"
        );
    }
}

#[test]
fn a_file_is_below_a_path_or_matched_by_it() {
    let cases = [
        ("apps/web", "apps/web/a.yaml", true),
        ("apps/web", "apps/web", true),
        ("apps/web", "apps/website/a.yaml", false),
        ("apps/web", "other/apps/web/a.yaml", false),
        ("", "anything", true),
        ("b/*.yaml", "b/a.yaml", true),
        ("b/*.yaml", "b/c/a.yaml", false),
        ("b/[ab].yaml", "b/a.yaml", true),
        // No glob, and so no match: it is not for this to say.
        ("b/[", "b/a", false),
    ];
    for (path, file, expected) in cases {
        let below = any_below(&[path.to_owned()], file);
        assert_eq!(below, expected, "{file} below {path}");
    }
}

#[test]
fn an_application_is_concerned_by_any_of_its_sources() {
    let source = |url: &str, path: &str| Source {
        repo_url: url.to_owned(),
        path: path.to_owned(),
        ..Source::default()
    };
    let mut application = Application {
        sources: vec![
            source("https://git.example/org/values.git", "web"),
            source("git@git.example:org/app.git", "apps/web"),
        ],
        ..Application::default()
    };
    let mut push = push("refs/heads/main", true);
    push.changed_files = Some(vec!["docs/a.md".to_owned()]);
    assert!(
        push.concerns(&application),
        "without the annotation, all files count"
    );

    application
        .annotations
        .insert(super::MANIFEST_GENERATE_PATHS.to_owned(), ".".to_owned());
    assert!(!push.concerns(&application));
    push.changed_files = Some(vec!["docs/a.md".to_owned(), "apps/web/b.yaml".to_owned()]);
    assert!(push.concerns(&application));
    push.changed_files = None;
    assert!(
        push.concerns(&application),
        "no list of files is no list of none"
    );

    application.sources[1].chart = "web".to_owned();
    assert!(!push.concerns(&application), "a chart is not in Git");
}

#[test]
fn references_and_commits_are_read() {
    assert_eq!(revision_of("refs/heads/a/b"), ("a/b", RevisionKind::Branch));
    assert_eq!(revision_of("refs/tags/v1"), ("v1", RevisionKind::Tag));
    assert_eq!(revision_of("v1"), ("v1", RevisionKind::Unknown));
    assert_eq!(commit_of(&"0".repeat(40)), None);
    assert_eq!(commit_of(""), None);
    assert_eq!(commit_of("0a").as_deref(), Some("0a"));
}
