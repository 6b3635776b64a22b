//! The part of the table that is about who comes in.

/// How long a session lasts where `users.session.duration` does not say: Argo CD's own, a working day and more.
pub const SESSION_SECS: u64 = 24 * 3600;
/// Time before its end in which a session that is in use goes on with another token. A browser may ask for nothing
/// until its connection ends, so this is several times the age of one. (Argo CD's 300 s are shorter than that age.)
pub const SESSION_RENEW_SECS: u64 = 1_800;
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
/// Passwords that wait for that: some 5 s of two processors, and who comes then is told to try again.
pub const PASSWORDS_WAITING_MAX: usize = 200;
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
/// Sessions that are known to have ended before their time: a Secret holds 1 MiB, and each takes 160 bytes of it
/// with what the API server notes of its writer.
pub const SESSIONS_ENDED_MAX: usize = 4096;
/// How often a change of a Secret is made anew when another replica, or somebody else, was faster.
pub const ACCESS_CHANGE_TRIES_MAX: u32 = 10;
/// Subjects whose roles are known without looking them up.
pub const ACCESS_SUBJECTS_KNOWN_MAX: usize = 1000;
/// The same in one project: a thousand projects with all of them take some 20 MiB.
pub const ACCESS_SUBJECTS_IN_PROJECT_MAX: usize = 50;
/// Pause before accounts are read again, where the home cannot be read at the start.
pub const ACCESS_RETRY_SECS: u64 = 2;

// Single sign-on.

/// Time for one answer of an identity provider: people wait for it.
pub const SSO_ANSWER_SECS: u64 = 10;
/// Bytes of one answer of an identity provider: a key set has some 10 KiB.
pub const SSO_ANSWER_MAX_BYTES: u64 = 1 << 20;
/// Keys of an identity provider that are kept: it has two or three, large ones some ten.
pub const SSO_KEYS_MAX: usize = 64;
/// Age at which its keys and addresses are asked for again: a key that it takes back is worth nothing after that.
pub const SSO_KNOWN_SECS: u64 = 3600;
/// Pause between two looks for a key that is not known: a stranger may name any.
pub const SSO_KEYS_PAUSE_SECS: u64 = 10;
/// Pause after an identity provider did not answer, before it is asked again.
pub const SSO_RETRY_SECS: u64 = 5;
/// How far the clock of an identity provider may be from ours.
pub const SSO_SKEW_SECS: i64 = 60;
/// Time for a login at the identity provider: Argo CD's own.
pub const SSO_LOGIN_SECS: i64 = 300;
/// Codes and user infos that identity providers are asked about at once.
pub const SSO_ASKED_AT_ONCE_MAX: usize = 16;
/// Users whose groups are kept where the identity provider tells them apart from the token: 10 MiB.
pub const SSO_USERS_KNOWN_MAX: usize = 10_000;
/// Bytes of what logins are kept with in one of 16 Secrets, of 1 MiB each: they become a third more there, and there
/// are the API server's notes. An entry has some 3 KiB, so that some 170 users fit, and 2,700 in all.
pub const SSO_LOGINS_MAX_BYTES: usize = 512 << 10;
/// Time in which the login of one token is looked for once: whoever shows the token may do so as often as they like.
pub const SSO_LOGIN_LOOK_SECS: i64 = 10;
/// Bytes of an address to go back to after a login: it lies in a cookie, which have 4 KiB.
pub const SSO_RETURN_MAX_BYTES: usize = 2048;
/// Bytes of one cookie with its name and attributes: what browsers take, as Argo CD has it.
pub const COOKIE_MAX_BYTES: usize = 4093;
/// Cookies that one token is spread over: Argo CD's own.
pub const COOKIES_MAX: usize = 20;
