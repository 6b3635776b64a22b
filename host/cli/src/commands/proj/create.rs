//! `gantry proj create`.

use gantry_model::Diagnostic;
use gantry_model::Object;
use gantry_store::{Kind, StoreError};
use serde_json::{Value, json};

use super::{Projects, checked, failed};
use crate::args::NewProject;
use crate::failure::Failure;
use crate::files;

impl Projects<'_> {
    pub(super) async fn create(&self, new: &NewProject) -> Result<(), Failure> {
        let project = checked(manifest(new)?)?;
        let name = project.name().to_owned();
        match self.home.create(&project).await {
            Ok(_) => {}
            Err(StoreError::Exists { .. }) if new.upsert => self.replace(project).await?,
            Err(error @ StoreError::Exists { .. }) => {
                let problem = Diagnostic::error("home", error.to_string());
                return Err(problem.help("--upsert replaces it").into());
            }
            Err(error) => return Err(failed(&error)),
        }
        self.output.print(&format!("project {name} is created\n"))
    }

    /// Gives the one that is there another spec.
    async fn replace(&self, project: Object) -> Result<(), Failure> {
        let patch = json!({"spec": null});
        let (namespace, name) = (self.home.namespace(), project.name());
        let found = self.home.get(Kind::Project, namespace, name).await;
        let found = found.map_err(|error| failed(&error))?;
        let mut value = found.map(Object::into_value).unwrap_or(patch);
        value["spec"] = project.value()["spec"].clone();
        let replaced = self.home.replace(&checked(value)?).await;
        replaced.map(drop).map_err(|error| failed(&error))
    }
}

fn manifest(new: &NewProject) -> Result<Value, Failure> {
    let Some(file) = &new.file else {
        return of_flags(new);
    };
    let (files, problems) = files::read(std::slice::from_ref(file));
    if !problems.is_empty() {
        return Err(Failure::Problems(problems));
    }
    let mut documents = files.iter().flat_map(|file| &file.documents);
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document.value.clone()),
        _ => {
            let message = format!("{} is not one manifest", file.display());
            Err(Diagnostic::error("several-manifests", message)
                .help("give the manifest of one AppProject")
                .into())
        }
    }
}

fn of_flags(new: &NewProject) -> Result<Value, Failure> {
    let destinations = new.dest.iter().map(|text| {
        let (server, namespace) = text.split_once(',').ok_or_else(|| {
            let message = format!("{text:?} is no destination");
            Diagnostic::error("destination", message).help("write SERVER,NAMESPACE")
        })?;
        Ok(json!({"server": server, "namespace": namespace}))
    });
    let mut spec = json!({});
    let lists = [
        (
            "destinations",
            destinations.collect::<Result<Vec<_>, Diagnostic>>()?,
        ),
        (
            "sourceRepos",
            new.src.iter().map(|url| json!(url)).collect(),
        ),
        (
            "sourceNamespaces",
            new.source_namespaces
                .iter()
                .map(|name| json!(name))
                .collect(),
        ),
    ];
    for (field, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        spec[field] = Value::Array(list);
    }
    if !new.description.is_empty() {
        spec["description"] = json!(new.description);
    }
    let name = new.project.as_deref().unwrap_or_default();
    Ok(json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": name},
        "spec": spec,
    }))
}
