//! The live manifest, to be read and to be changed.

use gantry_api::Fault;
use gantry_yaml::emit;
use maud::{Markup, html};
use serde_json::Value;

use super::Object;
use crate::application::Named;
use crate::diff::tidy;
use crate::layout::{csrf_field, failed};
use crate::visit::Guest;

/// The manifest.
pub(super) fn show(
    guest: &Guest,
    named: &Named,
    object: &Object,
    live: &Result<Value, Fault>,
) -> Markup {
    let is_all = guest.visit.query.is("all");
    let form = &guest.visit.form;
    let sent = (form.get("tab") == "manifest").then(|| form.raw("manifest"));
    let is_edit = sent.is_some() || guest.visit.query.is("edit");
    let text = match (sent, live) {
        // What was typed stays, also where the object cannot be had now.
        (Some(sent), _) => sent.to_owned(),
        (None, Ok(live)) if is_all => emit(live),
        (None, Ok(live)) => emit(&tidy(live.clone())),
        (None, Err(fault)) => return failed(&fault.message),
    };
    html! {
        div .bar-line {
            @if is_all { a .button href=(object.place(named, &[("tab", "manifest")])) { "HIDE MANAGED FIELDS" } }
            @else { a .button href=(object.place(named, &[("tab", "manifest"), ("all", "1")])) { "SHOW MANAGED FIELDS" } }
            // Data of a Secret is hidden: what would be saved is not what is there.
            @if !is_edit && object.kind != "Secret" { a .button href=(object.place(named, &[("tab", "manifest"), ("edit", "1")])) { "EDIT" } }
        }
        @if is_edit {
            form .sheet method="post" action=(named.place("resource-patch")) {
                (csrf_field(guest))
                @for (name, value) in object.pairs() { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="tab" value="manifest";
                label { span { "Manifest" } textarea .code name="manifest" rows="28" spellcheck="false" { (text) } }
                p .dim { "What you change here is not in Git: the application will be OutOfSync." }
                div .acts { button .primary type="submit" { "SAVE" } a .button href=(object.place(named, &[("tab", "manifest")])) { "CANCEL" } }
            }
        } @else {
            pre .code tabindex="0" { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use gantry_api::{Code, Fault};
    use serde_json::{Value, json};

    use crate::stub::Stub;

    const OBJECT: [(&str, &str); 4] = [
        ("version", "v1"),
        ("kind", "ConfigMap"),
        ("namespace", "shop"),
        ("name", "settings"),
    ];

    fn refusing(method: &str, request: &Value) -> Result<Value, Fault> {
        let manifest =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}});
        match method {
            "GetResource" if request["namespace"] == "gone" => {
                Err(Fault::new(Code::Unavailable, "the cluster is away"))
            }
            "GetResource" => Ok(json!({"manifest": manifest.to_string()})),
            "PatchResource" => Err(Fault::new(Code::InvalidArgument, "data: must be strings")),
            _ => Ok(json!({})),
        }
    }

    #[tokio::test]
    async fn a_refused_edit_is_not_lost() {
        let cases = [
            ("shop", "data: [mine", ""),
            ("shop", "data:\n  mine: 1\n", "data: must be strings"),
            ("gone", "data:\n  mine: 1\n", "the cluster is away"),
            ("shop", "", "there is nothing in it"),
        ];
        for (namespace, typed, message) in cases {
            let mut fields = OBJECT.to_vec();
            fields[2].1 = namespace;
            // The fields of the form, and what was typed into it.
            let plane = Stub::new(refusing);
            let query: Vec<String> = OBJECT.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let place = "/applications/argocd/shop";
            let form = format!("{place}/resource?{}&tab=manifest&edit=1", query.join("&"));
            let form = plane.open(&form).await.text;
            let hidden = form.contains(r#"<input type="hidden" name="tab" value="manifest">"#);
            assert!(hidden, "{form}");
            fields.extend([("tab", "manifest"), ("manifest", typed)]);
            let place = format!("{place}/resource-patch");
            let page = plane.post(&place, &fields).await.text;
            let (_, area) = page.split_once("<textarea").expect("the form");
            let (_, area) = area.split_once('>').expect("an element");
            let found = area.split("</textarea>").next().unwrap_or_default();
            assert_eq!(found, typed, "{page}");
            assert!(page.contains(message), "{message}: {page}");
            assert!(page.contains("role=\"alert\""), "{page}");
        }
    }
}
