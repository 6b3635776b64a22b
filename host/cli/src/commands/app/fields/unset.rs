//! Parameters that are taken away: `argocd app unset`.

use serde_json::Value;

use super::Fields;
use super::kustomize::same_image;
use crate::args::app::UnsetFields;

/// Takes away what is named; false where there was none of it.
pub(in crate::commands::app) fn unset(source: &mut Fields, flags: &UnsetFields) -> bool {
    let mut changed = false;
    if flags.reference {
        changed |= source.remove("ref").is_some();
    }
    changed |= within(source, "kustomize", |kustomize| {
        of_kustomize(kustomize, flags)
    });
    changed |= within(source, "helm", |helm| of_helm(helm, flags));
    changed |= within(source, "plugin", |plugin| {
        without(plugin, "env", &flags.plugin_envs, named)
    });
    changed
}

/// Changes a block, and takes it away where nothing is left.
fn within(source: &mut Fields, key: &str, change: impl FnOnce(&mut Fields) -> bool) -> bool {
    let Some(block) = source.get_mut(key).and_then(Value::as_object_mut) else {
        return false;
    };
    let changed = change(block);
    if changed && block.is_empty() {
        source.remove(key);
    }
    changed
}

fn of_kustomize(kustomize: &mut Fields, flags: &UnsetFields) -> bool {
    let mut changed = false;
    for (asked, key) in [
        (flags.name_prefix, "namePrefix"),
        (flags.name_suffix, "nameSuffix"),
        (flags.kustomize_version, "version"),
        (flags.kustomize_namespace, "namespace"),
        (flags.ignore_missing_components, "ignoreMissingComponents"),
    ] {
        changed |= asked && kustomize.remove(key).is_some();
    }
    changed |= without(
        kustomize,
        "images",
        &flags.kustomize_images,
        |known, image| {
            // The name alone is given here: what is there has the mark where it ends.
            known
                .as_str()
                .is_some_and(|known| same_image(&image.into(), known))
        },
    );
    changed | without(kustomize, "replicas", &flags.kustomize_replicas, named)
}

fn of_helm(helm: &mut Fields, flags: &UnsetFields) -> bool {
    let mut changed = without(helm, "parameters", &flags.parameters, named);
    changed |= without(helm, "valueFiles", &flags.values, |known, file| {
        known == file
    });
    if flags.values_literal {
        changed |= helm.remove("values").is_some();
        changed |= helm.remove("valuesObject").is_some();
    }
    if flags.ignore_missing_value_files {
        changed |= helm.remove("ignoreMissingValueFiles").is_some();
    }
    if flags.pass_credentials {
        changed |= helm.remove("passCredentials").is_some();
    }
    changed
}

fn named(entry: &Value, name: &str) -> bool {
    entry["name"] == name
}

/// Takes entries out of a list, and the list where none is left.
fn without(
    block: &mut Fields,
    key: &str,
    names: &[String],
    is: impl Fn(&Value, &str) -> bool,
) -> bool {
    let Some(entries) = block.get_mut(key).and_then(Value::as_array_mut) else {
        return false;
    };
    let before = entries.len();
    entries.retain(|entry| !names.iter().any(|name| is(entry, name)));
    let changed = entries.len() != before;
    if entries.is_empty() && changed {
        block.remove(key);
    }
    changed
}
