//! The health of cert-manager's Certificates: ready, on its way, or failed.

use gantry_sdk_health::{Assessment, GroupKind, HealthCheck, Status};
use serde_json::Value;

/// The health check.
pub struct Certificates;

gantry_sdk_health::export_health!(Certificates);

impl HealthCheck for Certificates {
    const SUMMARY: &'static str = "cert-manager's Certificates";

    fn claims() -> Vec<GroupKind> {
        vec![GroupKind {
            group: "cert-manager.io".into(),
            kind: "Certificate".into(),
        }]
    }

    fn assess(object: &Value) -> Option<Assessment> {
        Some(assess(object))
    }
}

fn assess(certificate: &Value) -> Assessment {
    let Some(ready) = condition(certificate, "Ready") else {
        return verdict(Status::Progressing, "waiting for cert-manager");
    };
    let message = ready["message"].as_str().unwrap_or_default();
    if ready["status"] == "True" {
        return verdict(Status::Healthy, message);
    }
    // While a certificate is issued, it is not ready either: only a failed try is a failure.
    match condition(certificate, "Issuing") {
        Some(issuing) if issuing["status"] == "True" => verdict(Status::Progressing, message),
        _ if certificate["status"]["lastFailureTime"].is_string() => {
            verdict(Status::Degraded, message)
        }
        _ => verdict(Status::Progressing, message),
    }
}

fn condition<'a>(object: &'a Value, wanted: &str) -> Option<&'a Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == wanted)
}

fn verdict(status: Status, message: &str) -> Assessment {
    let message = message.to_owned();
    Assessment { status, message }
}

#[cfg(test)]
mod tests {
    use super::{Status, assess};
    use serde_json::json;

    #[test]
    fn a_new_certificate_is_on_its_way() {
        let certificate = json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate"});
        assert_eq!(assess(&certificate).status, Status::Progressing);
    }
}
