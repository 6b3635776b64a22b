//! The control plane: keeps applications in step with Git, for ever.

pub mod auto;
