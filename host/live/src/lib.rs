//! What runs in a cluster, by keeping watch of the kinds that applications have: a
//! [`Cluster`](gantry_model::Cluster) that answers from memory, and says whose object has changed.
