//! What annotations on an object say about its sync (Argo CD's names and rules).

use gantry_model::Object;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const HOOK: &str = "argocd.argoproj.io/hook";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";
const HELM_HOOK: &str = "helm.sh/hook";
const HELM_WEIGHT: &str = "helm.sh/hook-weight";

/// The wave of an object: its annotation, else Helm's weight, else 0 (`syncwaves/waves.go`).
pub(crate) fn wave(object: &Object) -> i32 {
    let number = |key| {
        object
            .annotation(key)
            .and_then(|text: &str| text.parse().ok())
    };
    number(WAVE)
        .or_else(|| number(HELM_WEIGHT))
        .unwrap_or_default()
}

/// What kind of hook an object is, in the annotation's words; none for an ordinary object. Helm's
/// `crd-install` is ordinary.
pub(crate) fn hook(object: &Object) -> Option<&str> {
    object.annotation(HOOK).or_else(|| {
        object
            .annotation(HELM_HOOK)
            .filter(|hook| hook.trim() != "crd-install")
    })
}

/// Whether a hook annotation asks to leave the object alone.
pub(crate) fn is_skipped(hook: &str) -> bool {
    hook.trim() == "Skip"
}

/// The value of one sync option of the object itself: `Prune=false` has `Prune` at `false`.
pub(crate) fn option<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    let options = object.annotation(OPTIONS)?;
    options
        .split(',')
        .filter_map(|option| option.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// All sync options of the object itself, for those that have no effect yet.
pub(crate) fn options(object: &Object) -> impl Iterator<Item = &str> {
    let options = object.annotation(OPTIONS).unwrap_or_default();
    options
        .split(',')
        .map(str::trim)
        .filter(|option| !option.is_empty())
}
