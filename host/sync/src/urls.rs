//! Where an object can be looked at: the addresses that an Ingress serves, and those that its annotations give.

use std::collections::BTreeSet;

use gantry_model::Gvk;
use serde_json::Value;

/// Argo CD's: an address, or `title|address`.
const LINK: &str = "link.argocd.argoproj.io/";

/// All of them.
#[must_use]
pub fn external_urls(object: &Value, gvk: &Gvk) -> BTreeSet<String> {
    let annotations = object.pointer("/metadata/annotations");
    let annotations = annotations.and_then(Value::as_object).into_iter().flatten();
    let mut urls: BTreeSet<String> = annotations
        .filter(|(name, _)| name.starts_with(LINK))
        .filter_map(|(_, url)| url.as_str().map(str::to_owned))
        .collect();
    let is_ingress =
        gvk.kind == "Ingress" && matches!(gvk.group.as_str(), "networking.k8s.io" | "extensions");
    if is_ingress {
        for rule in list(object, "/spec/rules") {
            urls.extend(rule_urls(object, rule));
        }
    }
    urls
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str().filter(|text| !text.is_empty())
}

fn rule_urls(ingress: &Value, rule: &Value) -> Vec<String> {
    // A rule for all hosts is served at the load balancer's own address.
    let balancers = list(ingress, "/status/loadBalancer/ingress").iter();
    let own = balancers
        .filter_map(|one| text(one, "hostname").or_else(|| text(one, "ip")))
        .next();
    let Some(host) = text(rule, "host").or(own) else {
        return Vec::new();
    };
    let is_tls = list(ingress, "/spec/tls").iter().any(|tls| {
        text(tls, "secretName").is_some() || list(tls, "/hosts").iter().any(|known| known == host)
    });
    let scheme = if is_tls { "https" } else { "http" };
    let paths = list(rule, "/http/paths").iter();
    paths
        .map(|path| {
            let path = text(path, "path").unwrap_or_default();
            format!("{scheme}://{host}{}", path.trim_end_matches('*'))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use gantry_model::Gvk;
    use serde_json::json;

    use super::external_urls;

    #[test]
    fn an_ingress_serves_its_hosts_with_their_paths_and_tls_where_it_has_it() {
        let paths = json!({"paths": [{"path": "/api/*"}, {"path": "/"}]});
        let balancer = json!({"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}});
        for (object, expected) in [
            (
                json!({"spec": {"rules": [{"host": "a.example", "http": paths}]}}),
                vec!["http://a.example/", "http://a.example/api/"],
            ),
            (
                json!({"spec": {"rules": [{"host": "a.example", "http": {"paths": [{}]}}], "tls": [{"hosts": ["a.example"]}]}}),
                vec!["https://a.example"],
            ),
            (
                json!({"spec": {"rules": [{"http": {"paths": [{}]}}]}, "status": balancer}),
                vec!["http://10.0.0.1"],
            ),
            (
                json!({"spec": {"rules": [{"http": {"paths": [{}]}}]}}),
                vec![],
            ),
            (
                json!({"metadata": {"annotations": {"link.argocd.argoproj.io/external-link": "Docs|https://d.example", "other": "x"}}}),
                vec!["Docs|https://d.example"],
            ),
        ] {
            let found = external_urls(&object, &Gvk::parse("networking.k8s.io/v1", "Ingress"));
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{object}");
        }
    }
}
