//! Manifests of applications, checked by the model's reader before a home gets them.

use gantry_model::application::Application;
use gantry_model::{Diagnostic, Manifest, Object, Severity, read_manifest};
use serde_json::Value;

/// The application of a manifest, without what only a control plane writes.
///
/// # Errors
/// All that is wrong with it.
pub fn application(value: &Value) -> Result<Application, Vec<Diagnostic>> {
    Ok(check(value)?.0)
}

/// The same, and what the user should know of it.
///
/// # Errors
/// All that is wrong with it.
pub fn check(value: &Value) -> Result<(Application, Vec<Diagnostic>), Vec<Diagnostic>> {
    let error = |message: String| vec![Diagnostic::error("manifest", message)];
    let mut object = Object::new(value.clone(), None).map_err(|wrong| error(wrong.to_string()))?;
    // Another version may have written these.
    object.remove("status");
    object.remove("operation");
    let read = read_manifest(object.value()).map_err(|problems| {
        let errors = problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        errors.collect::<Vec<_>>()
    })?;
    match read.value {
        Manifest::Application(application) => Ok((*application, read.warnings)),
        _ => Err(error(format!("{} is no Application", object.reference()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::application;

    #[test]
    fn only_applications_are_read() {
        let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"},
            "spec": {"project": "default", "source": {"repoURL": "r", "path": "."}, "destination": {"name": "c"}},
            "status": {"sync": 7}, "operation": []});
        assert_eq!(
            application(&app).map(|a| a.project),
            Ok("default".to_owned())
        );
        let mut other = app.clone();
        other["kind"] = "AppProject".into();
        other["spec"] = json!({});
        let errors = application(&other).expect_err("a project");
        assert!(errors[0].message.contains("no Application"), "{errors:?}");
        let mut wrong = app;
        wrong["spec"]["source"]["path"] = json!(7);
        let errors = application(&wrong).expect_err("a number");
        assert_eq!(errors[0].field.as_deref(), Some("spec.source.path"));
    }
}
