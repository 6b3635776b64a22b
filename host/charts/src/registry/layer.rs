//! Which part of an artifact is the chart.

use std::collections::BTreeMap;

use gantry_oci::{OciDescriptor, OciImageManifest};
use serde_json::Value;

/// The media type of a chart's configuration.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media types of a chart's archive, the second one of Helm's first tries.
const ARCHIVES: [&str; 2] = [
    "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
    "application/tar+gzip",
];

/// The layer of a manifest that is a chart's archive, or why there is none.
pub(super) fn chart_layer(manifest: &[u8]) -> Result<OciDescriptor, String> {
    let json: Value = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest is no JSON: {error}"))?;
    if json.get("manifests").is_some() {
        return Err("it is an index of several artifacts, and no chart".to_owned());
    }
    let manifest: OciImageManifest = serde_json::from_value(json)
        .map_err(|error| format!("its manifest is of no known form: {error}"))?;
    if manifest.config.media_type != CONFIG {
        let found = manifest.config.media_type;
        return Err(format!(
            "its configuration is {found}, where a chart's is {CONFIG}"
        ));
    }
    let is_archive = |layer: &&OciDescriptor| ARCHIVES.contains(&layer.media_type.as_str());
    let layer = manifest.layers.iter().find(is_archive);
    layer
        .cloned()
        .ok_or_else(|| format!("none of its layers is {}", ARCHIVES.join(" or ")))
}

/// What a manifest says of its artifact; an index of several says it of all of them.
pub(super) fn annotations(manifest: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let manifest: Value = serde_json::from_slice(manifest)
        .map_err(|error| format!("its manifest is no JSON: {error}"))?;
    let all = manifest["annotations"].as_object().into_iter().flatten();
    let texts = all.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    Ok(texts.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{CONFIG, annotations, chart_layer};

    #[test]
    fn annotations_are_texts() {
        for (manifest, expected) in [
            (r#"{"annotations": {"a": "b", "c": 1}}"#, Some("a=b")),
            (
                r#"{"manifests": [], "annotations": {"a": "b"}}"#,
                Some("a=b"),
            ),
            (r#"{"annotations": null}"#, Some("")),
            ("[]", Some("")),
            ("<html>", None),
        ] {
            let found = annotations(manifest.as_bytes()).ok();
            let found = found.map(|all| {
                let all = all.iter().map(|(key, value)| format!("{key}={value}"));
                all.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{manifest}");
        }
    }

    #[test]
    fn a_chart_s_layer_is_found() {
        let part =
            |media_type: &str| json!({"mediaType": media_type, "digest": "sha256:00", "size": 1});
        let provenance = part("application/vnd.cncf.helm.chart.provenance.v1.prov");
        let archive = part("application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        let made = |config: &str, layers: &[&Value]| {
            json!({"schemaVersion": 2, "config": part(config), "layers": layers}).to_string()
        };
        for (manifest, expected) in [
            (made(CONFIG, &[&archive]), None),
            (made(CONFIG, &[&provenance, &archive]), None),
            (made(CONFIG, &[&part("application/tar+gzip")]), None),
            (made(CONFIG, &[&provenance]), Some("none of its layers is")),
            (
                made("application/vnd.oci.image.config.v1+json", &[&archive]),
                Some("its configuration is application/vnd.oci.image.config.v1+json"),
            ),
            (
                r#"{"schemaVersion": 2, "manifests": []}"#.to_owned(),
                Some("an index of several"),
            ),
            ("{}".to_owned(), Some("of no known form")),
            ("<html>".to_owned(), Some("is no JSON")),
        ] {
            match (chart_layer(manifest.as_bytes()), expected) {
                (Ok(_), None) => {}
                (Err(reason), Some(expected)) if reason.contains(expected) => {}
                (found, _) => panic!("{manifest}: {found:?}"),
            }
        }
    }
}
