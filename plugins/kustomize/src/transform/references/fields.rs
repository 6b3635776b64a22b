//! Which fields of a kind hold names of which other kinds.

use std::collections::HashMap;
use std::rc::Rc;

use gantry_patch::fields::split_path;
use gantry_patch::{Gvk, Id, order};

use crate::config::BackReference;
use crate::config::tables::{NAMES, Names, Rows};

/// A field that holds the name of an object of another kind.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Kind of what is named; empty parts mean any.
    pub(super) target: Gvk,
    pub(super) path: Vec<String>,
    /// It is the name of a role, whose kind stands beside it.
    pub(super) is_role: bool,
}

/// The fields of each kind, found when they are first asked for.
pub(super) struct Fields<'a> {
    added: &'a [BackReference],
    /// What is named, in the order in which references are followed, and the rows of the table.
    targets: Vec<(Gvk, &'static [Rows])>,
    known: HashMap<Gvk, Rc<[Field]>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(added: &'a [BackReference]) -> Self {
        let own = NAMES.iter().map(|names| (target(names), names.referrers));
        let mut targets: Vec<(Gvk, &[Rows])> = own.collect();
        for reference in added {
            if !targets.iter().any(|(gvk, _)| *gvk == reference.target) {
                targets.push((reference.target.clone(), &[]));
            }
        }
        if targets.len() > NAMES.len() {
            targets.sort_by(|(a, _), (b, _)| order::gvk(a, b));
        }
        Self {
            added,
            targets,
            known: HashMap::new(),
        }
    }

    /// The fields of an object, by the kind that it had first.
    pub(super) fn of(&mut self, original: &Id) -> Rc<[Field]> {
        if let Some(fields) = self.known.get(&original.gvk) {
            return Rc::clone(fields);
        }
        let fields: Rc<[Field]> = self.find(&original.gvk).into();
        self.known.insert(original.gvk.clone(), Rc::clone(&fields));
        fields
    }

    fn find(&self, gvk: &Gvk) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for (target, rows) in &self.targets {
            let mut add = |path: &str| {
                let path: Vec<String> = split_path(path).into_iter().map(Into::into).collect();
                let is_known = |field: &Field| field.target == *target && field.path == path;
                if !fields.iter().any(is_known) {
                    fields.push(Field {
                        target: target.clone(),
                        is_role: path.ends_with(&["roleRef".to_owned(), "name".to_owned()]),
                        path,
                    });
                }
            };
            let applies = |rows: &&Rows| rows.apply_to(&gvk.group, &gvk.version, &gvk.kind);
            for rows in rows.iter().filter(applies) {
                for path in rows.paths {
                    add(&format!("{}{path}", rows.prefix));
                }
            }
            for reference in self.added.iter().filter(|added| added.target == *target) {
                let specs = reference.referrers.iter();
                specs
                    .filter(|spec| spec.applies_to(gvk))
                    .for_each(|spec| add(&spec.path));
            }
        }
        fields
    }
}

fn target(names: &Names) -> Gvk {
    let (group, version, kind) = names.target;
    Gvk::new(group, version, kind)
}

#[cfg(test)]
mod tests {
    use gantry_patch::fields::FieldSpec;
    use gantry_patch::{Gvk, order};

    use super::{Fields, NAMES, target};
    use crate::config::BackReference;

    #[test]
    fn the_table_is_in_the_order_of_kinds() {
        let targets: Vec<Gvk> = NAMES.iter().map(target).collect();
        assert!(
            targets.is_sorted_by(|a, b| order::gvk(a, b).is_lt()),
            "{targets:?}"
        );
    }

    #[test]
    fn fields_of_a_kind_are_those_of_the_table_and_of_configurations() {
        let spec = |kind: &str, path: &str| FieldSpec {
            kind: kind.to_owned(),
            path: path.to_owned(),
            ..FieldSpec::default()
        };
        let added = [
            BackReference {
                target: Gvk::new("", "v1", "ConfigMap"),
                referrers: vec![
                    spec("Ingress", "spec/map"),
                    spec("Ingress", "spec/rules/http/paths/backend/serviceName"),
                ],
            },
            BackReference {
                target: Gvk::new("", "", "Bee"),
                referrers: vec![spec("Ingress", "spec/bee")],
            },
        ];
        let fields = Fields::new(&added);
        let told: Vec<String> = fields
            .find(&Gvk::new("networking.k8s.io", "v1", "Ingress"))
            .iter()
            .map(|field| format!("{} {}", field.target.kind, field.path.join("|")))
            .collect();
        assert!(told.contains(&"ConfigMap spec|map".to_owned()), "{told:?}");
        assert!(told.contains(&"Bee spec|bee".to_owned()));
        assert!(told.contains(
            &"ConfigMap metadata|annotations|nginx.ingress.kubernetes.io/fastcgi-params-configmap".to_owned()
        ));
        assert_eq!(told.iter().filter(|t| t.starts_with("Service ")).count(), 4);
    }
}
