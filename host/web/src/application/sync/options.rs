//! Sync options of one sync: the application's own, but for those that the form has boxes for.

use maud::{Markup, html};
use serde_json::Value;

use crate::json::texts;
use crate::visit::Fields;

/// Options that are boxes: the option when ticked, and what it is called. Without a tick it is as if it was not
/// there.
const BOXES: [(&str, &str); 7] = [
    ("Validate=false", "Skip schema validation"),
    ("CreateNamespace=true", "Auto-create namespace"),
    ("PruneLast=true", "Prune last"),
    ("ApplyOutOfSyncOnly=true", "Apply out of sync only"),
    (
        "RespectIgnoreDifferences=true",
        "Respect ignore differences",
    ),
    (
        "ServerSideApply=true",
        "Server-side apply, over other managers",
    ),
    ("Replace=true", "Replace"),
];
const PROPAGATION: &str = "PrunePropagationPolicy";
/// The first is what holds without the option.
const POLICIES: [&str; 3] = ["foreground", "background", "orphan"];

fn name(option: &str) -> &str {
    option.split('=').next().unwrap_or_default().trim()
}

fn has_box(option: &str) -> bool {
    BOXES.iter().any(|(known, _)| name(known) == name(option))
}

fn is_propagation(option: &&str) -> bool {
    name(option) == PROPAGATION
}

/// The policy that a list names; of several the last, as a sync takes it.
fn policy(options: &[&str]) -> &'static str {
    let mut named = options.iter().rev().copied().filter(is_propagation);
    let found = named.find_map(|option| {
        let (_, value) = option.split_once('=')?;
        POLICIES.into_iter().find(|known| *known == value)
    });
    found.unwrap_or(POLICIES[0])
}

/// The part of the form: as the application has them, or as they were sent before.
pub(super) fn draw(app: &Value, sent: &Fields, is_again: bool) -> Markup {
    let options = if is_again {
        given(sent)
    } else {
        texts(app, "/spec/syncPolicy/syncOptions")
    };
    let policy = match sent.get("propagation") {
        "" => policy(&options),
        chosen => chosen,
    };
    let kept: Vec<&str> = options.iter().copied().filter(|o| !has_box(o)).collect();
    let others: Vec<&str> = kept
        .iter()
        .copied()
        .filter(|o| !is_propagation(o))
        .collect();
    html! {
        fieldset .ticks { legend { "Sync options" }
            @for (option, label) in BOXES {
                label .tick { input type="checkbox" name="option" value=(option) checked[options.contains(&option)]; span { (label) } }
            }
            @for option in kept { input type="hidden" name="option" value=(option); }
            @if !others.is_empty() {
                p .dim { "And as the application has it:" @for option in others { " " span .chip { (option) } } }
            }
        }
        fieldset .inline { legend { "Prune propagation policy" }
            @for known in POLICIES {
                label .tick { input type="radio" name="propagation" value=(known) checked[known == policy]; span { (known) } }
            }
        }
    }
}

/// The options that a form brings, as they were written.
fn given(sent: &Fields) -> Vec<&str> {
    let options = sent.iter().filter(|(name, _)| *name == "option");
    options.map(|(_, option)| option).collect()
}

/// The list that a form asks for. The propagation policy is named where the application names one, or where it is
/// not the usual one. It also is where nothing else is left: to the control plane an empty list says nothing, and
/// the application's own would hold.
pub(super) fn wanted(sent: &Fields) -> Vec<String> {
    let (named, mut options): (Vec<&str>, Vec<&str>) =
        given(sent).into_iter().partition(is_propagation);
    let policy = sent.get("propagation");
    let chosen = format!("{PROPAGATION}={policy}");
    if policy.is_empty() {
        options.extend(named);
    } else if !named.is_empty() || policy != POLICIES[0] || options.is_empty() {
        options.push(&chosen);
    }
    options.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{POLICIES, draw, wanted};
    use crate::visit::Fields;

    /// What a browser sends of a form once somebody has clicked on boxes and on a policy.
    fn sent(page: &str, clicks: &[&str]) -> Fields {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for input in page.split("<input").skip(1) {
            let input = input.split('>').next().unwrap_or_default();
            let field = |name: &str| {
                let (_, rest) = input.split_once(&format!(" {name}=\""))?;
                rest.split('"').next()
            };
            let value = field("value").unwrap_or_default();
            let is_clicked = clicks.contains(&value);
            let is_sent = match field("type") {
                Some("checkbox") => input.ends_with("checked") != is_clicked,
                Some("radio") if clicks.iter().any(|click| POLICIES.contains(click)) => is_clicked,
                Some("radio") => input.ends_with("checked"),
                _ => true,
            };
            if is_sent {
                form.append_pair(field("name").unwrap_or_default(), value);
            }
        }
        Fields::read(form.finish().as_bytes())
    }

    /// The options of an application, what is clicked on, and what is asked for.
    const CASES: [(&str, &str, &str); 8] = [
        (
            "Prune=confirm CreateNamespace=true Delete=false PrunePropagationPolicy=orphan FailOnSharedResource=true Later=maybe",
            "",
            "CreateNamespace=true Prune=confirm Delete=false FailOnSharedResource=true Later=maybe PrunePropagationPolicy=orphan",
        ),
        (
            "Prune=confirm CreateNamespace=true PrunePropagationPolicy=orphan SkipDryRunOnMissingResource=true",
            "CreateNamespace=true PruneLast=true foreground",
            "PruneLast=true Prune=confirm SkipDryRunOnMissingResource=true PrunePropagationPolicy=foreground",
        ),
        ("Prune=false", "", "Prune=false"),
        ("Validate=true Prune=false", "", "Prune=false"),
        (
            "Replace=true",
            "background",
            "Replace=true PrunePropagationPolicy=background",
        ),
        (
            "PrunePropagationPolicy=sideways Prune=false",
            "",
            "Prune=false PrunePropagationPolicy=foreground",
        ),
        // An empty list would be the application's own again.
        (
            "CreateNamespace=true",
            "CreateNamespace=true",
            "PrunePropagationPolicy=foreground",
        ),
        ("", "", "PrunePropagationPolicy=foreground"),
    ];

    #[test]
    fn a_sync_keeps_the_options_of_the_application() {
        for (own, clicks, expected) in CASES {
            let list = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
            let app = json!({"spec": {"syncPolicy": {"syncOptions": list(own)}}});
            let page = draw(&app, &Fields::default(), false).into_string();
            let form = sent(&page, &list(clicks));
            assert_eq!(wanted(&form), list(expected), "{own:?}, {clicks:?}");
            // A form that comes back after a fault asks for the same.
            let again = draw(&app, &form, true).into_string();
            assert_eq!(wanted(&sent(&again, &[])), list(expected), "{own:?}, again");
        }
    }
}
