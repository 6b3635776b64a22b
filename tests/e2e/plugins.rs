//! Plugins on the way to a cluster: pinned, counted, recorded and replayed.

use crate::world::{World, gantry};

/// An application that the template renderer renders, by that name for it.
fn templated(world: &World, renderer: &str) -> String {
    greeting(world, renderer, "values.greeting")
}

/// The same, with another expression in its template.
fn greeting(world: &World, renderer: &str, expression: &str) -> String {
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {{{{ app.name }}}}}}\n\
         data: {{greeting: {{{{ {expression} }}}}, file: {{{{ values.file }}}}}}\n"
    );
    world.app_with(
        "shop",
        &[
            ("config.yaml", &config),
            ("values.yaml", "file: values\ngreeting: none\n"),
        ],
    );
    let application = world.application("shop", "shop", "name: spoke-1").replace(
        "path: shop}",
        &format!(
            "path: shop, plugin: {{name: '{renderer}', parameters: \
                 [{{name: values, map: {{greeting: hello}}}}]}}}}"
        ),
    );
    world.file("shop.yaml", &application)
}

fn digest_of(world: &World, plugin: &str) -> String {
    let list = world
        .gantry(&["plugin", "list", "-o", "json"])
        .expect(0)
        .json();
    let plugins = list.as_array().expect("an array");
    let found = plugins.iter().find(|p| p["name"] == plugin);
    found.expect("listed")["digest"]
        .as_str()
        .expect("a digest")
        .to_owned()
}

pub(crate) fn a_render_is_recorded_and_replayed_without_git_and_cluster(world: &World) {
    let file = templated(world, "template");
    let recording = world.file("shop.json", "");
    world
        .gantry(&["plugin", "record", "-f", &file, "-o", &recording])
        .expect(0);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let replay = |args: &[&str]| {
        gantry(
            elsewhere.path(),
            &[&["plugin", "replay", &recording], args].concat(),
        )
    };
    assert_eq!(replay(&[]).expect(0).stdout, "");
    let told = replay(&["-o", "json"]).expect(0).json();
    let object = &told["replayed"]["rendered"]["objects"][0];
    assert_eq!(object["data"]["greeting"], "hello", "{told}");
    assert_eq!(object["data"]["file"], "values", "{told}");
    // Another plugin looks at what was not recorded, and says so.
    let other = replay(&["--plugin", "plain-yaml"]).expect(1).stdout;
    assert!(other.contains("-  greeting: hello"), "{other}");

    // A render that fails is what an author wants to see most.
    let failing = greeting(world, "template", "values.missing");
    world
        .gantry(&["plugin", "record", "-f", &failing, "-o", &recording])
        .expect(0);
    let told = replay(&["-o", "json"]).expect(0).json();
    let problem = &told["recorded"]["failed"]["problems"][0]["message"];
    assert!(
        problem.as_str().is_some_and(|m| m.contains("missing")),
        "{told}"
    );

    let none = world.file("none.json", "{}");
    let refused = gantry(elsewhere.path(), &["plugin", "replay", &none]).expect(2);
    assert!(
        refused.stderr.contains("no recording"),
        "{}",
        refused.stderr
    );
}

pub(crate) fn a_pin_of_application_or_project_fails_closed(world: &World) {
    let digest = digest_of(world, "template");
    let wrong = format!("sha256:{}", "0".repeat(64));
    let pinned = templated(world, &format!("template@{digest}"));
    world.gantry(&["sync", "-f", &pinned]).expect(0);
    let other = templated(world, &format!("template@{wrong}"));
    let refused = world.gantry(&["sync", "-f", &other]).expect(2).stderr;
    assert!(
        refused.contains(&digest) && refused.contains(&wrong),
        "{refused}"
    );

    let project = |pin: &str| {
        let project = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata:\n  name: default\n  \
             annotations: {{gantry.dev/plugins: 'template@{pin}'}}\nspec:\n  sourceRepos: ['*']\n  \
             destinations: [{{server: '*', namespace: '*'}}]\n  \
             clusterResourceWhitelist: [{{group: '*', kind: '*'}}]\n"
        );
        world.file("project.yaml", &project)
    };
    let file = templated(world, "template");
    let sync = |project: &str| world.gantry(&["sync", "-f", project, "-f", &file]);
    sync(&project(&digest)).expect(0);
    let refused = sync(&project(&wrong)).expect(2).stderr;
    assert!(
        refused.contains(&digest) && refused.contains(&wrong),
        "{refused}"
    );
    let refused = sync(&project("latest")).expect(2).stderr;
    assert!(refused.contains("gantry.dev/plugins"), "{refused}");
}

pub(crate) fn what_plugins_cost_is_written_for_prometheus(world: &World) {
    let file = templated(world, "template");
    let metrics = world.file("gantry.prom", "");
    let read = |args: &[&str]| {
        let all = [&["sync", "-f", &file, "--metrics-file", &metrics], args].concat();
        world.gantry(&all).expect(0);
        std::fs::read_to_string(&metrics).expect("the metrics")
    };
    let hits = |count: u32| {
        format!("gantry_plugin_render_cache_hits_total{{plugin=\"template\"}} {count}\n")
    };
    let rendered = read(&["--no-render-cache"]);
    assert!(rendered.contains(&hits(0)), "{rendered}");
    assert!(
        rendered.contains("gantry_plugin_calls_total{plugin=\"health-core\"}"),
        "{rendered}"
    );
    // Rendered before, by another process: the plugin is not called.
    let remembered = read(&[]);
    assert!(remembered.contains(&hits(1)), "{remembered}");
}
