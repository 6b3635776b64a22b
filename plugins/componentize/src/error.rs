//! Why a file cannot become a plugin.

/// What is wrong with a module, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither kind of WebAssembly.
    #[error("it is not a WebAssembly file: give the .wasm file that the compiler wrote")]
    NotWasm,
    /// Already done.
    #[error("it is a component already: put it into the plugin directory as it is")]
    Component,
    /// Cut off or damaged.
    #[error("it is damaged: {0}: build it again")]
    Damaged(String),
    /// A program with a `main`, which runs once and exits.
    #[error(
        "it is a program that runs and exits, not a library whose functions can be called: \
         build it with `go build -buildmode=c-shared`, or `clang -mexec-model=reactor`"
    )]
    Command,
    /// No function of ours among its exports.
    #[error(
        "it exports no function of gantry:plugin/renderer or gantry:plugin/health, so it is no \
         plugin: does the program import the SDK's package renderer or health?"
    )]
    NoWorld,
    /// One plugin has one job.
    #[error(
        "it exports both gantry:plugin/renderer and gantry:plugin/health, a plugin is one of them: \
         make two programs of it"
    )]
    TwoWorlds,
    /// Its imports or exports are not those of the world.
    #[error(
        "it does not fit gantry:plugin: {0}: build it with the SDK of this gantry, and without \
         imports besides WASI's"
    )]
    Unfit(String),
    /// A fault of ours.
    #[error("the interfaces cannot be embedded: {0}")]
    Internal(String),
}
