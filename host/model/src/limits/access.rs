//! The part of the table that is about who comes in.

/// How long a session lasts where `users.session.duration` does not say: Argo CD's own, a working day and more.
pub const SESSION_SECS: u64 = 24 * 3600;
/// Bytes of a token that is looked at: ours have some 300, those of identity providers a few thousand.
pub const TOKEN_MAX_BYTES: usize = 16 << 10;
/// Bytes of a name or password that is looked at, far above what anybody types.
pub const CREDENTIAL_MAX_BYTES: usize = 1024;
/// Characters of a new password, where `passwordPattern` does not say otherwise: bcrypt looks at 72 bytes.
pub const PASSWORD_MAX_BYTES: usize = 72;
/// The work of hashing a password, as a power of two: Argo CD's own, some 50 ms.
pub const PASSWORD_HASH_COST: u32 = 10;
/// Passwords that are hashed at once: logins must not take all processors from the syncs.
pub const PASSWORD_HASHES_MAX: usize = 2;
/// Failed logins of one account after which it must wait: Argo CD's own.
pub const LOGIN_FAILURES_MAX: u32 = 5;
/// The same of all names together that are no accounts.
pub const LOGIN_FAILURES_UNKNOWN_MAX: u32 = 1000;
/// The same of one address: an office behind one is many people.
pub const LOGIN_FAILURES_PER_ADDRESS_MAX: u32 = 50;
/// How long failures count: Argo CD's own.
pub const LOGIN_FAILURES_WINDOW_SECS: u64 = 300;
/// Addresses whose failures are counted: 1 MiB.
pub const LOGIN_ADDRESSES_KNOWN_MAX: usize = 10_000;
/// Subjects whose roles are known without looking them up.
pub const ACCESS_SUBJECTS_KNOWN_MAX: usize = 1000;
/// Pause before accounts are read again, where the home cannot be read at the start.
pub const ACCESS_RETRY_SECS: u64 = 2;
