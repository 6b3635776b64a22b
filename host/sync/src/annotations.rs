//! What annotations on an object say about its sync (Argo CD's names and rules).

use gantry_model::Object;

const WAVE: &str = "argocd.argoproj.io/sync-wave";
const OPTIONS: &str = "argocd.argoproj.io/sync-options";
const HELM_WEIGHT: &str = "helm.sh/hook-weight";
const IGNORE_HEALTH: &str = "argocd.argoproj.io/ignore-healthcheck";

/// The wave of an object: its annotation, else Helm's weight, else 0 (`syncwaves/waves.go`). As
/// Go's `strconv.Atoi` reads numbers, so does `i64`: signs, no blanks.
pub(crate) fn wave(object: &Object) -> i64 {
    let number = |key| {
        object
            .annotation(key)
            .and_then(|text: &str| text.parse().ok())
    };
    number(WAVE)
        .or_else(|| number(HELM_WEIGHT))
        .unwrap_or_default()
}

/// Whether the object's health counts for nothing.
pub(crate) fn ignores_health(object: &Object) -> bool {
    object.annotation(IGNORE_HEALTH) == Some("true")
}

/// The value of one sync option of the object itself: `Prune=false` has `Prune` at `false`.
pub(crate) fn option<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    options(object)
        .filter_map(|option| option.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// All sync options of the object itself.
pub(crate) fn options(object: &Object) -> impl Iterator<Item = &str> {
    let options = object.annotation(OPTIONS).unwrap_or_default();
    options
        .split(',')
        .map(str::trim)
        .filter(|option| !option.is_empty())
}
