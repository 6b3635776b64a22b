//! `List`: Argo CD's, and in pages.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::json;

use super::{Listed, counts};
use crate::apps::{Entry, Filter, Fit};
use crate::desk::Call;
use crate::fault::Fault;
use crate::fields::Fields;

/// Applications that fit and that the caller may see. Beside Argo CD's fields the request may have `search`,
/// `sync`, `health`, `clusters`, `namespaces`, `labels`, `sort` (a field, `-` before it turns the order
/// round), `limit`, and `offset` or `continue`; the answer's `metadata` has how many there are: `total`, and
/// `counts` by sync status and health, of a page by project, cluster, namespace and label, too. Each but the label
/// is counted under the other filters: what its own values leave out is there to be chosen.
pub(crate) async fn list(call: Call<'_>) -> Result<Listed, Fault> {
    let ask = call.ask;
    let filter = Filter::of(ask)?;
    call.desk.apps.ready().await?;
    let may = |entry: &Entry| call.may("applications", "get", &entry.rbac_name);
    let fits = call
        .desk
        .apps
        .fits(|entry| filter.fit(entry).filter(|_| may(entry)));
    let limit = ask.number("limit").filter(|limit| *limit > 0);
    // Who lists all of them has them all.
    let counts = match limit {
        Some(_) => counts::by_place(&fits),
        None => counts::by_state(&fits),
    };
    let found = fits.into_iter().filter(|(_, fit)| *fit == Fit::All);
    let mut found: Vec<Arc<Entry>> = found.map(|(entry, _)| entry).collect();
    let version = found.iter().filter_map(|entry| entry.number());
    let version = version.max().map(|version| version.to_string());
    sort(&mut found, ask.text("sort"))?;

    let total = found.len();
    let offset = ask.number("offset").or_else(|| ask.number("continue"));
    let offset = usize::try_from(offset.unwrap_or_default()).unwrap_or_default();
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let fields = Fields::below("items", ask.text("fields"));
    let page = found.into_iter().skip(offset);
    let entries: Vec<Arc<Entry>> = page.take(limit.unwrap_or(usize::MAX)).collect();
    let mut metadata = json!({"total": total, "counts": counts});
    if let Some(version) = version {
        metadata["resourceVersion"] = version.into();
    }
    let next = offset.saturating_add(entries.len());
    if next < total {
        metadata["continue"] = next.to_string().into();
        metadata["remainingItemCount"] = (total - next).into();
    }
    Ok(Listed {
        metadata,
        entries,
        fields,
    })
}

/// Sorts by a field; within it, and without one, by name.
fn sort(entries: &mut [Arc<Entry>], by: &str) -> Result<(), Fault> {
    let (by, is_turned) = match by.strip_prefix('-') {
        Some(by) => (by, true),
        None => (by, false),
    };
    let key: fn(&Entry) -> &str = match by {
        "" | "name" => |app| &app.keys.name,
        "project" => |app| &app.keys.project,
        "cluster" => |app| app.keys.cluster(),
        "namespace" => |app| &app.keys.to_namespace,
        "sync" => |app| &app.keys.sync,
        "health" => |app| &app.keys.health,
        "created" => |app| &app.keys.created,
        "synced" => |app| &app.keys.synced,
        _ => {
            let message = format!(
                "sort {by:?}: write name, project, cluster, namespace, sync, health, created or synced"
            );
            return Err(Fault::invalid(message));
        }
    };
    let turn = |order: Ordering| if is_turned { order.reverse() } else { order };
    // They come by name, and equal ones stay as they are.
    entries.sort_by(|a, b| turn(key(a).cmp(key(b))));
    Ok(())
}
