//! The unmodified `argocd` client, as its users type it, against `gantry serve` with TLS.

#![allow(clippy::print_stderr, reason = "says what is skipped")]

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use gantry_testbed::{Binaries, free_port};

use crate::world::{Ended, World, command, share_compiled};

const CONFIG: &str = "guestbook/configmap.yaml";

/// A server that people log in to, and their client.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    client: PathBuf,
    /// Where the client keeps its sessions.
    home: PathBuf,
    address: String,
    server: Child,
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        // It may have ended by itself: then its log says why.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Desk<'_> {
    /// A server of its own in a data folder of that name, and somebody who has logged in; none where there
    /// is no client.
    pub(crate) fn open<'a>(world: &'a World, name: &str) -> Option<Desk<'a>> {
        let client = client()?;
        let (desk, password) = start(world, client, name);
        logs_in(&desk, &password);
        Some(desk)
    }

    /// One command, as it is typed: words are separated by spaces.
    pub(crate) fn argocd(&self, typed: &str) -> Ended {
        let output = Command::new(&self.client)
            .args(typed.split_whitespace())
            .env("HOME", &self.home)
            .env("KUBECONFIG", self.world.testbed.kubeconfig())
            .env("ARGOCD_CONFIG_DIR", &self.home)
            .output();
        Ended::from(output.expect("argocd starts"))
    }

    /// One that ends well; what it prints.
    pub(crate) fn says(&self, typed: &str) -> String {
        self.argocd(typed).expect(0).stdout
    }

    fn greeting(&self) -> String {
        let path = "jsonpath={.data.greeting}";
        let args = [
            "get",
            "configmap",
            "guestbook",
            "-n",
            "by-argocd",
            "-o",
            path,
        ];
        self.world.kubectl("spoke-1", &args)
    }

    fn commit(&self, greeting: &str) {
        let text = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: guestbook}}\ndata: {{greeting: {greeting}}}\n"
        );
        let done = self.world.repository.commit(&[(CONFIG, &text)]);
        done.expect("a commit");
    }
}

/// The tutorial of Argo CD's users, word for word.
pub(crate) fn the_argocd_client_works_as_it_is(world: &World) {
    let Some(client) = client() else { return };
    let (desk, password) = start(world, client, "by-argocd");
    logs_in(&desk, &password);
    desk.commit("first");
    creates_and_syncs(&desk);
    acts_on_objects(&desk);
    sees_drift_and_goes_back(&desk);
    projects_and_accounts(&desk, &password);
    desk.says("app delete by-argocd --yes");
    world.until("the application is gone", || {
        !desk.says("app list").contains("by-argocd")
    });
    desk.says("cluster rm spoke-1 --yes");
    let out = desk.argocd(&format!("logout {}", desk.address));
    out.expect(0);
    desk.argocd("app list").expect(20);
}

/// The client, where this machine has it; says so where not.
fn client() -> Option<PathBuf> {
    let client = Binaries::find_or_build().expect("binaries").built_argocd();
    if client.is_none() {
        eprintln!("SKIPPED: no argocd client: get it with: cargo run -p gantry-testbed -- argocd");
    }
    client
}

fn start<'a>(world: &'a World, client: PathBuf, name: &str) -> (Desk<'a>, String) {
    let data = world.testbed.folder().join(name);
    share_compiled(&data);
    let address = format!("127.0.0.1:{}", free_port().expect("a port"));
    let kubeconfig = world.testbed.kubeconfig().display().to_string();
    let (said, log) = (data.join("serve.out"), data.join("serve.log"));
    let server = command(
        &data,
        &["serve", "--listen", &address, "--kubeconfig", &kubeconfig],
    )
    .stdout(File::create(&said).expect("a file"))
    .stderr(File::create(log).expect("a file"))
    .stdin(Stdio::null())
    .spawn();
    let server = server.expect("gantry starts");
    let first = || {
        let said = std::fs::read_to_string(&said).unwrap_or_default();
        let password = said
            .trim_end()
            .rsplit_once(": ")
            .map(|(_, password)| password.to_owned());
        password.filter(|_| said.ends_with('\n'))
    };
    world.until("the first password is shown", || first().is_some());
    let desk = Desk {
        world,
        client,
        home: data.join("argocd"),
        address,
        server,
    };
    std::fs::create_dir_all(&desk.home).expect("a folder");
    (desk, first().expect("shown"))
}

fn logs_in(desk: &Desk<'_>, password: &str) {
    let login = |password: &str| {
        let address = &desk.address;
        desk.argocd(&format!(
            "login {address} --insecure --username admin --password {password}"
        ))
    };
    let refused = login("wrong").expect(20);
    assert!(
        refused.stderr.contains("Invalid username or password"),
        "{}",
        refused.stderr
    );
    let said = login(password).expect(0).stdout;
    assert!(said.contains("logged in successfully"), "{said}");
    let who = desk.says("account get-user-info");
    assert!(who.contains("Username: admin"), "{who}");
}

fn creates_and_syncs(desk: &Desk<'_>) {
    let repository = desk.world.repository.file_url();
    desk.says("cluster add spoke-1 --yes");
    let clusters = desk.says("cluster list");
    assert!(clusters.contains("spoke-1"), "{clusters}");
    desk.says(&format!("repo add {repository}"));
    let repositories = desk.says("repo list");
    assert!(repositories.contains(&repository), "{repositories}");
    desk.says(&format!(
        "app create by-argocd --repo {repository} --path guestbook --dest-name spoke-1 \
         --dest-namespace by-argocd --sync-option CreateNamespace=true"
    ));
    desk.says("app sync by-argocd");
    desk.says("app wait by-argocd --health --timeout 180");
    assert_eq!(desk.greeting(), "first");
    let got = desk.says("app get by-argocd");
    for text in [
        "Synced to",
        "Health Status:      Healthy",
        "deployment.apps/guestbook",
    ] {
        assert!(got.contains(text), "{got}");
    }
    let tree = desk.says("app get by-argocd -o tree");
    assert!(tree.contains("ReplicaSet/guestbook-"), "{tree}");
    let resources = desk.says("app resources by-argocd");
    assert!(resources.contains("Deployment"), "{resources}");
    let manifests = desk.says("app manifests by-argocd");
    assert!(manifests.contains("greeting: first"), "{manifests}");
    desk.says("app diff by-argocd");
}

fn acts_on_objects(desk: &Desk<'_>) {
    let listed = desk.says("app actions list by-argocd --kind Deployment");
    for action in ["restart", "scale"] {
        assert!(listed.contains(action), "{listed}");
    }
    desk.says("app actions run by-argocd restart --kind Deployment --resource-name guestbook");
    let path = "jsonpath={.spec.template.metadata.annotations}";
    let args = [
        "get",
        "deployment",
        "guestbook",
        "-n",
        "by-argocd",
        "-o",
        path,
    ];
    let annotations = desk.world.kubectl("spoke-1", &args);
    assert!(annotations.contains("restartedAt"), "{annotations}");
    desk.argocd("app actions run by-argocd none --kind Deployment")
        .expect(20);
    desk.says("app diff by-argocd --server-side-diff");
    let repositories = desk.says("repo list");
    assert!(repositories.contains("Successful"), "{repositories}");
    desk.says("cluster rotate-auth spoke-1");
    desk.says("app wait by-argocd --sync --health --timeout 180");
    let clusters = desk.says("cluster list");
    assert!(clusters.contains("Successful"), "{clusters}");
}

fn sees_drift_and_goes_back(desk: &Desk<'_>) {
    desk.commit("second");
    let shown = desk.argocd("app diff by-argocd --refresh").expect(1).stdout;
    assert!(shown.contains("greeting: second"), "{shown}");
    desk.says("app sync by-argocd");
    assert_eq!(desk.greeting(), "second");
    let edit = r#"{"data":{"greeting":"by-hand"}}"#;
    let patch = [
        "patch",
        "configmap",
        "guestbook",
        "-n",
        "by-argocd",
        "--type",
        "merge",
        "-p",
        edit,
    ];
    desk.world.kubectl("spoke-1", &patch);
    desk.world.until("the edit is seen", || {
        desk.says("app get by-argocd").contains("OutOfSync")
    });
    desk.says("app sync by-argocd");
    assert_eq!(desk.greeting(), "second");
    let history = desk.says("app history by-argocd");
    assert_eq!(
        history.lines().filter(|line| line.contains("UTC")).count(),
        3,
        "{history}"
    );
    desk.says("app rollback by-argocd 0");
    assert_eq!(desk.greeting(), "first");
    desk.says("app set by-argocd --sync-policy automated --self-heal");
    desk.world
        .until("it heals itself", || desk.greeting() == "second");
}

fn projects_and_accounts(desk: &Desk<'_>, password: &str) {
    desk.says("proj create shop --src * --dest *,shop");
    let shop = desk.says("proj get shop");
    assert!(
        shop.contains("Destinations:                *,shop"),
        "{shop}"
    );
    desk.says("proj role create shop deployer");
    desk.says("proj role add-policy shop deployer --action sync --permission allow --object *");
    let token = desk.says("proj role create-token shop deployer --token-only");
    let token = token.trim();
    let with = |typed: &str| desk.argocd(&format!("{typed} --auth-token {token}"));
    let who = with("account get-user-info").expect(0).stdout;
    assert!(who.contains("proj:shop:deployer"), "{who}");
    let seen = with("app list").expect(0).stdout;
    assert!(!seen.contains("by-argocd"), "{seen}");
    let hidden = with("app get by-argocd").expect(20).stderr;
    let missing = with("app get there-is-none").expect(20).stderr;
    for told in [&hidden, &missing] {
        assert!(told.contains("PermissionDenied"), "{told}");
    }
    let accounts = desk.says("account list");
    assert!(accounts.contains("admin"), "{accounts}");
    desk.says("proj delete shop");
    desk.says(&format!(
        "account update-password --current-password {password} --new-password another-one"
    ));
}
