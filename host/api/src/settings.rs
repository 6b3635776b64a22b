//! `cluster.SettingsService`: what clients and pages are to know of `argocd-cm`.

use gantry_access::{Account, Login, SignOn};
use gantry_model::Object;
use gantry_store::Kind;
use serde_json::{Value, json};

use crate::desk::Call;
use crate::fault::Fault;

const SETTINGS: &str = "argocd-cm";
const OBJECTS_DO_NOT_INHERIT: &str = "server.rbac.disableApplicationFineGrainedRBACInheritance";
/// What the settings say of kinds.
const OVERRIDES: &str = "gantry.Inside/ResourceOverrides";
/// Argo CD's own, where nothing else is set.
const PASSWORD_PATTERN: &str = "^.{8,32}$";

pub(crate) async fn call(call: Call<'_>, name: &str) -> Result<Value, Fault> {
    match name {
        "Get" => get(call).await,
        _ => Err(Fault::unserved(&format!("cluster.SettingsService/{name}"))),
    }
}

/// `argocd-cm`, where there is one.
async fn map(call: Call<'_>) -> Result<Option<Object>, Fault> {
    let home = &call.desk.home;
    let map = home.get(Kind::ConfigMap, home.namespace(), SETTINGS);
    Ok(map.await?)
}

fn text<'a>(map: Option<&'a Object>, key: &str) -> &'a str {
    let data = map.map(Object::value).and_then(|v| v.get("data"));
    let value = data.and_then(|data| data.get(key));
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Whether who may change or delete an application may do so to each of its objects. Argo CD has ended that, and
/// lets an installation keep it (Go's words for false).
pub(crate) async fn objects_inherit(call: Call<'_>) -> Result<bool, Fault> {
    let map = map(call).await?;
    let word = text(map.as_ref(), OBJECTS_DO_NOT_INHERIT);
    Ok(matches!(
        word,
        "false" | "False" | "FALSE" | "f" | "F" | "0"
    ))
}

async fn get(call: Call<'_>) -> Result<Value, Fault> {
    let home = &call.desk.home;
    let map = map(call).await?;
    let text = |key: &str| text(map.as_ref(), key);
    let or = crate::app::or;
    let may_log_in = |account: &Account| account.is_enabled && account.may_login;
    let mut settings = json!({
        "url": text("url"),
        // Settings that have no effect here are told as what is so, whatever they say.
        "statusBadgeEnabled": false,
        "userLoginsDisabled": !call.desk.access.accounts().iter().any(may_log_in),
        "uiBannerContent": text("ui.bannercontent"),
        "uiBannerURL": text("ui.bannerurl"),
        "googleAnalytics": {"anonymizeUsers": true},
        "help": {},
    });
    if let Some(sign_on) = call.desk.access.sign_on() {
        settings["oidcConfig"] = oidc(sign_on);
    }
    // CVE-2024-37152: who has not logged in needs no more to do so.
    if call.caller.subject.is_empty() || call.caller.login == Login::Anonymous {
        return Ok(settings);
    }
    let data = map.as_ref().map(|map| map.value()["data"].clone());
    let data = data.filter(Value::is_object).unwrap_or_else(|| json!({}));
    let asked = call.desk.inside.ask(OVERRIDES, &data).await;
    let overrides = asked.unwrap_or_else(|_| json!({}));
    let more = json!({
        "appLabelKey": "app.kubernetes.io/instance",
        "trackingMethod": "annotation",
        "passwordPattern": or(text("passwordPattern"), PASSWORD_PATTERN),
        "controllerNamespace": home.namespace(),
        "installationID": "",
        "resourceOverrides": overrides,
        "kustomizeOptions": {},
        "plugins": [],
        "execEnabled": false,
    });
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    Ok(settings)
}

/// What a client needs to log in by itself.
fn oidc(sign_on: SignOn) -> Value {
    let mut shown = json!({
        "name": sign_on.name,
        "issuer": sign_on.issuer,
        "clientID": sign_on.client_id,
        "cliClientID": sign_on.cli_client_id,
        "scopes": sign_on.scopes,
        "enablePKCEAuthentication": sign_on.has_pkce,
    });
    if !sign_on.claims.is_empty() {
        shown["idTokenClaims"] = Value::Object(sign_on.claims);
    }
    shown
}
