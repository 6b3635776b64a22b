//! `gantry app sync --local`: a directory of this machine is rendered here, and what that is goes with the
//! operation.

use gantry_model::{Diagnostic, Object, limits};
use serde_json::Value;

use super::Desk;
use super::surroundings::local;
use crate::args::app::SyncArgs;
use crate::failure::Failure;
use gantry_api::app::View;

impl Desk<'_> {
    /// Renders the directory of the command line, to all objects of the application as
    /// `operation.sync.manifests` has them; none where no directory is named.
    pub(super) async fn local(
        &self,
        object: &Object,
        args: &SyncArgs,
    ) -> Result<Vec<String>, Failure> {
        if args.local.is_none() {
            return Ok(Vec::new());
        }
        may_be_local(View(object.value()), args.dry_run)?;
        let mut rendering = self.rendering(object).await?;
        let (directory, root) = (args.local.as_deref(), args.local_repo_root.as_deref());
        let given = local(directory, root, &mut rendering.application)?;
        let prepared = self.prepare(&rendering, given).await?;
        let objects = prepared.rendered.objects().map(Object::value);
        Ok(carried(objects)?)
    }
}

/// What the control plane would refuse is refused before anything is rendered.
fn may_be_local(app: View<'_>, dry_run: bool) -> Result<(), Diagnostic> {
    if !app.is_automated() || dry_run {
        return Ok(());
    }
    let message =
        "cannot sync from --local: the control plane syncs the application to Git by itself";
    Err(Diagnostic::error("operation", message)
        .help("add --dry-run, or take the policy away with `gantry app set --sync-policy none`"))
}

fn carried<'a>(objects: impl Iterator<Item = &'a Value>) -> Result<Vec<String>, Diagnostic> {
    let manifests: Vec<String> = objects.map(Value::to_string).collect();
    let bytes: usize = manifests.iter().map(String::len).sum();
    let most = limits::OPERATION_MANIFESTS_MAX_BYTES;
    let error = |message: String| Diagnostic::error("local", message);
    if manifests.is_empty() {
        return Err(
            error("the directory of --local renders to no object".to_owned())
                .help("`gantry app manifests --local` shows what it renders to"),
        );
    }
    if bytes > most {
        let message = format!("--local renders to {bytes} bytes, and an operation carries {most}");
        return Err(error(message).help("commit it, and sync from Git"));
    }
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    use gantry_model::limits;
    use serde_json::{Value, json};

    use super::{carried, may_be_local};
    use gantry_api::app::View;

    #[test]
    fn an_application_that_syncs_itself_takes_no_local_objects() {
        let manual = json!({"spec": {"syncPolicy": {"automated": {"enabled": false}}}});
        let automated = json!({"spec": {"syncPolicy": {"automated": {}}}});
        for (app, dry_run, allowed) in [
            (&manual, false, true),
            (&automated, true, true),
            (&automated, false, false),
        ] {
            assert_eq!(may_be_local(View(app), dry_run).is_ok(), allowed, "{app}");
        }
    }

    #[test]
    fn what_goes_with_an_operation_is_something_and_not_too_much() {
        let small = json!({"kind": "ConfigMap"});
        let large = Value::from("x".repeat(limits::OPERATION_MANIFESTS_MAX_BYTES));
        let one = carried([&small].into_iter()).expect("it is small");
        assert_eq!(one, [r#"{"kind":"ConfigMap"}"#]);
        for (objects, part) in [(vec![], "no object"), (vec![&small, &large], "carries")] {
            let error = carried(objects.into_iter()).expect_err("refused");
            assert!(error.message.contains(part), "{error}");
        }
    }
}
