//! Who a project's applications are applied as, and whose signatures their commits need.

use gantry_model::Diagnostic;
use serde_json::{Value, json};

use super::Projects;
use super::edit::{add, entries, refuse, remove};
use crate::args::{ServiceAccountArgs, TrustCommand};
use crate::failure::Failure;

const ACCOUNTS: &str = "destinationServiceAccounts";
const KEYS: &str = "signatureKeys";
/// What Argo CD allows in no name of a service account.
const NO_NAME: [char; 8] = ['!', '*', '[', ']', '{', '}', '\\', '/'];
/// Hexadecimal digits of a key's id: the last of its fingerprint.
const ID_DIGITS: usize = 16;
/// Hexadecimal digits of a key's fingerprint.
const FINGERPRINT_DIGITS: usize = 40;

impl Projects<'_> {
    pub(super) async fn trust(&self, command: &TrustCommand) -> Result<(), Failure> {
        match command {
            TrustCommand::AddDestinationServiceAccount(args) => {
                let add = |project: &mut Value| add_account(project, args);
                self.change(&args.project, add).await
            }
            TrustCommand::RemoveDestinationServiceAccount {
                project,
                server,
                namespace,
                account,
            } => {
                let entry = [server.as_str(), namespace, account];
                let remove = |project: &mut Value| remove_account(project, entry);
                self.change(project, remove).await
            }
            TrustCommand::AddSignatureKey { project, key } => {
                let add = |project: &mut Value| add_key(project, key);
                self.change(project, add).await
            }
            TrustCommand::RemoveSignatureKey { project, key } => {
                let remove = |project: &mut Value| remove_key(project, key);
                self.change(project, remove).await
            }
        }
    }
}

/// Adds the service account of a destination; what is told.
fn add_account(project: &mut Value, args: &ServiceAccountArgs) -> Result<String, Diagnostic> {
    let account = match args.service_account_namespace.as_deref() {
        None | Some("") => args.account.clone(),
        Some(namespace) => format!("{namespace}:{}", args.account),
    };
    let entry = entry(&args.server, &args.namespace, &account)?;
    let title = format!("{},{},{account}", args.server, args.namespace);
    add(project, ACCOUNTS, entry, &title)
}

/// Takes it away; what is told.
fn remove_account(
    project: &mut Value,
    [server, namespace, account]: [&str; 3],
) -> Result<String, Diagnostic> {
    let fits = |entry: &Value| {
        let is = |field: &str, text: &str| entry[field].as_str().unwrap_or_default() == text;
        is("server", server) && is("namespace", namespace) && is("defaultServiceAccount", account)
    };
    let title = format!("{server},{namespace},{account}");
    remove(project, ACCOUNTS, &title, fits)
}

/// The service accounts of flags, each `SERVER,NAMESPACE,SERVICE_ACCOUNT`.
pub(super) fn accounts(texts: &[String]) -> Result<Vec<Value>, Diagnostic> {
    let account = |text: &String| {
        let parts: Vec<&str> = text.split(',').collect();
        let [server, namespace, account] = parts[..] else {
            let message = format!("{text:?} is no service account of a destination");
            return Err(Diagnostic::error("service-account", message)
                .help("write SERVER,NAMESPACE,SERVICE_ACCOUNT"));
        };
        entry(server, namespace, account)
    };
    texts.iter().map(account).collect()
}

fn entry(server: &str, namespace: &str, account: &str) -> Result<Value, Diagnostic> {
    let wrong = |what: &str, text: &str| {
        let message = format!("{text:?} is no {what}");
        Err(Diagnostic::error("service-account", message))
    };
    if account.trim().is_empty() || account.contains(NO_NAME) {
        return wrong("name of a service account", account);
    }
    if server.is_empty() || server.contains('!') {
        return wrong("server", server);
    }
    if namespace.contains('!') {
        return wrong("namespace", namespace);
    }
    Ok(json!({"server": server, "namespace": namespace, "defaultServiceAccount": account}))
}

/// Adds a key that commits must be signed with; what is told.
fn add_key(project: &mut Value, key: &str) -> Result<String, Diagnostic> {
    let entry = self::key(key)?;
    let title = format!("key {}", entry["keyID"].as_str().unwrap_or_default());
    add(project, KEYS, entry, &title)
}

/// Takes one away, as it is written or by its id; what is told.
fn remove_key(project: &mut Value, key: &str) -> Result<String, Diagnostic> {
    let id = id(key);
    let is_it = |entry: &Value| entry["keyID"] == key || id.is_some_and(|id| entry["keyID"] == id);
    if !entries(project, KEYS)?.iter().any(is_it) {
        return Err(refuse(format!("the project has no key {key}"), KEYS));
    }
    remove(project, KEYS, &format!("key {key}"), is_it)
}

/// The keys of flags.
pub(super) fn keys(texts: &[String]) -> Result<Vec<Value>, Diagnostic> {
    texts.iter().map(|text| key(text)).collect()
}

fn key(text: &str) -> Result<Value, Diagnostic> {
    match id(text) {
        Some(id) => Ok(json!({ "keyID": id })),
        None => {
            let message = format!("{text:?} is no id of a GnuPG key");
            let help = format!(
                "write {ID_DIGITS} hexadecimal digits, or the {FINGERPRINT_DIGITS} of its fingerprint"
            );
            Err(Diagnostic::error("signature-key", message).help(help))
        }
    }
}

/// The id of a key that is given by its id or its fingerprint.
fn id(text: &str) -> Option<&str> {
    let is_key = [ID_DIGITS, FINGERPRINT_DIGITS].contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_key.then(|| &text[text.len() - ID_DIGITS..])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{accounts, add_account, add_key, keys, remove_account, remove_key};
    use crate::args::ServiceAccountArgs;

    const SERVER: &str = "https://10.0.0.1";

    fn args(account: &str, of: Option<&str>) -> ServiceAccountArgs {
        ServiceAccountArgs {
            project: "shop".to_owned(),
            server: SERVER.to_owned(),
            namespace: "team-*".to_owned(),
            account: account.to_owned(),
            service_account_namespace: of.map(str::to_owned),
        }
    }

    #[test]
    fn service_accounts_come_and_go() {
        let mut project = json!({});
        assert!(add_account(&mut project, &args("deployer", None)).is_ok());
        assert!(add_account(&mut project, &args("deployer", None)).is_err());
        assert!(add_account(&mut project, &args("deployer", Some("ops"))).is_ok());
        for (name, of) in [("*", None), ("", None), ("a", Some("ops*")), ("a/b", None)] {
            assert!(
                add_account(&mut project, &args(name, of)).is_err(),
                "{name} {of:?}"
            );
        }
        let entry = |account: &str| json!({"server": SERVER, "namespace": "team-*", "defaultServiceAccount": account});
        let all = |project: &Value| project["spec"]["destinationServiceAccounts"].clone();
        assert_eq!(
            all(&project),
            json!([entry("deployer"), entry("ops:deployer")])
        );
        let mut remove = |account| remove_account(&mut project, [SERVER, "team-*", account]);
        assert!(remove("deployer").is_ok());
        assert!(remove("deployer").is_err(), "gone already");
        assert_eq!(all(&project), json!([entry("ops:deployer")]));
        let given = |text: &str| accounts(&[text.to_owned()]);
        assert_eq!(
            given(&format!("{SERVER},team-*,deployer")),
            Ok(vec![entry("deployer")])
        );
        for text in ["a", "a,b", "a,b,c,d", ",b,c", "a,!b,c", "!a,b,c", "a,b,"] {
            assert!(given(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signature_keys_come_and_go_by_id_or_fingerprint() {
        let fingerprint = "ABCDEF0123456789ABCDEF01FACED0CC0FFEE123";
        let id = "FACED0CC0FFEE123";
        let mut project = json!({});
        assert!(add_key(&mut project, fingerprint).is_ok());
        assert!(add_key(&mut project, id).is_err(), "there already");
        assert_eq!(project["spec"]["signatureKeys"], json!([{ "keyID": id }]));
        for wrong in ["", "FACED0CC", "GACED0CC0FFEE123", "ä".repeat(8).as_str()] {
            assert!(add_key(&mut project, wrong).is_err(), "{wrong}");
            assert!(remove_key(&mut project, wrong).is_err(), "{wrong}");
        }
        assert!(remove_key(&mut project, fingerprint).is_ok());
        assert!(remove_key(&mut project, id).is_err(), "gone already");
        let mut written = json!({"spec": {"signatureKeys": [{"keyID": "short"}]}});
        assert!(
            remove_key(&mut written, "short").is_ok(),
            "as it is written"
        );
        assert_eq!(keys(&[id.to_owned()]), Ok(vec![json!({ "keyID": id })]));
    }
}
