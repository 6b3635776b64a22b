//! Replicas in one process, on virtual time: whatever stops, hangs or gets lost, no two may write to one
//! cluster, and in the end each has an owner.

mod alone;
mod faults;
mod hub;
mod random;
mod replica;
mod world;
