//! Which replica is to have which cluster: a function of their names, so that all replicas that know the
//! same names agree without a word.

use std::collections::{BTreeMap, BTreeSet};

use gantry_model::digest::Digest;
use gantry_model::limits::SHARD_LOAD_MAX_PERCENT;

/// Rendezvous hashing: of all pairs of a cluster and a replica, the one with the highest hash is made
/// first, then the next one of those that are left, while the replica has room for one more. A replica
/// that comes or goes moves its own clusters, and few others.
pub fn assign<'a>(
    clusters: &'a BTreeSet<String>,
    replicas: &'a BTreeSet<String>,
) -> BTreeMap<&'a str, &'a str> {
    let mut pairs: Vec<(Digest, &str, &str)> = clusters
        .iter()
        .flat_map(|cluster| {
            let weigh = move |replica: &'a String| {
                let weight = Digest::of_texts([replica, cluster]);
                (weight, cluster.as_str(), replica.as_str())
            };
            replicas.iter().map(weigh)
        })
        .collect();
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let room = room(clusters.len(), replicas.len());
    let mut loads: BTreeMap<&str, usize> = BTreeMap::new();
    let mut assigned = BTreeMap::new();
    for (_, cluster, replica) in pairs {
        let load = loads.entry(replica).or_default();
        if *load < room && !assigned.contains_key(cluster) {
            assigned.insert(cluster, replica);
            *load += 1;
        }
    }
    assigned
}

/// Clusters that one replica has at most.
fn room(clusters: usize, replicas: usize) -> usize {
    (clusters * SHARD_LOAD_MAX_PERCENT).div_ceil((replicas * 100).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(prefix: &str, numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
        let numbers = numbers.into_iter();
        numbers.map(|n| format!("{prefix}-{n}")).collect()
    }

    fn largest(assigned: &BTreeMap<&str, &str>) -> usize {
        let mut loads: BTreeMap<&str, usize> = BTreeMap::new();
        for replica in assigned.values() {
            *loads.entry(replica).or_default() += 1;
        }
        loads.into_values().max().unwrap_or_default()
    }

    fn moved(before: &BTreeMap<&str, &str>, after: &BTreeMap<&str, &str>) -> usize {
        let differs = |(cluster, replica): &(&&str, &&str)| before.get(*cluster) != Some(replica);
        after.iter().filter(differs).count()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_cluster_has_a_replica_with_room(
            clusters in 0_usize..200, replicas in 1_usize..9, seed in 0_usize..1_000,
        ) {
            let clusters = names("cluster", seed..seed + clusters);
            let replicas = names("replica", seed..seed + replicas);
            let assigned = assign(&clusters, &replicas);
            prop_assert_eq!(assigned.len(), clusters.len());
            let bound = (clusters.len() * 5).div_ceil(replicas.len() * 4);
            prop_assert!(largest(&assigned) <= bound);
        }

        /// The bound costs moves beside those that must be: its sum over all joins and leaves stays small.
        #[test]
        fn who_goes_and_comes_moves_few(replicas in 2_usize..8, seed in 0_usize..1_000) {
            let clusters = names("cluster", seed..seed + 200);
            let all = names("replica", seed..seed + replicas);
            let before = assign(&clusters, &all);
            let (mut needed, mut done) = (0, 0);
            for gone in &all {
                let mut rest = all.clone();
                rest.remove(gone);
                needed += before.values().filter(|replica| *replica == gone).count();
                done += moved(&before, &assign(&clusters, &rest));
            }
            prop_assert_eq!(needed, 200);
            prop_assert!(done <= needed + needed / 2, "{} moves for {}", done, needed);
        }

        #[test]
        fn a_new_cluster_moves_few(clusters in 1_usize..200, seed in 0_usize..1_000) {
            let replicas = names("replica", seed..seed + 3);
            let few = names("cluster", seed..seed + clusters);
            let more = names("cluster", seed..=seed + clusters);
            let moves = moved(&assign(&few, &replicas), &assign(&more, &replicas));
            prop_assert!(moves <= 4, "{} moves", moves);
        }
    }

    #[test]
    fn without_replicas_nothing_is_assigned() {
        assert!(assign(&names("cluster", 0..3), &BTreeSet::new()).is_empty());
    }
}
