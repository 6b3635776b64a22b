//! Repositories that applications are fetched from, and that nobody has made an entry for. Argo CD's API does not
//! tell of them; a page does.

use std::collections::{BTreeMap, HashSet};

use gantry_model::secrets::normalise;
use gantry_model::without_password;
use serde_json::{Value, json};

use super::{Scope, text};
use crate::app::View;
use crate::apps::Entry;
use crate::desk::Call;
use crate::fault::Fault;
use crate::secret;

/// The repositories of all applications that the caller may see, each with how many there are.
pub(super) async fn list(call: Call<'_>) -> Result<Value, Fault> {
    call.desk.apps.ready().await?;
    let entries = secret::all(&*call.desk.home, Scope::One.label()).await?;
    let listed: HashSet<(String, &str)> = entries
        .iter()
        .map(|(_, entries)| (normalise(text(entries, "url")), text(entries, "project")))
        .collect();
    let may = |entry: &Entry| call.may("applications", "get", &entry.rbac_name);
    let mut found = BTreeMap::<String, (String, bool, u64)>::new();
    for entry in call.desk.apps.fitting(may) {
        let app = entry.view();
        let mut counted = HashSet::new();
        for source in app.sources() {
            let url = source.text("/repoURL");
            let same = normalise(url);
            let has_entry = ["", &*entry.keys.project]
                .iter()
                .any(|project| listed.contains(&(same.clone(), *project)));
            if url.is_empty() || has_entry || !counted.insert(same.clone()) {
                continue;
            }
            let shown = without_password(url).to_string();
            let known = found.entry(same).or_insert((shown, is_chart(source), 0));
            known.2 += 1;
        }
    }
    let items = found.into_values().map(|(url, is_chart, applications)| {
        let kind = if is_chart { "helm" } else { "git" };
        json!({"repo": url, "type": kind, "applications": applications})
    });
    Ok(json!({"items": items.collect::<Vec<_>>()}))
}

fn is_chart(source: View<'_>) -> bool {
    let url = source.text("/repoURL");
    url.starts_with("oci://") || !source.text("/chart").is_empty()
}
