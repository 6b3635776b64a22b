//! Sync options, as strings of a manifest.

use gantry_model::SyncOptions;
use gantry_model::application::Confirmation;
use gantry_model::cluster::Propagation;

fn parse(options: &[&str]) -> (SyncOptions, Vec<String>) {
    let options: Vec<String> = options.iter().map(|&o| o.to_owned()).collect();
    let (parsed, warnings) = SyncOptions::parse(&options, "list");
    let words = warnings.into_iter().map(|d| {
        let help = d.help.map_or(String::new(), |help| format!("; {help}"));
        format!(
            "{} {}: {}{help}",
            d.code,
            d.field.unwrap_or_default(),
            d.message
        )
    });
    (parsed, words.collect())
}

#[test]
fn what_is_heeded_is_set_without_a_word() {
    let (found, warnings) = parse(&[
        "CreateNamespace=true",
        "ServerSideApply=true",
        "PrunePropagationPolicy=orphan",
        "Prune=confirm",
        "Delete=false",
    ]);
    assert_eq!(warnings, Vec::<String>::new());
    let expected = SyncOptions {
        create_namespace: true,
        server_side_apply: true,
        propagation: Propagation::Orphan,
        prune: Confirmation::Confirm,
        delete: Confirmation::No,
        ..SyncOptions::default()
    };
    assert_eq!(found, expected);
}

#[test]
fn defaults_said_aloud_change_nothing() {
    let (found, warnings) = parse(&[
        "CreateNamespace=false",
        "PrunePropagationPolicy=foreground",
        "Prune=true",
        "PruneLast=false",
        "Replace=false",
        "Force=false",
        "Validate=true",
        "SkipDryRunOnMissingResource=false",
        "ClientSideApplyMigration=true",
    ]);
    assert_eq!((found, warnings), (SyncOptions::default(), Vec::new()));
}

#[test]
fn every_option_is_read() {
    type Get = fn(&SyncOptions) -> bool;
    let options: &[(&str, Get)] = &[
        ("PruneLast=true", |o| o.prune_last),
        ("Replace=true", |o| o.replace),
        ("Force=true", |o| o.force),
        ("ApplyOutOfSyncOnly=true", |o| o.apply_out_of_sync_only),
        ("SkipDryRunOnMissingResource=true", |o| {
            o.skip_dry_run_on_missing_resource
        }),
        ("RespectIgnoreDifferences=true", |o| {
            o.respect_ignore_differences
        }),
        ("FailOnSharedResource=true", |o| o.fail_on_shared_resource),
        ("Validate=false", |o| !o.validate),
        ("ClientSideApplyMigration=false", |o| {
            !o.client_side_apply_migration
        }),
    ];
    for (option, is_set) in options {
        let (found, warnings) = parse(&[option]);
        assert!(is_set(&found), "{option}");
        assert_eq!(warnings, Vec::<String>::new());
    }
    let (found, warnings) = parse(&["ServerSideApply=false"]);
    assert_eq!(found, SyncOptions::default());
    assert_eq!(
        warnings,
        ["no-effect-yet list[0]: sync option `ServerSideApply=false` has no effect yet"]
    );
}

#[test]
fn what_is_unknown_or_malformed_is_named_and_left_out() {
    let (found, warnings) = parse(&["createNamespace=true", "Prune=maybe", "Replace", "Zap=1"]);
    assert_eq!(found, SyncOptions::default());
    assert_eq!(
        warnings,
        [
            "unknown-sync-option list[0]: sync option `createNamespace=true` is none that Argo CD \
             knows; it is ignored; did you mean `CreateNamespace`?",
            "invalid-sync-option list[1]: sync option `Prune=maybe` is ignored: `Prune` takes \
             `true`, `false`, `confirm`",
            "invalid-sync-option list[2]: sync option `Replace` is ignored: `Replace` takes \
             `true`, `false`",
            "unknown-sync-option list[3]: sync option `Zap=1` is none that Argo CD knows; it is \
             ignored",
        ]
    );
}
