//! The built binary, as users run it: real Git, real API servers, real plugins.

#![allow(clippy::expect_used, reason = "a test stops at a broken set-up")]

mod adopting;
mod argocd;
mod authors;
mod beside;
mod browser;
mod chaos;
mod clusters;
mod comparing;
mod deletion;
mod history;
mod homes;
mod hooks;
mod inputs;
mod kills;
mod logins;
mod logs;
mod observed;
mod offline;
mod options;
mod outages;
mod place;
mod plugins;
mod pod;
mod projects;
mod pushes;
mod registry;
mod replicas;
mod repositories;
mod rules;
mod server;
mod sources;
mod sso;
mod sync;
mod terminate;
mod tutorial;
mod unusual;
mod verbs;
mod world;

use world::World;

/// One test for all that need clusters: they share one testbed, which ends with the test.
#[test]
fn applications_reach_their_clusters() {
    let mut world = World::begin();
    sync::guestbook_becomes_healthy_on_two_spokes(&world);
    sync::a_second_run_writes_nothing(&world);
    sync::a_change_in_git_is_shown_then_applied(&world);
    sync::what_is_gone_from_git_is_pruned_on_request(&world);
    sync::a_conflict_names_the_other_manager(&world);
    sync::secret_values_are_not_shown(&world);
    sync::a_custom_resource_comes_with_its_definition(&world);
    sync::waves_wait_for_health_and_time_out(&world);
    unusual::an_object_that_is_too_large_is_refused_with_limit_and_size(&world);
    unusual::a_conversion_webhook_that_is_absent_is_named(&world);
    hooks::hooks_run_around_the_sync_each_time(&world);
    hooks::a_failed_hook_stops_the_sync(&world);
    hooks::a_pod_may_be_a_hook(&world);
    hooks::nothing_is_applied_by_halves(&world);
    hooks::an_interrupted_sync_says_how_far_it_came(&world);
    options::what_cannot_be_changed_is_made_anew_by_force(&world);
    options::a_replaced_object_is_what_git_has(&world);
    options::an_object_of_another_application_is_told_or_refused(&world);
    options::pruning_may_want_a_confirmation(&world);
    options::the_namespace_gets_its_metadata(&world);
    options::a_misspelt_field_may_be_let_through(&world);
    options::a_failed_sync_is_tried_again(&world);
    options::a_retry_may_take_what_git_has_by_then(&world);
    options::flags_of_a_sync_go_before_its_application(&world);
    comparing::what_the_server_writes_otherwise_is_no_difference(&world);
    comparing::ignored_fields_do_not_count_and_are_respected(&world);
    comparing::settings_for_all_applications_are_heeded(&world);
    comparing::objects_of_kubectl_are_adopted_without_making_them_anew(&world);
    adopting::objects_of_other_tools_stay_the_same_objects(&world);
    adopting::what_a_client_side_apply_has_left_is_migrated(&world);
    comparing::whoever_may_only_read_can_compare(&world);
    beside::an_edited_port_is_out_of_sync_and_mended(&world);
    beside::what_excludes_a_field_of_git_makes_way(&world);
    beside::what_cannot_be_changed_differs_all_the_same(&world);
    history::what_was_applied_can_be_applied_again(&world);
    history::there_must_be_something_to_go_back_to(&world);
    history::the_history_may_be_kept_on_this_machine(&world);
    kills::a_killed_sync_is_taken_up_where_it_was(&world);
    deletion::an_application_is_shown_and_deleted_in_reverse_order(&world);
    deletion::orphans_stay(&world);
    deletion::what_is_stuck_is_told(&world);
    inputs::one_broken_application_does_not_stop_the_others(&world);
    inputs::a_destination_may_be_a_server_or_a_cluster_secret(&world);
    inputs::a_private_repository_is_read_with_its_secret(&world);
    sources::several_sources_reach_a_cluster(&world);
    projects::a_destination_that_a_project_forbids_is_refused(&world);
    projects::a_kind_that_a_project_forbids_is_neither_written_nor_deleted(&world);
    projects::a_sync_window_keeps_a_sync_back(&world);
    plugins::a_render_is_recorded_and_replayed_without_git_and_cluster(&world);
    plugins::a_pin_of_application_or_project_fails_closed(&world);
    plugins::what_plugins_cost_is_written_for_prometheus(&world);
    clusters::a_cluster_is_added_rotated_and_removed(&world);
    outages::a_bad_api_server_gets_everything(&mut world);
    outages::a_restart_of_the_api_server_is_waited_for(&mut world);
    sync::a_cluster_that_is_gone_is_named(&mut world);
}

/// What a control plane does, on a testbed of its own.
#[test]
fn a_control_plane_keeps_clusters_in_step() {
    let mut world = World::of(&["hub", "spoke-1", "spoke-2"]);
    homes::nothing_is_lost_on_the_way(&world);
    verbs::what_argocd_users_do_works(&world);
    tutorial::with_the_embedded_store(&world);
    tutorial::with_a_hub(&world);
    tutorial::within_a_pod(&world);
    browser::the_pages_do_what_people_come_for(&world);
    repositories::a_private_repository_is_remembered_and_used(&world);
    argocd::the_argocd_client_works_as_it_is(&world);
    logins::all_of_them_work(&world);
    logs::what_pods_print_is_shown(&world);
    observed::what_is_counted_and_traced(&world);
    pushes::one_is_told_to_whom_it_concerns(&world);
    terminate::an_operation_is_one_at_a_time_and_can_be_ended(&world);
    rules::what_is_written_beside_applications_counts(&world);
    replicas::two_replicas_share_clusters_and_stand_in_for_each_other(&world);
    chaos::kills_and_faults_lose_nothing(&world);
    chaos::kills_and_faults_lose_nothing_with_a_hub(&world);
    repositories::a_cluster_that_is_cut_off_affects_its_own_applications(&mut world);
}
