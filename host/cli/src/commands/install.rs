//! `gantry install`: what a control plane needs in its hub, printed or applied.

use gantry_model::cluster::ApplyOptions;
use gantry_model::{Cluster, ClusterError, Diagnostic, Object};
use gantry_store::Installation;

use super::objects;
use crate::Outcome;
use crate::args::{Global, InstallArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::setup;
use crate::table::Table;

/// The kubeconfig's chosen context.
const CHOSEN: &str = "in-cluster";
const OPTIONS: ApplyOptions<'_> = ApplyOptions {
    field_manager: "gantry-install",
    force_conflicts: false,
    dry_run: false,
    validate: true,
};
/// Who made a CustomResourceDefinition.
const PART_OF: &str = "app.kubernetes.io/part-of";

pub(crate) fn run(
    global: &Global,
    args: &InstallArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let installation = Installation {
        namespace: args.namespace.clone(),
        image: args.image.clone(),
    };
    let values = installation.objects();
    if !args.apply {
        objects::print(&values, args.output, output)?;
        return Ok(Outcome::Good);
    }
    let clusters = setup::clusters(global)?;
    let cluster = clusters
        .by_name(CHOSEN)
        .map_err(|error| Diagnostic::error("install", error.to_string()).help("check --context"))?;
    let mut table = Table::new(&["KIND", "NAMESPACE", "NAME", "RESULT"]);
    let mut outcome = Outcome::Good;
    setup::runtime()?.block_on(async {
        for value in values {
            let object = Object::new(value, None).map_err(Failure::internal)?;
            let result = match apply(&*cluster, &object).await {
                Ok(result) => result,
                Err(error) => {
                    let problem = Diagnostic::error("install", error.to_string());
                    output.of(&object.reference().to_string(), &problem);
                    outcome = Outcome::NotGood;
                    "failed"
                }
            };
            table.row([
                object.kind().to_owned(),
                object.namespace().to_owned(),
                object.name().to_owned(),
                result.to_owned(),
            ]);
        }
        Ok::<(), Failure>(())
    })?;
    output.print(&table.to_string())?;
    Ok(outcome)
}

async fn apply(cluster: &dyn Cluster, object: &Object) -> Result<&'static str, ClusterError> {
    let gvk = object.gvk();
    let resource = cluster.resource(&gvk).await?;
    let resource = resource.ok_or(ClusterError::UnknownKind(gvk))?;
    let found = cluster
        .get(&resource, object.namespace(), object.name())
        .await?;
    if let Some(found) = &found {
        let is_ours = found.label(PART_OF) == object.label(PART_OF);
        if object.kind() == "CustomResourceDefinition" && !is_ours {
            return Ok("kept");
        }
    }
    let applied = cluster.apply(&resource, object, OPTIONS).await?;
    Ok(match found {
        None => "created",
        Some(found) if found.resource_version() == applied.resource_version() => "unchanged",
        Some(_) => "updated",
    })
}
