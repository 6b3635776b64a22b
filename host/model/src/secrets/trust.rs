//! Whom one believes to be the server of a repository: Argo CD's ConfigMaps of ssh host keys and of certificates.

use std::collections::BTreeMap;

use serde_json::Value;

/// The ConfigMap of host keys, and its one entry.
const KNOWN_HOSTS: (&str, &str) = ("argocd-ssh-known-hosts-cm", "ssh_known_hosts");
/// The ConfigMap of certificates, each by the name of its host.
const CERTIFICATES: &str = "argocd-tls-certs-cm";

/// What servers show that they are who they say, beside what this machine knows by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    known_hosts: String,
    certificates: BTreeMap<String, String>,
}

impl Trust {
    /// The ConfigMaps that say it.
    pub const CONFIG_MAPS: [&str; 2] = [KNOWN_HOSTS.0, CERTIFICATES];

    /// Takes what an object says of it; false where it is none of these ConfigMaps.
    pub fn take(&mut self, object: &Value) -> bool {
        if object["apiVersion"] != "v1" || object["kind"] != "ConfigMap" {
            return false;
        }
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let data = &object["data"];
        if name == KNOWN_HOSTS.0 {
            let text = data[KNOWN_HOSTS.1].as_str();
            text.unwrap_or_default().clone_into(&mut self.known_hosts);
        } else if name == CERTIFICATES {
            let entries = data.as_object().into_iter().flatten();
            let texts = entries
                .filter_map(|(host, pem)| Some((host.to_lowercase(), pem.as_str()?.to_owned())));
            self.certificates = texts.filter(|(_, pem)| !pem.trim().is_empty()).collect();
        }
        Self::CONFIG_MAPS.contains(&name)
    }

    /// Lines as `~/.ssh/known_hosts` has them.
    pub fn known_hosts(&self) -> &str {
        self.known_hosts.trim()
    }

    /// Certificates that are trusted where this URL leads, PEM; or nothing.
    pub fn certificates_for(&self, url: &str) -> &str {
        let pem = self.certificates.get(&host(url));
        pem.map(String::as_str).unwrap_or_default()
    }
}

/// The host that a URL names, in lower case; a registry's may have no scheme.
fn host(url: &str) -> String {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Trust;

    fn map(name: &str, data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
    }

    #[test]
    fn certificates_are_by_host() {
        let mut trust = Trust::default();
        let data = json!({"git.Example.com": "PEM", "empty.example.com": " ", "::1": "SIX"});
        assert!(trust.take(&map("argocd-tls-certs-cm", &data)));
        for (url, expected) in [
            ("https://git.example.com/a", "PEM"),
            ("https://me:p@ss@Git.example.com.:8443/a", "PEM"),
            ("oci://git.example.com", "PEM"),
            ("git.example.com:5000/charts", "PEM"),
            ("https://git.example.com?a=/", "PEM"),
            ("https://[::1]:8443/a", "SIX"),
            ("https://empty.example.com/a", ""),
            ("https://other.example.com/git.example.com", ""),
            ("https://git.example.com@other.example.com/", ""),
            ("", ""),
        ] {
            assert_eq!(trust.certificates_for(url), expected, "{url}");
        }
        assert!(trust.take(&map("argocd-tls-certs-cm", &Value::Null)));
        assert_eq!(trust, Trust::default(), "they are gone");
    }

    #[test]
    fn other_objects_say_nothing_of_it() {
        let mut trust = Trust::default();
        let data = json!({"ssh_known_hosts": "a ssh-ed25519 AAAA\n"});
        assert!(trust.take(&map("argocd-ssh-known-hosts-cm", &data)));
        let mut secret = map("argocd-ssh-known-hosts-cm", &json!({}));
        secret["kind"] = json!("Secret");
        for other in [secret, map("argocd-cm", &data), json!({}), json!(null)] {
            assert!(!trust.take(&other), "{other}");
        }
        assert_eq!(trust.known_hosts(), "a ssh-ed25519 AAAA");
    }
}
