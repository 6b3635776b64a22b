//! `gantry proj create`.

use std::path::PathBuf;

use gantry_model::Diagnostic;
use gantry_model::Object;
use gantry_store::{Kind, StoreError};
use serde_json::{Value, json};

use super::{Projects, failed, fields};
use crate::args::{NewProject, ProjectFields};
use crate::failure::Failure;
use crate::files;

impl Projects<'_> {
    pub(super) async fn create(&self, new: &NewProject) -> Result<(), Failure> {
        let project = self.checked(manifest(new)?).await?;
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
        let project = Object::new(value, None).map_err(Failure::internal)?;
        let replaced = self.home.replace(&project).await;
        replaced.map(drop).map_err(|error| failed(&error))
    }
}

/// The manifest of the file, or a bare one, with what the flags say.
fn manifest(new: &NewProject) -> Result<Value, Failure> {
    let mut value = match &new.file {
        Some(file) => named(of_file(file)?, new.project.as_deref())?,
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

/// A manifest that has the name of the command line, if there is one.
fn named(value: Value, name: Option<&str>) -> Result<Value, Diagnostic> {
    let own = value["metadata"]["name"].as_str().unwrap_or_default();
    match name {
        Some(name) if name != own => {
            let message = format!("the name {name} is not that of the manifest, {own}");
            Err(Diagnostic::error("name", message).field("metadata.name"))
        }
        _ => Ok(value),
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::named;

    #[test]
    fn a_name_beside_a_file_is_that_of_the_file() {
        let shop = json!({"metadata": {"name": "shop"}});
        for (name, fits) in [(None, true), (Some("shop"), true), (Some("other"), false)] {
            let found = named(shop.clone(), name);
            assert_eq!(found.is_ok(), fits, "{name:?}");
        }
    }
}
