//! The `kustomize` block.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::Fields;
use super::edit::{block, flag, list, pair, put, text, texts, tidy};
use crate::args::app::KustomizeFields;

pub(super) fn set(source: &mut Fields, flags: &KustomizeFields) -> Result<(), Diagnostic> {
    if *flags == KustomizeFields::default() {
        return Ok(());
    }
    let kustomize = block(source, "kustomize")?;
    text(kustomize, "namePrefix", flags.name_prefix.as_deref());
    text(kustomize, "nameSuffix", flags.name_suffix.as_deref());
    text(kustomize, "version", flags.kustomize_version.as_deref());
    text(kustomize, "namespace", flags.kustomize_namespace.as_deref());
    text(
        kustomize,
        "kubeVersion",
        flags.kustomize_kube_version.as_deref(),
    );
    texts(kustomize, "apiVersions", &flags.kustomize_api_versions);
    flag(
        kustomize,
        "labelWithoutSelector",
        flags.kustomize_label_without_selector,
    );
    flag(
        kustomize,
        "labelIncludeTemplates",
        flags.kustomize_label_include_templates,
    );
    flag(kustomize, "forceCommonLabels", flags.force_common_labels);
    flag(
        kustomize,
        "forceCommonAnnotations",
        flags.force_common_annotations,
    );
    flag(
        kustomize,
        "ignoreMissingComponents",
        flags.ignore_missing_components,
    );
    let label = "--kustomize-common-label";
    entries(kustomize, "commonLabels", label, &flags.common_labels)?;
    let annotation = "--kustomize-common-annotation";
    entries(
        kustomize,
        "commonAnnotations",
        annotation,
        &flags.common_annotations,
    )?;
    for image in &flags.images {
        let images = list(kustomize, "images")?;
        match images.iter_mut().find(|known| same_image(known, image)) {
            Some(known) => *known = image.as_str().into(),
            None => images.push(image.as_str().into()),
        }
    }
    for text in &flags.replicas {
        let (name, count) = pair("--kustomize-replica", text)?;
        let count: i64 = count.parse().map_err(|_| {
            let message = format!("--kustomize-replica {text}: the count is no number");
            Diagnostic::error("flag", message)
        })?;
        put(
            kustomize,
            "replicas",
            name,
            json!({"name": name, "count": count}),
        )?;
    }
    tidy(source, "kustomize");
    Ok(())
}

/// Puts a mapping in the place of another one, if there are entries.
fn entries(block: &mut Fields, key: &str, flag: &str, texts: &[String]) -> Result<(), Diagnostic> {
    if texts.is_empty() {
        return Ok(());
    }
    let pairs = texts.iter().map(|text| pair(flag, text));
    let pairs = pairs.map(|pair| pair.map(|(key, value)| (key.to_owned(), value.into())));
    let entries: Fields = pairs.collect::<Result<_, _>>()?;
    block.insert(key.to_owned(), Value::Object(entries));
    Ok(())
}

/// Whether both are of the same image: the name is what stands before `=`, `:` or `@`.
pub(super) fn same_image(known: &Value, image: &str) -> bool {
    let Some(known) = known.as_str() else {
        return false;
    };
    let end = ["=", ":", "@"].into_iter().find(|end| image.contains(end));
    let name = |text: &str| {
        let cut = end.and_then(|end| text.split_once(end));
        cut.map_or(text.to_owned(), |(name, _)| name.to_owned())
    };
    name(known) == name(image)
}
