//! The project of an application, and what it lets it be.

use gantry_model::project::ProjectRules;
use gantry_model::{Manifest, read_manifest};
use gantry_store::Kind;

use crate::app::View;
use crate::desk::Call;
use crate::fault::Fault;

/// A project that every application is in that names none, and that need not be written down.
const DEFAULT: &str = "default";

/// Refuses an application whose project is not there, or does not take it from its namespace, with the same
/// words: nobody is to find out the names of projects here.
pub(super) async fn check(call: Call<'_>, app: View<'_>) -> Result<(), Fault> {
    let refused = || {
        let message = format!(
            "app is not allowed in project {:?}, or the project does not exist",
            app.project()
        );
        Err(Fault::invalid(message))
    };
    let home = &call.desk.home;
    let found = home
        .get(Kind::Project, home.namespace(), app.project())
        .await?;
    let own = app.namespace().is_empty() || app.namespace() == home.namespace();
    let Some(object) = found else {
        return if app.project() == DEFAULT && own {
            Ok(())
        } else {
            refused()
        };
    };
    if own {
        return Ok(());
    }
    let Ok(Manifest::Project(project)) = read_manifest(object.value()).map(|read| read.value)
    else {
        return refused();
    };
    match ProjectRules::of(&project) {
        Ok(rules) if rules.permits_namespace_of_application(app.namespace(), home.namespace()) => {
            Ok(())
        }
        _ => refused(),
    }
}
