use std::collections::BTreeMap;

use gantry_patch::images::Image;
use serde_json::{Value, json};

use super::Edits;
use crate::kustomization::Kustomization;
use crate::loader::{Loader, Source};
use crate::options::LoadRestrictor;
use crate::test_files::Map;

fn edited(kustomization: Value, edits: &Edits) -> Result<Kustomization, String> {
    let files = Map::new(&[("app/extra/kustomization.yaml", "kind: Component\n")]);
    let loader = Loader::new(Source::lent(&files), "app", LoadRestrictor::RootOnly);
    let mut kustomization = Kustomization::read(kustomization).unwrap();
    let result = edits.apply(&mut kustomization, &loader);
    match result {
        Ok(()) => Ok(kustomization),
        Err(problem) => Err(problem.message().to_owned()),
    }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn names_and_namespace_take_the_place_of_those_that_are_there() {
    let edits = Edits {
        name_prefix: "p-".to_owned(),
        namespace: "ns".to_owned(),
        ..Edits::default()
    };
    let own = json!({"namePrefix": "old-", "nameSuffix": "-s"});
    let kustomization = edited(own, &edits).unwrap();
    assert_eq!(kustomization.name_prefix, "p-");
    assert_eq!(kustomization.name_suffix, "-s");
    assert_eq!(kustomization.namespace, "ns");
}

#[test]
fn images_are_set_by_name_in_order_of_names() {
    let edits = Edits {
        images: vec!["nginx:2".to_owned(), "a=*:v2".to_owned()],
        ..Edits::default()
    };
    let own = json!({"images": [
        {"name": "z", "newTag": "1"},
        {"name": "nginx", "newName": "mirror/nginx", "newTag": "1"},
        {"name": "a", "newName": "mirror/a"},
    ]});
    let image = |name: &str, new_name: &str, new_tag: &str| Image {
        name: name.to_owned(),
        new_name: new_name.to_owned(),
        new_tag: new_tag.to_owned(),
        ..Image::default()
    };
    assert_eq!(
        edited(own, &edits).unwrap().images,
        [
            image("a", "mirror/a", "v2"),
            image("nginx", "", "2"),
            image("z", "", "1")
        ]
    );
    // The mark that keeps what is there keeps nothing where nothing is.
    assert_eq!(
        edited(json!({"namePrefix": "x"}), &edits).unwrap().images[0],
        image("a", "", "v2")
    );
}

#[test]
fn replicas_are_set_by_name() {
    let edits = Edits {
        replicas: vec![("b".to_owned(), 3)],
        ..Edits::default()
    };
    let own = json!({"replicas": [{"name": "c", "count": 1}, {"name": "b", "count": 1}]});
    let replicas = edited(own, &edits).unwrap().replicas;
    let told: Vec<_> = replicas.iter().map(|r| (&*r.name, r.count)).collect();
    assert_eq!(told, [("b", 3), ("c", 1)]);
}

#[test]
fn labels_go_where_the_options_say() {
    let labels = pairs(&[("a", "1"), ("b", "2")]);
    let plain = Edits {
        common_labels: labels.clone(),
        ..Edits::default()
    };
    let kustomization = edited(json!({"commonLabels": {"c": "3"}}), &plain).unwrap();
    assert_eq!(
        kustomization.common_labels,
        pairs(&[("a", "1"), ("b", "2"), ("c", "3")])
    );

    let without = Edits {
        label_without_selector: true,
        label_include_templates: true,
        ..plain.clone()
    };
    let own =
        json!({"labels": [{"pairs": {"x": "1"}}, {"pairs": {"y": "1"}, "includeTemplates": true}]});
    let kustomization = edited(own, &without).unwrap();
    assert_eq!(kustomization.labels.len(), 2);
    assert_eq!(
        kustomization.labels[1].pairs,
        pairs(&[("a", "1"), ("b", "2"), ("y", "1")])
    );
    let kustomization = edited(json!({"namePrefix": "x"}), &without).unwrap();
    assert!(
        kustomization.labels[0].include_templates && !kustomization.labels[0].include_selectors
    );

    let half = Edits {
        label_include_templates: true,
        ..plain
    };
    assert!(
        edited(json!({"namePrefix": "x"}), &half)
            .unwrap_err()
            .contains("labelWithoutSelector")
    );
}

#[test]
fn what_is_there_changes_only_by_force() {
    let own = json!({"commonLabels": {"a": "0"}, "commonAnnotations": {"n": "0"}});
    let mut edits = Edits {
        common_labels: pairs(&[("a", "1")]),
        common_annotations: pairs(&[("n", "1")]),
        ..Edits::default()
    };
    let refused = edited(own.clone(), &edits).unwrap_err();
    assert_eq!(refused, "label a already in kustomization file");
    edits.force_common_labels = true;
    let refused = edited(own.clone(), &edits).unwrap_err();
    assert_eq!(refused, "annotation n already in kustomization file");
    edits.force_common_annotations = true;
    let kustomization = edited(own, &edits).unwrap();
    assert_eq!(kustomization.common_labels, edits.common_labels);
    assert_eq!(kustomization.common_annotations, edits.common_annotations);
}

#[test]
fn components_are_added_once_and_may_be_missing() {
    let mut edits = Edits {
        components: vec!["extra".to_owned(), "gone".to_owned()],
        ..Edits::default()
    };
    let texts = |kustomization: Kustomization| -> Vec<String> {
        kustomization
            .components
            .into_iter()
            .map(|entry| entry.text)
            .collect()
    };
    let own = json!({"components": ["extra"]});
    assert_eq!(
        texts(edited(own.clone(), &edits).unwrap()),
        ["extra", "gone"]
    );
    edits.components.push("ex*".to_owned());
    assert_eq!(
        texts(edited(own.clone(), &edits).unwrap()),
        ["extra", "gone"]
    );
    edits.components.push("none*".to_owned());
    let refused = edited(own.clone(), &edits).unwrap_err();
    assert!(refused.contains("none* has no match"), "{refused}");
    edits.ignore_missing_components = true;
    assert_eq!(texts(edited(own, &edits).unwrap()), ["extra"]);
    assert_eq!(
        texts(edited(json!({"namePrefix": "x"}), &edits).unwrap()),
        ["extra"]
    );
}
