//! Charts from servers on loopback: Helm repositories, registries, single files.

#![expect(clippy::expect_used, reason = "a test stops where it fails")]

mod access;
mod downloads;
mod exchange;
mod helm_repository;
mod oci;
mod ping;
mod world;
