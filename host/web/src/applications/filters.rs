//! What narrows the list, and how many of which kind there are.

use gantry_model::limits;
use maud::{Markup, html};
use serde_json::Value;

use super::Shown;
use crate::icons::{health, icon, sync};
use crate::json::{entries, number};

const HEALTH: [&str; 6] = [
    "Healthy",
    "Progressing",
    "Degraded",
    "Suspended",
    "Missing",
    "Unknown",
];
const SORTS: [(&str, &str); 8] = [
    ("", "Sort by name"),
    ("-name", "Name, last first"),
    ("-synced", "Last synced first"),
    ("synced", "Longest not synced"),
    ("-created", "Newest first"),
    ("created", "Oldest first"),
    ("health", "Sort by health"),
    ("sync", "Sort by sync status"),
];
const SYNC: [&str; 3] = ["Synced", "OutOfSync", "Unknown"];

/// The form beside the list. Without scripts its button is pressed.
pub(super) fn form(shown: &Shown<'_>, answer: &Value) -> Markup {
    let query = shown.query;
    html! {
        form .filters method="get" action="/applications" role="search" aria-label="Applications" data-auto-submit {
            @if shown.is_table { input type="hidden" name="view" value="table"; }
            label .search { span .hidden { "Search applications" } (icon("search"))
                input type="search" name="search" value=(query.get("search")) placeholder="Search applications…" autocomplete="off" spellcheck="false" data-hotkey="/";
            }
            (sorting(query.get("sort")))
            details .narrow open {
                summary { (icon("filter")) "Filters" }
                fieldset #filter-sync { legend { "Sync status" }
                    @for status in SYNC { (tick(shown, answer, "sync", status, sync(status))) }
                }
                fieldset #filter-health { legend { "Health status" }
                    @for status in HEALTH { (tick(shown, answer, "health", status, health(status))) }
                }
                (named(shown, answer, "project", "Projects"))
                (named(shown, answer, "cluster", "Clusters"))
                (named(shown, answer, "namespace", "Namespaces"))
                (named(shown, answer, "label", "Labels"))
                div .acts {
                    button type="submit" { "APPLY" }
                    a .button.plain href=(if shown.is_table { "/applications?view=table" } else { "/applications" }) { "CLEAR" }
                }
            }
        }
    }
}

fn tick(shown: &Shown<'_>, answer: &Value, field: &str, value: &str, label: Markup) -> Markup {
    let is_on = shown.query.all(field).contains(&value);
    let count = number(answer, &format!("/metadata/counts/{field}/{value}"));
    html! {
        label .tick { input type="checkbox" name=(field) value=(value) checked[is_on]; (label) span .count { (count) } }
    }
}

/// What comes first.
fn sorting(chosen: &str) -> Markup {
    html! {
        select name="sort" aria-label="Sort by" {
            // Heads of the table sort by more.
            @if !SORTS.iter().any(|(value, _)| *value == chosen) { option value=(chosen) selected { "Sort as in the table" } }
            @for (value, label) in SORTS { option value=(value) selected[value == chosen] { (label) } }
        }
    }
}

/// A field that takes several names: those that most applications have with a box each, all others by typing.
fn named(shown: &Shown<'_>, answer: &Value, field: &str, title: &str) -> Markup {
    let known = entries(answer, &format!("/metadata/counts/{field}"));
    let chosen = shown.query.all(field);
    let count = |value: &str| {
        known
            .iter()
            .find(|(known, _)| *known == value)
            .and_then(|(_, count)| count.as_i64())
    };
    let mut others: Vec<(&str, i64)> = known
        .iter()
        .filter(|(value, _)| !chosen.contains(value))
        .map(|(value, count)| (*value, count.as_i64().unwrap_or_default()))
        .collect();
    others.sort_by_key(|(value, count)| (-count, *value));
    let offered = others
        .len()
        .min(limits::FILTER_VALUES_SHOWN.saturating_sub(chosen.len()));
    let one = |value: &str, count: Option<i64>, is_on: bool| {
        html! {
            label .tick title=(value) { input type="checkbox" name=(field) value=(value) checked[is_on];
                span .clip { (value) } @if let Some(count) = count { span .count { (count) } } }
        }
    };
    html! {
        fieldset id={ "filter-" (field) } { legend { (title) }
            @for value in &chosen { (one(value, count(value), true)) }
            @for (value, count) in &others[..offered] { (one(value, Some(*count), false)) }
            @if offered < others.len() || known.is_empty() {
                input name=(field) aria-label={ "Another of " (title) } list={ "known-" (field) } placeholder=(if field == "label" { "name=value" } else { "another" }) autocomplete="off" spellcheck="false";
                datalist id={ "known-" (field) } { @for (value, _) in &others[offered..] { option value=(value) {} } }
            }
        }
    }
}

/// A bar of what is found by health, and the counts.
pub(super) fn summary(shown: &Shown<'_>, answer: &Value, total: usize) -> Markup {
    let chosen = shown.query.all("health");
    let counts: Vec<(&str, i64)> = HEALTH
        .iter()
        // The others are counted to be chosen, and are not found.
        .filter(|status| chosen.is_empty() || chosen.contains(status))
        .map(|status| {
            (
                *status,
                number(answer, &format!("/metadata/counts/health/{status}")),
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    let sum: i64 = counts.iter().map(|(_, count)| count).sum();
    let ends = counts.iter().scan(0, |end, (_, count)| {
        *end += count;
        Some(*end)
    });
    let shares: Vec<(&str, i64, i64)> = counts
        .iter()
        .zip(ends)
        .map(|((status, count), end)| (*status, (end - count) * 1000 / sum, count * 1000 / sum))
        .collect();
    html! {
        div .summary {
            span .total { b { (total) } (if total == 1 { " application" } else { " applications" }) }
            @for (status, count) in &counts {
                span .part { (health(status)) b { (count) } }
            }
            @if sum > 0 {
                svg .share viewBox="0 0 1000 6" preserveAspectRatio="none" aria-hidden="true" {
                    @for (status, begins, width) in &shares {
                        rect class={ "h-" (status) } x=(begins) y="0" width=(width) height="6" {}
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_api::Fault;
    use serde_json::{Value, json};

    use crate::stub::Stub;

    fn list(_: &str, _: &Value) -> Result<Value, Fault> {
        let counts = json!({"health": {"Healthy": 7, "Degraded": 2}, "sync": {"Synced": 2}, "project": {"shop": 2, "other": 5}});
        Ok(json!({"metadata": {"total": 2, "counts": counts}, "items": []}))
    }

    #[tokio::test]
    async fn what_is_not_chosen_is_counted_and_not_found() {
        let page = Stub::new(list).open("/applications?health=Degraded").await;
        let (filters, results) = page.text.split_once("<section").expect("a list");
        for count in [7, 2, 5] {
            let told = format!("<span class=\"count\">{count}</span>");
            assert!(filters.contains(&told), "{count} in {filters}");
        }
        assert!(results.contains("<b>2</b> applications"), "{results}");
        assert!(results.contains("h-Degraded"), "{results}");
        assert!(!results.contains("h-Healthy"), "{results}");
    }
}
