//! Ingress, Service, PersistentVolumeClaim, APIService: ready once somebody answers for them.

use gantry_sdk_health::{Assessment, Status};
use serde_json::Value;

use crate::object::{condition, items, text};
use crate::verdict;

pub(crate) fn ingress(object: &Value) -> Assessment {
    if items(object, "/status/loadBalancer/ingress").is_empty() {
        verdict(Status::Progressing, "")
    } else {
        verdict(Status::Healthy, "")
    }
}

pub(crate) fn service(object: &Value) -> Assessment {
    if text(object, "/spec/type") == "LoadBalancer" {
        return ingress(object);
    }
    verdict(Status::Healthy, "")
}

pub(crate) fn volume_claim(object: &Value) -> Assessment {
    let status = match text(object, "/status/phase") {
        "Lost" => Status::Degraded,
        "Pending" => Status::Progressing,
        "Bound" => Status::Healthy,
        _ => Status::Unknown,
    };
    verdict(status, "")
}

pub(crate) fn api_service(object: &Value) -> Assessment {
    let Some(available) = condition(object, "Available") else {
        return verdict(Status::Progressing, "Waiting to be processed");
    };
    let is_available = text(available, "/status") == "True";
    let status = if is_available {
        Status::Healthy
    } else {
        Status::Progressing
    };
    verdict(
        status,
        format!(
            "{}: {}",
            text(available, "/reason"),
            text(available, "/message")
        ),
    )
}
