//! Objects that an API server does not take, or cannot read.

use serde_json::Value;

use crate::world::{Ended, World};

fn config_map(name: &str, bytes: usize) -> String {
    let text = "x".repeat(bytes);
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{text: {text}}}\n")
}

/// What was done to one object of the first application.
fn action(ended: &Ended, name: &str) -> String {
    let json = ended.json();
    let objects = json[0]["objects"].as_array().cloned().unwrap_or_default();
    let found = objects.iter().find(|object| object["name"] == name);
    let action = found.and_then(|object| object["action"].as_str().map(str::to_owned));
    action.unwrap_or_default()
}

pub(crate) fn an_object_that_is_too_large_is_refused_with_limit_and_size(world: &World) {
    let size = 1_200_000;
    let files = [
        ("a.yaml", config_map("small", 10)),
        ("b.yaml", config_map("map", size)),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let file = world.app_with("large", &files);
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let message = ended.message("map");
    for part in ["1048576 bytes", "1.14 MiB as JSON"] {
        assert!(message.contains(part), "{message}");
    }
    // It was found out before the first write.
    assert_eq!(action(&ended, "map"), "failed");
    assert_eq!(action(&ended, "small"), "not-reached");
    let diff = world.gantry(&["diff", "-f", &file]).expect(2);
    assert!(diff.stderr.contains("1048576 bytes"), "{}", diff.stderr);
    // Beyond what one request may have, the server does not even look.
    let files = [("b.yaml", config_map("map", 4_000_000))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let file = world.app_with("large", &files);
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let message = ended.message("map");
    assert!(message.contains("3.00 MiB in a request"), "{message}");
    assert_eq!(action(&ended, "small"), "not-reached");
}

pub(crate) fn a_conversion_webhook_that_is_absent_is_named(world: &World) {
    let version = |name: &str, storage: bool| {
        format!(
            "  - name: {name}\n    served: true\n    storage: {storage}\n    \
             schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}\n"
        )
    };
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
         metadata: {{name: cogs.example.org}}\nspec:\n  group: example.org\n  scope: Namespaced\n  \
         names: {{kind: Cog, plural: cogs, singular: cog}}\n  conversion:\n    strategy: Webhook\n    webhook:\n      \
         conversionReviewVersions: [v1]\n      clientConfig: {{service: {{namespace: nowhere, name: absent, path: /}}}}\n  \
         versions:\n{}{}",
        version("v1", false),
        version("v2", true)
    );
    let cog = |version: &str| {
        format!(
            "apiVersion: example.org/{version}\nkind: Cog\nmetadata: {{name: cog}}\nspec: {{teeth: 12}}\n"
        )
    };
    // In the version that is stored nothing is converted.
    let stored = cog("v2");
    let files = [("a.yaml", stored.as_str()), ("b.yaml", &definition)];
    let file = world.app_with("converted", &files);
    world.gantry(&["sync", "-f", &file]).expect(0);
    world.gantry(&["diff", "-f", &file]).expect(0);
    let other = cog("v1");
    let map = config_map("beside", 10);
    let files = [("a.yaml", other.as_str()), ("c.yaml", &map)];
    let file = world.app_with("converted", &files);
    let ended = world.gantry(&["sync", "-f", &file, "-o", "json"]).expect(1);
    let message = ended.message("cog");
    assert!(message.contains("conversion webhook"), "{message}");
    assert_eq!(ended.json()[0]["sync"], Value::from("OutOfSync"));
    assert_eq!(action(&ended, "beside"), "not-reached");
}
