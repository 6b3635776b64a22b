//! Somebody before a browser.

use std::path::Path;

use gantry_browser::Browser;
use serde_json::Value;

use crate::server::Server;
use crate::world::World;

/// The directory of the repository that the applications are made of.
pub(super) const FOLDER: &str = "paged";

/// A browser, the control plane that it shows, and its cluster `spoke-1`.
pub(super) struct Desk<'a> {
    pub(super) world: &'a World,
    pub(super) browser: Browser,
    pub(super) address: String,
    pub(super) password: String,
}

impl<'a> Desk<'a> {
    pub(super) async fn begin(world: &'a World, server: &Server<'_>) -> Self {
        for file in ["deployment.yaml", "service.yaml"] {
            let text =
                std::fs::read_to_string(crate::world::examples().join("guestbook").join(file));
            let path = format!("{FOLDER}/{file}");
            let text = text.expect("the guestbook");
            world
                .repository
                .commit(&[(&path, &text)])
                .expect("a commit");
        }
        let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
        let desk = Self {
            world,
            browser: Browser::start(&pictures).await,
            address: server.address(),
            password: server.password(),
        };
        desk.commit("first");
        desk
    }

    /// Opens a page of the control plane.
    pub(super) async fn go(&self, place: &str) {
        self.browser.go(&format!("{}{place}", self.address)).await;
    }

    /// Writes another greeting to Git.
    pub(super) fn commit(&self, greeting: &str) {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: guestbook}}\ndata: {{greeting: {greeting}}}\n"
        );
        let path = format!("{FOLDER}/configmap.yaml");
        let committed = self.world.repository.commit(&[(&path, &text)]);
        committed.expect("a commit");
    }

    /// The greeting in the cluster.
    pub(super) fn greeting(&self, namespace: &str) -> String {
        let path = "jsonpath={.data.greeting}";
        let args = ["get", "configmap", "guestbook", "-n", namespace, "-o", path];
        self.world.kubectl("spoke-1", &args)
    }

    /// Waits until the page of an application shows a sync status and a health.
    pub(super) async fn until_state(&self, sync: &str, health: &str) {
        let words = Value::from(vec![sync, health]);
        let shown = "document.querySelector('#app-status')?.innerText.split(/\\s+/) ?? []";
        let is_so = format!("{words}.every((word) => ({shown}).includes(word))");
        self.browser.until_true(&is_so).await;
    }

    /// Nothing was complained of on the way.
    pub(super) async fn end(self) {
        let complaints = self.browser.complaints().await;
        self.browser.end().await;
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
