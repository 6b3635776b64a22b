//! Starts a guest while it is built, so that none of its instances has to.
//!
//! A Go program initialises its runtime and every package before its first call: tens of milliseconds
//! that would be part of each render. [`snapshot`] runs that start once, in an interpreter, and makes a
//! module that begins where it ended: `run` (the interpreter and what the start may ask) → `rewrite`
//! (memory and globals as they were left become those that the module has from the beginning).

mod error;
mod rewrite;
mod run;
mod wasi;

pub use error::Error;

/// The function that starts a library for WASI.
const START: &str = "_initialize";

/// Runs the start of a core module and returns the module as it is then. The program finds
/// `directories` opened for it, by these names and in this order, as every later instance must; it
/// cannot look into them yet.
///
/// # Errors
/// [`Error`] says what the module lacks, or what its start asked for that there is not.
pub fn snapshot(core: &[u8], directories: &[&str]) -> Result<Vec<u8>, Error> {
    let (open, globals) = rewrite::open(core)?;
    let left = run::start(&open, &globals, directories)?;
    rewrite::close(core, &left)
}

/// What a start leaves behind.
struct Left {
    memory: Vec<u8>,
    /// Each global's index and value.
    globals: Vec<(u32, wasmi::Val)>,
}

#[cfg(test)]
mod tests;
