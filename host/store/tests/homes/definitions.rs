//! What is installed, on a real API server.

use std::time::Duration;

use gantry_model::cluster::{ApplyOptions, WriteOptions};
use gantry_model::schema::{Field, KINDS, Type};
use gantry_model::{Cluster, Gvk, Object};
use gantry_store::Installation;
use serde_json::{Map, Value, json};

pub(crate) fn object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

pub(crate) async fn apply(cluster: &dyn Cluster, value: Value) {
    let object = object(value);
    let resource = cluster.resource(&object.gvk()).await.expect("discovery");
    let options = ApplyOptions {
        field_manager: "gantry-install",
        force_conflicts: false,
        dry_run: false,
        validate: true,
    };
    let applied = cluster
        .apply(&resource.expect("its kind"), &object, options)
        .await;
    applied.unwrap_or_else(|error| unreachable!("{}: {error}", object.reference()));
}

/// All objects are accepted; the kinds are served then.
pub(crate) async fn install(cluster: &dyn Cluster) {
    let installation = Installation {
        namespace: "argocd".to_owned(),
        image: "gantry:test".to_owned(),
    };
    for value in installation.objects() {
        apply(cluster, value).await;
    }
    for kind in ["Application", "AppProject"] {
        let gvk = Gvk::parse("argoproj.io/v1alpha1", kind);
        while cluster.resource(&gvk).await.expect("discovery").is_none() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A value with every field there is.
fn full(kind: Type) -> Value {
    match kind {
        Type::OneOf(words) => json!(words[0]),
        Type::Text | Type::TextUpTo(_) | Type::PathBelowRoot => json!("text"),
        Type::FlagText => json!("true"),
        Type::Boolean => json!(true),
        Type::Integer => json!(7),
        Type::IntegerOrText => json!("50%"),
        Type::Anything | Type::AnyMapping => json!({"any": [{"thing": 1}]}),
        Type::MapOf(kind) => json!({"key": full(*kind)}),
        Type::ListOf(kind) => json!([full(*kind)]),
        Type::Object(fields) => full_fields(fields),
    }
}

fn full_fields(fields: &[Field]) -> Value {
    let all = fields.iter().map(|f| (f.name.to_owned(), full(f.kind)));
    Value::Object(all.collect::<Map<_, _>>())
}

/// An application and a project with all fields of the table come back with all of them.
pub(crate) async fn nothing_is_pruned(cluster: &dyn Cluster) {
    for kind in ["Application", "AppProject"] {
        let known = KINDS.iter().find(|known| known.name == kind);
        let mut value = full_fields(known.expect("its table").fields);
        value["apiVersion"] = json!("argoproj.io/v1alpha1");
        value["kind"] = json!(kind);
        value["metadata"] = json!({"name": "full", "namespace": "argocd"});
        let wanted = object(value);
        let resource = cluster.resource(&wanted.gvk()).await.expect("discovery");
        let options = WriteOptions {
            field_manager: "gantry",
            dry_run: false,
            validate: true,
        };
        let made = cluster
            .create(&resource.expect("its kind"), &wanted, options)
            .await
            .expect("made");
        for (field, value) in wanted.value().as_object().expect("a mapping") {
            if field != "metadata" {
                assert_eq!(&made.value()[field], value, "{kind} {field}");
            }
        }
    }
}
