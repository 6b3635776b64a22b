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
    let migrate = migrated(application);
    Options {
        server_side_diff: compare.server_side_diff.unwrap_or(true),
        include_mutation_webhook: compare.include_mutation_webhook,
        prune: match wanted.prune {
            Confirmation::No => Prune::Forbid { asked: prune },
            Confirmation::Yes if prune => Prune::Delete,
            Confirmation::Confirm if prune => Prune::Confirm,
            Confirmation::Yes | Confirmation::Confirm => Prune::Leave,
        },
        prune_last: wanted.prune_last,
        delete: wanted.delete,
        force_conflicts: wanted.server_side_apply,
        take_over: if wanted.server_side_apply {
            migrate.iter().cloned().collect()
        } else {
            Vec::new()
        },
        migrate,
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

/// Who has left fields by client-side apply, for what is to be applied on the server instead
/// (`ClientSideApplyMigration`).
fn migrated(application: &Application) -> Option<String> {
    let wanted = &application.sync_policy.options;
    let own = application.annotations.get(MIGRATION_MANAGER);
    let manager = own.map_or(CLIENT_SIDE_MANAGER, String::as_str);
    wanted
        .client_side_apply_migration
        .then(|| manager.to_owned())
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

#[cfg(test)]
mod tests {
    use super::{managers, options_of};
    use gantry_model::SyncOptions;
    use gantry_model::application::Application;
    use gantry_sync::Prune;

    fn application(options: &[&str], annotations: &[(&str, &str)]) -> Application {
        let options: Vec<String> = options.iter().map(|&o| o.to_owned()).collect();
        let mut application = Application::default();
        application.sync_policy.options = SyncOptions::parse(&options, "syncOptions").0;
        let annotations = annotations.iter();
        application.annotations = annotations
            .map(|&(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        application
    }

    #[test]
    fn pruning_is_what_is_asked_and_what_is_permitted() {
        let cases = [
            ("Prune=true", false, Prune::Leave),
            ("Prune=true", true, Prune::Delete),
            ("Prune=confirm", false, Prune::Leave),
            ("Prune=confirm", true, Prune::Confirm),
            ("Prune=false", false, Prune::Forbid { asked: false }),
            ("Prune=false", true, Prune::Forbid { asked: true }),
        ];
        for (option, asked, expected) in cases {
            let options = options_of(&application(&[option], &[]), asked);
            assert_eq!(options.prune, expected, "{option} {asked}");
        }
    }

    #[test]
    fn what_is_migrated_hangs_on_three_settings() {
        let manager = (
            "argocd.argoproj.io/client-side-apply-migration-manager",
            "my-tool",
        );
        let kubectl = "kubectl-client-side-apply";
        type Case<'a> = (
            &'a [&'a str],
            &'a [(&'a str, &'a str)],
            &'a [&'a str],
            Option<&'a str>,
        );
        let cases: [Case<'_>; 4] = [
            (&[], &[], &[], Some(kubectl)),
            (&["ServerSideApply=true"], &[], &[kubectl], Some(kubectl)),
            (
                &["ServerSideApply=true"],
                &[manager],
                &["my-tool"],
                Some("my-tool"),
            ),
            (
                &["ServerSideApply=true", "ClientSideApplyMigration=false"],
                &[manager],
                &[],
                None,
            ),
        ];
        for (options, annotations, of_all, of_objects) in cases {
            let found = options_of(&application(options, annotations), false);
            assert_eq!(found.take_over, of_all, "{options:?}");
            assert_eq!(found.migrate.as_deref(), of_objects, "{options:?}");
        }
    }

    #[test]
    fn compare_options_of_an_application_reach_its_sync() {
        let key = "argocd.argoproj.io/compare-options";
        let text = "ServerSideDiff=false,IncludeMutationWebhook=true";
        let found = options_of(&application(&[], &[(key, text)]), false);
        assert!(!found.server_side_diff && found.include_mutation_webhook);
        let default = options_of(&application(&[], &[]), false);
        assert!(default.server_side_diff && !default.include_mutation_webhook);
    }

    #[test]
    fn all_managers_are_those_that_apply_from_files() {
        let named = ["all".to_owned(), "my-tool".to_owned()];
        let found: Vec<String> = managers(&named).collect();
        for expected in [
            "helm",
            "argocd-controller",
            "kubectl-client-side-apply",
            "my-tool",
        ] {
            assert!(found.iter().any(|name| name == expected), "{expected}");
        }
    }
}
