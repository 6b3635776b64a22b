//! Git repositories and plain directories as source trees.
//!
//! The only room that names gix. [`Repositories::commit`] takes a URL and a revision to a
//! [`Commit`]: remote repositories are fetched, shallow, into a bare cache; local ones are read
//! where they are. Nothing is ever checked out: [`GitTree`] reads the object database.
//!
//! All calls block; they belong on a blocking thread.

mod access;
mod ask;
mod cache;
mod commit;
mod connect;
mod details;
mod directory;
mod error;
mod explain;
mod fetch;
mod generation;
mod git_tree;
mod heard;
mod known_hosts;
mod local;
mod location;
mod ours;
mod patience;
mod proof;
mod range;
mod refs;
mod revision;
mod ssh;

pub use access::Access;
pub use commit::{Commit, Repositories};
pub use details::Details;
pub use directory::{DirTree, enclosing_work_tree};
pub use error::SourceError;
pub use git_tree::GitTree;
pub use heard::Request;
pub use location::{host_and_port, identity, is_local};
pub use refs::{Refs, Resolved, is_commit_id, ref_name};
