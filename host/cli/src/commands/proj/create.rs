//! `gantry proj create`.

use std::path::PathBuf;

use gantry_model::Diagnostic;
use gantry_model::Object;
use gantry_store::{Kind, StoreError};
use serde_json::{Value, json};

use super::{Projects, checked, failed, fields};
use crate::args::{NewProject, ProjectFields};
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

/// The manifest of the file, or a bare one, with what the flags say.
fn manifest(new: &NewProject) -> Result<Value, Failure> {
    let mut value = match &new.file {
        Some(file) => of_file(file)?,
        None => json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": new.project},
            "spec": {},
        }),
    };
    if new.file.is_none() || new.fields != ProjectFields::default() {
        fields::set(&mut value, &new.fields)?;
    }
    Ok(value)
}

fn of_file(file: &PathBuf) -> Result<Value, Failure> {
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
