//! Which part of an artifact is the plugin, and what an artifact of our own looks like.

use std::collections::BTreeMap;

use gantry_oci::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest, WASM_LAYER_MEDIA_TYPE};
use gantry_plugins::{Digest, Surface};
use serde_json::{Value, json};

/// The media type of a component: the CNCF's Wasm OCI artifact.
const WASM: &str = "application/wasm";
/// The media type of that artifact's configuration.
const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// Where ORAS keeps a layer's file name.
const TITLE: &str = "org.opencontainers.image.title";

/// The one layer of a manifest that is a plugin, or why there is none.
pub(crate) fn plugin_layer(manifest: &[u8]) -> Result<OciDescriptor, String> {
    let json: Value = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest is no JSON: {error}"))?;
    if json.get("manifests").is_some() {
        return Err("it is an index of several artifacts; name one by its digest".to_owned());
    }
    let manifest: OciImageManifest = serde_json::from_value(json)
        .map_err(|error| format!("its manifest is of no known form: {error}"))?;
    let mut layers = manifest.layers;
    match (layers.pop(), layers.len()) {
        (Some(layer), 0) if is_plugin(&layer) => Ok(layer),
        (Some(layer), 0) => Err(format!("its one layer is {}", layer.media_type)),
        (Some(_), more) => Err(format!("it has {} layers instead of one", more + 1)),
        (None, _) => Err("it has no layer".to_owned()),
    }
}

fn is_plugin(layer: &OciDescriptor) -> bool {
    let title = layer.annotations.as_ref().and_then(|all| all.get(TITLE));
    [WASM, WASM_LAYER_MEDIA_TYPE].contains(&layer.media_type.as_str())
        || title.is_some_and(|title| title.ends_with(".wasm"))
}

/// An artifact ready to be pushed. The same plugin always makes the same one: it has no time in it.
pub(crate) struct Artifact {
    pub(crate) manifest: Vec<u8>,
    pub(crate) config: Vec<u8>,
    pub(crate) media_type: &'static str,
}

/// The artifact of a plugin's file.
pub(crate) fn artifact(wasm: &[u8], digest: &Digest, title: &str, surface: &Surface) -> Artifact {
    let config = json!({
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [digest.to_string()],
        "component": {"exports": surface.exports, "imports": surface.imports},
    })
    .to_string()
    .into_bytes();
    let config_digest = Digest::of(&config);
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE_MEDIA_TYPE,
        "config": {
            "mediaType": WASM_CONFIG,
            "digest": config_digest.to_string(),
            "size": config.len(),
        },
        "layers": [{
            "mediaType": WASM,
            "digest": digest.to_string(),
            "size": wasm.len(),
            "annotations": BTreeMap::from([(TITLE, title)]),
        }],
    })
    .to_string()
    .into_bytes();
    Artifact {
        manifest,
        config,
        media_type: OCI_IMAGE_MEDIA_TYPE,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::plugin_layer;

    fn layer(media_type: &str, title: Option<&str>) -> Value {
        let mut layer = json!({"mediaType": media_type, "digest": "sha256:00", "size": 1});
        if let Some(title) = title {
            layer["annotations"] = json!({"org.opencontainers.image.title": title});
        }
        layer
    }

    fn found(layers: &[Value]) -> Result<String, String> {
        let config = json!({"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:00", "size": 2});
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        plugin_layer(manifest.to_string().as_bytes()).map(|layer| layer.media_type)
    }

    #[test]
    fn one_layer_of_webassembly_is_the_plugin() {
        for (media_type, title) in [
            ("application/wasm", None),
            ("application/vnd.wasm.content.layer.v1+wasm", None),
            ("application/octet-stream", Some("helm.wasm")),
        ] {
            assert_eq!(
                found(&[layer(media_type, title)]),
                Ok(media_type.to_owned())
            );
        }
    }

    #[test]
    fn anything_else_is_no_plugin_and_says_what_it_is() {
        let wasm = layer("application/wasm", None);
        let tar = layer("application/vnd.oci.image.layer.v1.tar+gzip", None);
        let other = layer("application/octet-stream", Some("helm.tgz"));
        for (layers, expected) in [
            (vec![], "has no layer"),
            (
                vec![tar.clone()],
                "its one layer is application/vnd.oci.image.layer",
            ),
            (vec![other], "its one layer is application/octet-stream"),
            (vec![wasm.clone(), wasm.clone()], "has 2 layers"),
            (vec![wasm, tar.clone(), tar], "has 3 layers"),
        ] {
            let reason = found(&layers).expect_err(expected);
            assert!(reason.contains(expected), "{reason}");
        }
        for (manifest, expected) in [
            (
                r#"{"schemaVersion": 2, "manifests": []}"#,
                "an index of several",
            ),
            ("{}", "of no known form"),
            ("<html>", "is no JSON"),
        ] {
            let reason = plugin_layer(manifest.as_bytes()).expect_err(expected);
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
