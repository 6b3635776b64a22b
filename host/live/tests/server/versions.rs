//! A kind that is watched in a version that its CRD stops to serve.

use std::time::{Duration, Instant};

use gantry_model::cluster::{PatchKind, Resource, WriteOptions};
use gantry_model::{Cluster, Gvk, Object, ObjectRef};
use serde_json::{Value, json};

use crate::World;

const OPTIONS: WriteOptions<'static> = WriteOptions {
    field_manager: "somebody",
    dry_run: false,
    validate: true,
};

fn turn(version: &str, name: &str) -> ObjectRef {
    ObjectRef {
        gvk: Gvk::parse(&format!("example.org/{version}"), "Turn"),
        namespace: "default".to_owned(),
        name: name.to_owned(),
    }
}

/// Both versions, of which the old one is served or not.
fn versions(is_old_served: bool) -> Value {
    let version = |name: &str, is_served: bool, is_stored: bool| {
        json!({"name": name, "served": is_served, "storage": is_stored, "schema": {"openAPIV3Schema":
            {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
    };
    json!([
        version("v1beta1", is_old_served, true),
        version("v1", true, false)
    ])
}

impl World {
    /// The one of `moved` was watched in the old version when `ahead` already had its own in the new one.
    pub(crate) async fn a_kind_goes_on_in_another_version(&self) {
        let crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "turns.example.org"},
            "spec": {
                "group": "example.org", "scope": "Namespaced", "versions": versions(true),
                "names": {"kind": "Turn", "plural": "turns", "singular": "turn"},
            },
        });
        self.make(crd).await;
        for app in ["moved", "ahead"] {
            let id = format!("{app}:example.org/Turn:default/{app}");
            self.make(
                json!({"apiVersion": "example.org/v1beta1", "kind": "Turn", "metadata": {
                "name": app, "namespace": "default",
                "annotations": {"argocd.argoproj.io/tracking-id": id}}}),
            )
            .await;
        }
        self.live.follow("moved", &[turn("v1beta1", "moved")]).await;
        self.live.follow("ahead", &[turn("v1", "ahead")]).await;
        self.the_other_version_costs_one_request().await;
        self.heard.forget();
        let crd = ObjectRef {
            gvk: Gvk::parse("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            namespace: String::new(),
            name: "turns.example.org".to_owned(),
        };
        let without = json!({"spec": {"versions": versions(false)}});
        self.change_to(&crd, &without).await;
        self.is_told("ahead").await;
        self.live.follow("ahead", &[turn("v1", "ahead")]).await;
        self.counts.take();
        let (kind, own) = (self.served(&turn("v1", "ahead").gvk).await, "ahead");
        let got = self.live.get(&kind, "default", own).await;
        let got = got.expect("an answer").expect("it");
        assert_eq!(got.gvk(), kind.gvk);
        assert_eq!(self.counts.take()[..3], [0; 3], "it is known");
        for app in ["ahead", "moved"] {
            self.heard.forget();
            let drift = json!({"spec": {"by": "somebody"}});
            self.change_to(&turn("v1", app), &drift).await;
            self.is_told(app).await;
        }
    }

    /// Looks at an object in the version that is not watched cost a request when it has changed.
    async fn the_other_version_costs_one_request(&self) {
        let (kind, object) = (
            self.served(&turn("v1", "ahead").gvk).await,
            turn("v1", "ahead"),
        );
        for edit in ["first", "second"] {
            self.heard.forget();
            self.change_to(&object, &json!({"spec": {"edit": edit}}))
                .await;
            self.is_told("ahead").await;
            self.counts.take();
            for _ in 0..5 {
                let got = self.live.get(&kind, "default", "ahead").await;
                let got = got.expect("an answer").expect("it");
                assert_eq!(got.gvk(), kind.gvk);
                assert_eq!(got.value()["spec"]["edit"], edit);
            }
            let asked = self.counts.take();
            println!("five looks in a version that is not watched asked {asked:?}");
            assert_eq!(asked[..3], [1, 0, 0]);
        }
    }

    /// Whoever has a kind that is not served is told when its CRD has brought it.
    pub(crate) async fn a_kind_that_comes_is_told(&self) {
        let mut late = turn("v1", "late");
        late.gvk = Gvk::parse("late.example.org/v1", "Late");
        self.live.follow("late", &[late.clone()]).await;
        self.heard.forget();
        let began = Instant::now();
        let mut crd = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "lates.late.example.org"},
            "spec": {
                "group": "late.example.org", "scope": "Namespaced",
                "versions": [versions(true)[1].clone()],
                "names": {"kind": "Late", "plural": "lates", "singular": "late"},
            },
        });
        crd["spec"]["versions"][0]["storage"] = true.into();
        self.make(crd).await;
        self.is_told("late").await;
        println!("a new kind is told {:?} after its CRD", began.elapsed());
        let kind = self.live.resource(&late.gvk).await.expect("an answer");
        assert!(kind.is_some());
    }

    pub(crate) async fn is_told(&self, application: &str) {
        let told = self.heard.told(application);
        let told = tokio::time::timeout(Duration::from_secs(30), told).await;
        assert!(told.is_ok(), "{application} was not told");
    }

    async fn make(&self, object: Value) {
        let object = Object::new(object, None).expect("an object");
        let kind = self.served(&object.gvk()).await;
        let made = self.other.create(&kind, &object, OPTIONS).await;
        made.expect("an object");
    }

    async fn change_to(&self, object: &ObjectRef, body: &Value) {
        let kind = self.served(&object.gvk).await;
        let merge = PatchKind::Merge;
        let changed = self.other.patch(&kind, object, merge, body, OPTIONS);
        changed.await.expect("an object");
    }

    /// A kind, once it is served.
    async fn served(&self, gvk: &Gvk) -> Resource {
        let served = async {
            loop {
                if let Some(kind) = self.other.resource(gvk).await.expect("discovery") {
                    return kind;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let served = tokio::time::timeout(Duration::from_secs(30), served).await;
        served.expect("a kind in time")
    }
}
