//! Changes that are somebody else's than the account's that is logged in.

use std::sync::Arc;
use std::time::Duration;

use gantry_cluster::Clusters;
use gantry_model::cluster::{
    ApplyOptions, Author, DeleteOptions, PatchKind, Propagation, Resource, WriteOptions,
};
use gantry_model::{Cluster, ClusterError, Object};
use serde_json::{Value, json};

use super::{OPTIONS, SetUp, config_map};

const USER: &str = "system:serviceaccount:default:writer";
const WRITE: WriteOptions<'static> = WriteOptions {
    field_manager: "gantry",
    dry_run: false,
    validate: true,
};

pub(crate) async fn run(set_up: &SetUp) {
    let maps = set_up.kind("v1", "ConfigMap").await;
    let user = written_by(&*set_up.one, Author::User(USER.to_owned()));
    each_is_refused(&maps, &user, USER).await;
    let nobody = written_by(&*set_up.one, Author::Nobody("nobody may".to_owned()));
    each_is_refused(&maps, &nobody, "nobody may").await;
    permit(set_up, &maps, &user).await;
    each_is_done(&maps, &user).await;
    reads_are_as_before(set_up, &user).await;
    nobody_acts_for_one_who_acts(set_up, &maps).await;
}

fn written_by(cluster: &dyn Cluster, author: Author) -> Arc<dyn Cluster> {
    cluster.written_by(&author).expect("a view")
}

fn map(name: &str, namespace: &str) -> Object {
    let mut value = config_map(name, &json!({"a": "1"}));
    value["metadata"]["namespace"] = namespace.into();
    Object::new(value, None).expect("an object")
}

/// What each way to write says.
async fn write(maps: &Resource, cluster: &Arc<dyn Cluster>) -> Vec<Result<(), ClusterError>> {
    let object = map("authored", "default");
    let about = object.reference();
    let dry = ApplyOptions {
        dry_run: true,
        ..OPTIONS
    };
    let background = DeleteOptions {
        propagation: Propagation::Background,
        ..DeleteOptions::default()
    };
    let patch = json!({"data": {"b": "2"}});
    let (created, merge) = (map("authored-anew", "default"), PatchKind::Merge);
    vec![
        cluster.apply(maps, &object, dry).await.map(drop),
        cluster.apply(maps, &object, OPTIONS).await.map(drop),
        cluster.create(maps, &created, WRITE).await.map(drop),
        cluster.replace(maps, &object, WRITE).await.map(drop),
        cluster
            .patch(maps, &about, merge, &patch, WRITE)
            .await
            .map(drop),
        cluster.delete(maps, &about, background).await,
    ]
}

async fn each_is_refused(maps: &Resource, cluster: &Arc<dyn Cluster>, expected: &str) {
    for (way, done) in write(maps, cluster).await.into_iter().enumerate() {
        let error = done.expect_err("forbidden");
        assert!(
            matches!(&error, ClusterError::Forbidden(text) if text.contains(expected)),
            "{way}: {error:?}"
        );
    }
    let there = cluster.get(maps, "default", "authored").await;
    assert_eq!(
        there,
        Ok(None),
        "it may still read, and nothing was written"
    );
}

/// Lets the account write in its namespace, and waits until it may.
async fn permit(set_up: &SetUp, maps: &Resource, user: &Arc<dyn Cluster>) {
    let rbac = |kind: &str, more: Value| {
        let mut value = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": {"name": "writer", "namespace": "default"},
        });
        for (field, own) in more.as_object().into_iter().flatten() {
            value[field] = own.clone();
        }
        value
    };
    let verbs = ["create", "patch", "update", "delete"];
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs}]);
    let binding = json!({
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "writer"},
        "subjects": [{"kind": "ServiceAccount", "name": "writer", "namespace": "default"}],
    });
    for object in [
        rbac("Role", json!({ "rules": rules })),
        rbac("RoleBinding", binding),
    ] {
        set_up.apply(object, OPTIONS).await.expect("applied");
    }
    let dry = ApplyOptions {
        dry_run: true,
        ..OPTIONS
    };
    let may = async {
        let object = map("authored", "default");
        while user.apply(maps, &object, dry).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let permitted = tokio::time::timeout(Duration::from_secs(30), may).await;
    permitted.expect("the role has an effect");
}

async fn each_is_done(maps: &Resource, user: &Arc<dyn Cluster>) {
    for (way, done) in write(maps, user).await.into_iter().enumerate() {
        assert_eq!(done, Ok(()), "{way}");
    }
    let elsewhere = map("authored", "kube-system");
    let error = user.apply(maps, &elsewhere, OPTIONS).await;
    let error = error.expect_err("not its namespace");
    assert!(matches!(error, ClusterError::Forbidden(_)), "{error:?}");
}

async fn reads_are_as_before(set_up: &SetUp, user: &Arc<dyn Cluster>) {
    let secrets = set_up.kind("v1", "Secret").await;
    user.list(&secrets, None)
        .await
        .expect("the account may not, who is logged in may");
    assert_eq!(user.identity().await, set_up.one.identity().await);
}

/// A kubeconfig may say whom to act as, with groups: nobody else is put in between.
async fn nobody_acts_for_one_who_acts(set_up: &SetUp, maps: &Resource) {
    let text = std::fs::read_to_string(&set_up.kubeconfig).expect("a kubeconfig");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    value["users"][0]["user"]["as"] = json!("somebody");
    value["users"][0]["user"]["as-groups"] = json!(["system:masters"]);
    let path = set_up.kubeconfig.with_file_name("acting");
    std::fs::write(&path, value.to_string()).expect("a file");
    let clusters = Clusters::load(Some(&path), None).expect("clusters");
    let acting = clusters.by_name("one").expect("it");
    acting
        .apply(maps, &map("acted", "default"), OPTIONS)
        .await
        .expect("it may");
    let user = written_by(&*acting, Author::User(USER.to_owned()));
    each_is_refused(maps, &user, "whom to act as").await;
}
