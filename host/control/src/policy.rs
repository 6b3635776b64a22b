//! What an application's sync policy asks of a sync.

use gantry_diff::CompareOptions;
use gantry_diff::managed::FORMER_MANAGERS;
use gantry_model::application::{Application, Confirmation};
use gantry_sync::{Options, Prune};

/// The application's annotation that names another manager than `kubectl apply`'s.
const MIGRATION_MANAGER: &str = "argocd.argoproj.io/client-side-apply-migration-manager";
const CLIENT_SIDE_MANAGER: &str = "kubectl-client-side-apply";
/// The word for all managers that apply from files.
const ALL_MANAGERS: &str = "all";

/// The options of an application alone: nobody has asked for more. `prune` is whether what is no
/// longer wanted is to go.
pub fn options_of(application: &Application, prune: bool) -> Options {
    let wanted = &application.sync_policy.options;
    let (compare, _) = CompareOptions::read(&application.annotations);
    Options {
        server_side_diff: compare.server_side_diff.unwrap_or(true),
        include_mutation_webhook: compare.include_mutation_webhook,
        prune: match wanted.prune {
            Confirmation::No => Prune::Forbid,
            Confirmation::Yes if prune => Prune::Delete,
            Confirmation::Confirm if prune => Prune::Confirm,
            Confirmation::Yes | Confirmation::Confirm => Prune::Leave,
        },
        prune_last: wanted.prune_last,
        force_conflicts: wanted.server_side_apply,
        take_over: migrated(application),
        respect_ignore_differences: wanted.respect_ignore_differences,
        out_of_sync_only: wanted.apply_out_of_sync_only,
        fail_on_shared: wanted.fail_on_shared_resource,
        create_namespace: wanted.create_namespace,
        namespace_metadata: application.sync_policy.namespace_metadata.clone(),
        replace: wanted.replace,
        force: wanted.force,
        validate: wanted.validate,
        propagation: wanted.propagation,
        ..Options::default()
    }
}

/// What a client-side apply has left, where the application is to be applied on the server
/// (`ClientSideApplyMigration`).
fn migrated(application: &Application) -> Vec<String> {
    let wanted = &application.sync_policy.options;
    if !wanted.server_side_apply || !wanted.client_side_apply_migration {
        return Vec::new();
    }
    let own = application.annotations.get(MIGRATION_MANAGER);
    vec![own.map_or(CLIENT_SIDE_MANAGER, String::as_str).to_owned()]
}

/// The field managers that a person names, `all` among them.
pub fn managers(named: &[String]) -> impl Iterator<Item = String> {
    named.iter().flat_map(|name| {
        let all: &[&str] = if name == ALL_MANAGERS {
            FORMER_MANAGERS
        } else {
            &[]
        };
        let one = all.is_empty().then(|| name.clone());
        all.iter().map(|&name| name.to_owned()).chain(one)
    })
}
