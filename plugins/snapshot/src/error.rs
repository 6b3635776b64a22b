//! Why there is no snapshot of a module.

/// What is wrong with a module, or with its start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No valid WebAssembly.
    #[error("the module is damaged: {0}")]
    Damaged(#[from] wasmparser::BinaryReaderError),
    /// Not what compilers of libraries for WASI preview 1 write.
    #[error("the module cannot be started beforehand: {0}")]
    Unfit(String),
    /// The start ended in an error; what the program wrote says why.
    #[error("the module's start failed: {reason}\n{output}")]
    Failed {
        /// The interpreter's words.
        reason: String,
        /// What the program wrote to its output.
        output: String,
    },
}
