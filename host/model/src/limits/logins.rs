// Logins to clusters.

/// Time for a credential plugin that asks nobody: a cloud's command line starts in a few seconds, and asks
/// its own service then.
pub const EXEC_LOGIN_TIMEOUT_SECS: u64 = 20;
/// Time for one that asks somebody at a terminal, who may have to log in with a browser first.
pub const EXEC_LOGIN_ASKING_TIMEOUT_SECS: u64 = 300;
/// Bytes of what a credential plugin prints that are read: a token or a certificate chain with its key.
pub const EXEC_LOGIN_OUTPUT_MAX_BYTES: u64 = 256 << 10;
