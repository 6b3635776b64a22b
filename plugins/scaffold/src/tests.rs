use std::collections::BTreeSet;

use super::{Kind, Language, project};
use crate::templates::{FOLDERS, TEMPLATES};

#[test]
fn every_template_stands_alone_under_the_author_s_name() {
    for template in TEMPLATES {
        let at = template.example;
        let files = project("web-shop", template.kind, template.language).unwrap();
        let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths.len(), files.len(), "{at}: one file twice");
        for needed in ["README.md", ".gitignore", "wit/plugin.wit"] {
            assert!(paths.contains(needed), "{at} lacks {needed}");
        }
        let has_case = |path: &&str| path.starts_with("tests/cases/");
        assert!(paths.iter().any(has_case), "{at} has no case");
        let own = files.iter().filter(|file| {
            let copied = ["vendor/", "gantry-sdk/", "wit/"];
            !copied.iter().any(|copy| file.path.starts_with(copy))
        });
        for file in own {
            for left in [template.name, &template.name.replace('-', "_"), "../../.."] {
                assert!(!file.text.contains(left), "{at}/{}: {left}", file.path);
            }
        }
        let readme = files.iter().find(|file| file.path == "README.md").unwrap();
        assert!(readme.text.contains("web-shop"), "{at}");
    }
}

#[test]
fn every_example_is_a_template() {
    let examples = FOLDERS.iter().map(|(folder, _)| *folder);
    for example in examples.filter(|folder| folder.starts_with("examples/")) {
        assert!(
            TEMPLATES.iter().any(|template| template.example == example),
            "{example}"
        );
    }
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let error = project("a", Kind::Health, Language::Js).unwrap_err();
    assert_eq!(error.to_string(), "there is no health template for js");
    assert!(error.help().contains("rust"), "{}", error.help());
    for bad in ["", "-a", "A", "a_b", "a/b", "../a", "7zip"] {
        assert!(
            project(bad, Kind::Renderer, Language::Rust).is_err(),
            "{bad}"
        );
    }
    assert!(project("7zip", Kind::Renderer, Language::Js).is_ok());
}
