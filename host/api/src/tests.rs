//! Services over a home in a file, with a control plane that is made up.

