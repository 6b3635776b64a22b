//! What users give that is not as it should be, and other ways to give what is.

use crate::world::World;

pub(crate) fn one_broken_application_does_not_stop_the_others(world: &World) {
    let good = world.application("guestbook", "guestbook", "name: spoke-1");
    let cases = [
        (
            "wrong-type",
            "project: default",
            "project: 7",
            "spec.project",
        ),
        (
            "no-path",
            "path: guestbook",
            "path: nowhere",
            "app path does not exist",
        ),
        ("no-cluster", "name: spoke-1", "name: spoke-9", "spoke-9"),
        (
            "no-repository",
            "repo'",
            "other'",
            "is not a Git repository",
        ),
        (
            "no-plugin",
            "path: guestbook}",
            "path: guestbook, plugin: {name: nothing}}",
            "no renderer plugin \"nothing\"",
        ),
        (
            "bad-parameter",
            "path: guestbook}",
            "path: guestbook, plugin: {name: plain-yaml, parameters: [{name: recurze, string: x}]}}",
            "recurze",
        ),
    ];
    for (name, from, to, expected) in cases {
        let broken = good.replace("name: guestbook}", &format!("name: {name}}}"));
        assert_ne!(broken.replace(from, to), broken, "{name}");
        let file = world.file(
            "inputs.yaml",
            &[broken.replace(from, to), good.clone()].concat(),
        );
        let ended = world.gantry(&["sync", "-f", &file]).expect(1);
        assert!(ended.stderr.contains(expected), "{name}: {}", ended.stderr);
        assert!(
            ended.stdout.contains("3 unchanged"),
            "{name}: {}",
            ended.stdout
        );
    }
    let file = world.file("alone.yaml", &good.replace("path: guestbook", "path: 5"));
    let ended = world.gantry(&["sync", "-f", &file]).expect(2);
    assert!(
        ended.stderr.contains(&format!("{file}:6:")),
        "{}",
        ended.stderr
    );
}

pub(crate) fn a_destination_may_be_a_server_or_a_cluster_secret(world: &World) {
    let server = world.kubectl(
        "spoke-2",
        &[
            "config",
            "view",
            "--minify",
            "-o",
            "jsonpath={.clusters[0].cluster.server}",
        ],
    );
    let by_server = world.application("guestbook", "guestbook", &format!("server: '{server}'"));
    let file = world.file("by-server.yaml", &by_server);
    let table = world.gantry(&["sync", "-f", &file]).expect(0).stdout;
    assert!(
        table.contains("spoke-2") && table.contains("3 unchanged"),
        "{table}"
    );

    let view = |path: &str| {
        world.kubectl(
            "spoke-2",
            &[
                "config",
                "view",
                "--minify",
                "--raw",
                "--flatten",
                "-o",
                path,
            ],
        )
    };
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: c\n  labels: {{argocd.argoproj.io/secret-type: cluster}}\n\
         stringData:\n  name: production\n  server: '{server}'\n  config: |\n    {{\"bearerToken\": \"{}\", \
         \"tlsClientConfig\": {{\"caData\": \"{}\"}}}}\n---\n",
        view("jsonpath={.users[0].user.token}"),
        view("jsonpath={.clusters[0].cluster.certificate-authority-data}"),
    );
    let by_name = world.application("guestbook", "guestbook", "name: production");
    let file = world.file("by-secret.yaml", &[secret, by_name].concat());
    let table = world.gantry(&["sync", "-f", &file]).expect(0).stdout;
    assert!(
        table.contains("production") && table.contains("3 unchanged"),
        "{table}"
    );

    let in_cluster = world.application(
        "guestbook",
        "guestbook",
        "server: 'https://kubernetes.default.svc'",
    );
    let file = world.file("in-cluster.yaml", &in_cluster);
    let table = world
        .gantry(&["sync", "-f", &file, "--context", "spoke-1"])
        .expect(0)
        .stdout;
    assert!(
        table.contains("spoke-1") && table.contains("3 unchanged"),
        "{table}"
    );
}

pub(crate) fn a_private_repository_is_read_with_its_secret(world: &World) {
    // "robot:s3cret" in base64.
    let login = "Basic cm9ib3Q6czNjcmV0";
    let folder = world.testbed.folder();
    let server = gantry_testbed::GitHttpServer::start(folder, Some(login)).expect("a server");
    let url = server.url("repo");
    let application = world
        .application("guestbook", "guestbook", "name: spoke-1")
        .replace(&world.repository.file_url(), &url);
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: r\n  labels: {{argocd.argoproj.io/secret-type: repository}}\n\
         stringData: {{type: git, url: '{url}', username: robot, password: s3cret}}\n---\n"
    );
    let file = world.file("private.yaml", &application);
    let ended = world.gantry(&["sync", "-f", &file]).expect(2);
    assert!(
        ended.stderr.contains("asks for credentials"),
        "{}",
        ended.stderr
    );
    let secret = world.file("private-secret.yaml", &secret);
    let ended = world.gantry(&["sync", "-f", &file, &secret]).expect(0);
    assert!(ended.stdout.contains("3 unchanged"), "{}", ended.stdout);
    assert!(!ended.stderr.contains("s3cret"), "{}", ended.stderr);
}
