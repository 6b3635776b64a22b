use gantry_model::Object;
use serde_json::{Value, json};

use super::{ImportOptions, export, import, portable};
use crate::{Home, Kind, SqliteHome};

fn object(value: Value) -> Object {
    Object::new(value, None).expect("an object")
}

fn application(name: &str, path: &str) -> Object {
    let finalizers = json!(["resources-finalizer.argocd.argoproj.io"]);
    object(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "finalizers": finalizers},
        "spec": {"project": "default", "path": path},
    }))
}

fn cluster_secret() -> Object {
    object(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "spoke", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
        "stringData": {"name": "spoke"},
        "data": {"server": "eA==", "name": "b2xk"},
    }))
}

fn home(folder: &tempfile::TempDir, namespace: &str) -> SqliteHome {
    SqliteHome::open(&folder.path().join(format!("{namespace}.db")), namespace).expect("a home")
}

async fn fates(home: &SqliteHome, objects: Vec<Object>, options: ImportOptions) -> Vec<String> {
    let told = import(home, objects, options).await.expect("an import");
    let line = |one: super::Imported| format!("{} {:?}", one.name, one.fate.expect("its fate"));
    told.into_iter().map(line).collect()
}

#[test]
fn what_belongs_to_the_place_stays_there() {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "a", "namespace": "argocd", "uid": "u", "resourceVersion": "7", "generation": 3,
            "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [], "labels": {"team": "x"},
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        },
        "spec": {"project": "default"},
        "status": {"sync": {}},
        "operation": {"sync": {}},
    });
    let object = object(value);
    let mut expected = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "a", "labels": {"team": "x"}},
        "spec": {"project": "default"},
    });
    assert_eq!(portable(&object, "argocd"), expected);
    expected["metadata"]["namespace"] = json!("argocd");
    assert_eq!(portable(&object, "gitops"), expected);
}

#[tokio::test]
async fn a_home_can_be_carried_to_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (home(&folder, "argocd"), home(&folder, "gitops"));
    let all = vec![application("a", "x"), cluster_secret()];
    let made = fates(&from, all, ImportOptions::default()).await;
    assert_eq!(made, ["spoke Created", "a Created"]);
    let carried = export(&from, true).await.expect("an export");
    assert_eq!(
        carried[0]["data"],
        json!({"name": "c3Bva2U=", "server": "eA=="})
    );
    let objects = || carried.iter().cloned().map(object).collect::<Vec<_>>();
    let dry = ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    };
    assert_eq!(fates(&to, objects(), dry).await, made);
    assert_eq!(to.list(Kind::Secret).await.expect("a list"), []);
    let options = ImportOptions::default();
    assert_eq!(fates(&to, objects(), options).await, made);
    let again = fates(&to, objects(), options).await;
    assert_eq!(again, ["spoke Unchanged", "a Unchanged"]);
    let without = export(&from, false).await.expect("an export");
    assert_eq!(without.len(), 1, "no Secret");
}

#[tokio::test]
async fn a_change_keeps_what_controllers_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(&folder, "argocd");
    let kept = [application("a", "x"), application("b", "x")];
    fates(&home, kept.to_vec(), ImportOptions::default()).await;
    let status = json!({"status": {"sync": {"status": "Synced"}}});
    home.patch(Kind::Application, "argocd", "a", &status)
        .await
        .expect("patched");
    let options = ImportOptions {
        prune: true,
        ..ImportOptions::default()
    };
    let changed = fates(&home, vec![application("a", "y")], options).await;
    assert_eq!(changed, ["a Updated", "b Pruned"]);
    let left = home.list(Kind::Application).await.expect("a list");
    assert_eq!(left.len(), 1, "its finalizer did not hold b");
    assert_eq!(left[0].value()["spec"]["path"], "y");
    assert_eq!(left[0].value()["status"], status["status"]);
    let pod = object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}));
    let refused = import(&home, vec![application("c", "x"), pod], options).await;
    assert!(refused.is_err());
    assert_eq!(home.list(Kind::Application).await.expect("a list").len(), 1);
}
