//! The part of the table that is about the control plane, its store and its door.

// Automated syncs: Argo CD's numbers.

/// Tries of a failed automated sync after the first one, where the policy has no `retry`.
pub const AUTOMATED_RETRIES_DEFAULT: u32 = 5;
/// Pause after an automated sync that could not begin, since its cluster or its repository was away: as long as
/// such a thing often takes to be back, and seldom enough for thousands that wait for it.
pub const SYNC_ERROR_PAUSE_SECS: u64 = 15;
/// Pause between the first repair of drift by itself and the second.
pub const SELF_HEAL_PAUSE_SECS: u64 = 2;
/// What each further such pause is longer by.
pub const SELF_HEAL_PAUSE_FACTOR: u32 = 3;
/// Longest such pause: whatever fights for the object has the server's time only so often.
pub const SELF_HEAL_PAUSE_MAX_SECS: u64 = 300;
/// Time without a repair after which they are counted anew.
pub const SELF_HEAL_COOLDOWN_SECS: u64 = 330;
// The door of the control plane.

/// Bytes of a repository's URL that is compared: longer ones are nobody's.
pub const REPOSITORY_URL_MAX_BYTES: usize = 4 << 10;
// The control plane.

/// Applications that are looked at at once, for each core: while one waits for a disk or a server, another
/// works.
pub const LOOKS_PER_CORE_MAX: usize = 4;
/// Operations that run at once on one cluster: their requests share its limit of requests in flight.
pub const OPERATIONS_PER_CLUSTER_MAX: usize = 32;
/// Quiet time after a change of an application before it is looked at: changes seldom come alone.
pub const LOOK_GATHER_MS: u64 = 10;
/// A look is followed by a pause of so many times its own length: whoever changes without end costs a
/// bounded share of the processor.
pub const LOOK_PAUSE_FACTOR: u32 = 4;
/// Time between two looks at an application while its operation runs: each of its writes is heard.
pub const LOOK_WHILE_BUSY_MS: u64 = 500;
/// Longest such pause, so that drift is seen.
pub const LOOK_PAUSE_MAX_MS: u64 = 10_000;
/// Time after which it is written that an operation runs: most are over by then, and one write says both.
pub const OPERATION_TOLD_MS: u64 = 250;
/// Time between two writes of how far an operation is.
pub const OPERATION_PROGRESS_MS: u64 = 1_000;
/// Pause before a status that could not be written is tried again; doubles with each further one.
pub const STATUS_RETRY_START_MS: u64 = 500;
/// Longest such pause.
pub const STATUS_RETRY_MAX_MS: u64 = 30_000;
/// Time after which an application that could not be looked at (no repository, no cluster, a broken
/// renderer) is looked at again, beside what tells that something has changed.
pub const LOOK_RETRY_SECS: u64 = 30;
/// The longest such time; each look that finds no more doubles it.
pub const LOOK_RETRY_MAX_SECS: u64 = 600;
/// Pause before a deletion that did not get all is tried again.
pub const DELETION_RETRY_SECS: u64 = 10;
// Polling: how Git edits arrive without a webhook, and how long what was fetched counts.

/// Time to list the refs of a repository, as Argo CD gives a request to Git: a server that takes
/// longer is asked again later.
pub const REFS_TIMEOUT_SECS: u64 = 15;

// The store of a control plane.

/// How often a watch looks whether another process has changed the file.
pub const DATABASE_LOOK_MS: u64 = 100;
/// Time for which it is kept that an object went: a watch reads far more often.
pub const GONE_KEPT_SECS: u64 = 3_600;
/// Time for which a failed fetch counts: a thousand applications of a repository that is away cost
/// it one request in that time.
pub const FETCH_ERROR_KEPT_SECS: u64 = 60;
/// Time for which a branch, a tag or a range of versions counts as it was, where no poll looks
/// after it: what renderers ask for, as remote bases.
pub const FETCHED_UNCHECKED_MAX_SECS: u64 = 600;
/// Age of what was found of a branch, a tag or a range that still counts for another try of a sync with `refresh`:
/// a thousand applications that failed together cost their repository one request in that time.
pub const REFRESH_SHARED_MS: u64 = 1_000;
/// Time for which a file by its URL counts as it was: no poll looks after it.
pub const FILE_KEPT_SECS: u64 = 180;
/// Time after which what no application has used is dropped from memory; on disk it stays.
pub const FETCHED_UNUSED_MAX_SECS: u64 = 1_800;
/// How often to look for it.
pub const FETCHED_SWEEP_SECS: u64 = 60;
/// Time between two polls of a repository, and what is added at most: Argo CD's
/// `timeout.reconciliation` and its jitter.
pub const POLL_INTERVAL_SECS: u64 = 120;
/// See there.
pub const POLL_JITTER_SECS: u64 = 60;
/// Time for one poll: the refs of a Git repository have a shorter one, this is for large indexes.
pub const POLL_TIMEOUT_SECS: u64 = 60;
/// Time after which a poll is slow, and others start beside it. Most take some 100 ms.
pub const POLL_SLOW_SECS: u64 = 3;
/// Polls at the same time: 16 of 200 ms ask 10,000 repositories in two minutes.
pub const POLLS_IN_FLIGHT_MAX: usize = 16;
/// Time from the start of one poll of a repository to the next, however many webhooks come.
pub const POLL_GAP_MS: u64 = 500;
/// Pause after a failed poll: a server that restarts is back by then.
pub const POLL_BACKOFF_MIN_SECS: u64 = 30;
/// The longest pause, after failures in a row.
pub const POLL_BACKOFF_MAX_SECS: u64 = 600;

// What is kept of clusters that are watched.

/// Events of one kind that wait for a slow reader, before it reads the present state instead.
pub const LIVE_EVENTS_KEPT: usize = 1_024;
/// Time for which a kind is watched that no application has any more: a sync may bring it back.
pub const LIVE_UNUSED_KIND_KEPT_SECS: u64 = 600;
/// Time between two looks for kinds that no application has any more: each costs as many steps as there
/// are objects of such kinds.
pub const LIVE_SWEEP_SECS: u64 = 60;
/// Time for which it is known that an object went, so that a late answer does not bring it back: longer
/// than any answer takes.
pub const LIVE_GONE_KEPT_SECS: u64 = 120;
/// Objects of which that is known before old ones are looked for.
pub const LIVE_GONE_KEPT_MAX: usize = 10_000;
/// Pause before the watch of a kind that was refused is opened again; doubles with each further one.
pub const LIVE_REOPEN_START_MS: u64 = 1_000;
/// Longest such pause: permissions seldom change.
pub const LIVE_REOPEN_MAX_MS: u64 = 60_000;
/// Time to list a kind before whoever asks goes to the server.
pub const LIVE_LIST_TIMEOUT_SECS: u64 = 30;
/// Pause after a CRD or an APIService has changed before the server is asked whether it serves a kind that is waited
/// for; doubles with each further time.
pub const LIVE_KIND_LOOK_START_MS: u64 = 200;
/// So often it is asked without another sign: a kind is served some seconds after its CRD at the latest.
pub const LIVE_KIND_LOOKS_MAX: u32 = 6;
/// Time for which a server's version is taken for granted. Each answer to a probe renews it: it gets this old only
/// where a cluster is away, or was of no use to anybody.
pub const LIVE_VERSION_KEPT_SECS: u64 = 600;

// Sharing the clusters among replicas of the control plane. Why two never act on one cluster rests on these
// numbers: `host/control/src/shards.rs`.

/// How often a replica renews its lease.
pub const LEASE_RENEW_MS: u64 = 2_000;
/// How often it sends another renewal while none is answered.
pub const LEASE_RENEW_RETRY_MS: u64 = 1_000;
/// Time after which a replica whose renewals are not answered stops all work, counted from when it sent
/// the last one that was: the second try has another second to arrive.
pub const LEASE_RENEW_DEADLINE_MS: u64 = 4_000;
/// Time for which others must see no renewal before they take over. What it is longer than the deadline
/// is for requests under way to arrive, and for clocks of different speed.
pub const LEASE_DURATION_MS: u64 = 6_000;
/// How often a replica looks at the leases of the others: a handover in good order waits for it.
pub const LEASE_POLL_MS: u64 = 400;
/// Time for one request about a lease other than a renewal.
pub const LEASE_REQUEST_TIMEOUT_MS: u64 = 2_000;
/// How often a replica looks whether its claims are still its own, which nobody changes but by hand.
pub const LEASE_CLAIMS_CHECK_MS: u64 = 10_000;
/// Time after which the lease of a replica that is gone is deleted.
pub const LEASE_LITTER_MS: u64 = 60_000;
/// Claims that are written at once: a replica that dies leaves hundreds.
pub const LEASE_CLAIMS_IN_FLIGHT_MAX: usize = 32;
/// Time for a replica that is stopped to end its work and give its clusters away.
pub const LEASE_CLOSE_TIMEOUT_MS: u64 = 10_000;
/// Clusters of one replica, in percent of the mean: hashing alone gives some replicas twice the mean.
pub const SHARD_LOAD_MAX_PERCENT: usize = 125;
/// A replica's id: with what is put before and after it, it is the name of an object.
pub const REPLICA_ID_MAX_CHARS: usize = 200;
/// Bytes of one webhook: GitHub, whose are the largest, sends none above 25 MB.
pub const WEBHOOK_BODY_MAX_BYTES: usize = 25 << 20;
/// Bytes of all webhooks that are read or wait: anyone may send some, so this is what they may cost.
pub const WEBHOOK_BODIES_MAX_BYTES: usize = 64 << 20;
/// Time for one webhook to arrive whole: GitHub gives up its own after ten seconds.
pub const WEBHOOK_BODY_TIMEOUT_SECS: u64 = 10;
/// Webhooks that wait for the control plane to take them: a minute of the most that is let in.
pub const WEBHOOKS_WAITING_MAX: usize = 6_000;
/// Branches and tags of one webhook: a first push of an old repository has hundreds.
pub const WEBHOOK_REVISIONS_MAX: usize = 1_000;
/// Commits that GitHub lists of one push; where there are as many, there may be more.
pub const WEBHOOK_COMMITS_LISTED_MAX: usize = 2_048;
/// Files that GitHub lists of one commit. A push that changes more changes any application.
pub const WEBHOOK_FILES_LISTED_MAX: usize = 3_000;
/// Webhooks a second that one address may send for long: an ingress sends all of them from one.
pub const WEBHOOKS_PER_ADDRESS_PER_SEC: u32 = 50;
/// Webhooks a second from everywhere: 100 developers who each push every second.
pub const WEBHOOKS_PER_SEC: u32 = 100;
/// The same, of those that prove nothing, since there is no secret: they cost the Git server a look.
pub const UNPROVEN_WEBHOOKS_PER_ADDRESS_PER_SEC: u32 = 5;
/// The same, of those that prove nothing, from everywhere.
pub const UNPROVEN_WEBHOOKS_PER_SEC: u32 = 10;
/// Seconds of those rates that may come at once: a push of many tags is many webhooks.
pub const WEBHOOK_BURST_SECS: u32 = 20;
/// Addresses whose rates are known at once; above that, only the rate of all counts for new ones.
pub const WEBHOOK_ADDRESSES_MAX: usize = 10_000;
/// Connections at once. Others wait in the kernel's queue.
pub const SERVER_CONNECTIONS_MAX: usize = 1_024;
/// Time from a connection to the head of its first request, and between later ones: TLS and HTTP/2 included.
pub const SERVER_HEADER_TIMEOUT_SECS: u64 = 10;
/// Age of a connection, after which it is asked to end: its client makes another, and who only holds it is gone. A
/// stream that is read on it goes on to its end.
pub const SERVER_CONNECTION_MAX_SECS: u64 = 300;
/// Time for which the reader of a stream may take nothing of what it is given, once the connection is of that age:
/// somebody pages through a followed log. Who stopped reading for good holds a connection no longer than that.
pub const SERVER_READER_MAX_SECS: u64 = 300;
/// Silence after which a client is asked by TCP whether it is there, and the pause between two such questions: one
/// that vanished without a word is known to be gone after some three minutes, where HTTP itself does not ask.
pub const SERVER_KEEP_ALIVE_SECS: u64 = 20;
/// Bytes of one request's head. Providers send some 2 KiB.
pub const SERVER_HEAD_MAX_BYTES: usize = 32 << 10;
/// Header fields of one request.
pub const SERVER_HEADERS_MAX: usize = 64;
/// Requests at once on one HTTP/2 connection.
pub const SERVER_STREAMS_MAX: u32 = 32;
/// Silence after which an HTTP/2 client is asked whether it is there, and for how long the answer is awaited.
pub const SERVER_PING_SECS: u64 = 20;
/// Time for running requests to end when the server ends: Kubernetes kills after 30 s.
pub const SERVER_DRAIN_SECS: u64 = 20;
/// Pause after a connection could not be taken: too many open files do not go by themselves.
pub const SERVER_ACCEPT_PAUSE_MS: u64 = 100;
/// How often the TLS certificate's files are looked at: a kubelet takes a minute to renew them.
pub const TLS_RELOAD_SECS: u64 = 30;
/// How long a text of metrics is served again: several who ask at once cost one.
pub const METRICS_KEPT_MS: u64 = 1_000;
// The clusters of a control plane.

/// Time between two probes of a cluster in use.
pub const CLUSTER_PROBE_INTERVAL_SECS: u64 = 10;
/// Time for a probe: a server that takes longer to say its version is of no use for a sync.
pub const CLUSTER_PROBE_TIMEOUT_SECS: u64 = 5;
/// How much longer the pause may be, so that the probes of many clusters spread.
pub const CLUSTER_PROBE_JITTER_PERCENT: u32 = 10;
/// How often to look which clusters are due for a probe.
pub const CLUSTER_PROBE_TICK_MS: u64 = 250;
/// Time for which a cluster counts as used after an application asked for it.
pub const CLUSTER_IN_USE_SECS: u64 = 900;
/// How often it is seen which clusters applications go to: well within the time that they count as used.
pub const CLUSTER_USE_INTERVAL_SECS: u64 = 60;
/// How often what is known of the clusters is written down for others, if it has changed.
pub const CLUSTER_CENSUS_INTERVAL_SECS: u64 = 15;
/// Time for a token to appear in a Secret that asks for one, as Argo CD has it.
pub const ACCOUNT_TOKEN_WAIT_SECS: u64 = 30;
/// Pause between two looks whether it is there.
pub const ACCOUNT_TOKEN_LOOK_MS: u64 = 250;
/// Time for spans to reach the collector, those at a command's end included: it is not worth waiting for.
pub const OTLP_FLUSH_SECS: u64 = 5;

/// Bytes of all renders that the control plane remembers in memory; those beyond are read from disk.
pub const SERVER_RENDERS_MAX_BYTES: u64 = 48 << 20;
// `gantry app`: applications of a control plane from the command line.

/// How often a change of an application is made anew when somebody else was faster: the control plane
/// writes its status every few hundred milliseconds at most.
pub const APP_CHANGE_TRIES_MAX: u32 = 10;
/// What waiting without end means: a year, which timers can still count.
pub const APP_WAIT_FOREVER_SECS: u64 = 365 * 24 * 3600;
/// After so long it is told that no control plane has taken up an operation.
pub const APP_UNTAKEN_OPERATION_SECS: u64 = 10;
/// Bytes of one line of a container's log; a longer one comes in parts. Container runtimes cut at 16 KiB.
pub const LOG_LINE_MAX_BYTES: usize = 256 << 10;
/// Logs of containers that are followed at once.
pub const LOGS_IN_FLIGHT_MAX: usize = 50;

// Paths that matter to applications.

/// Commits that are remembered for a source of an application whose annotation names its paths: the one that
/// is synced, and those that are looked at beside it.
pub const SETTLED_COMMITS_MAX: usize = 4;
/// Pushes that are remembered until what they moved is found.
pub const PUSHES_KEPT_MAX: usize = 64;
/// Time for which they are.
pub const PUSHES_KEPT_SECS: u64 = 60;

// Sync windows.

/// Time after which an operation that a sync window holds back asks again whether it may go on.
pub const WINDOW_ASK_MS: u64 = 1_000;

// What does not answer.

/// Time after which a look no longer counts among those at once: most take some milliseconds, and one that
/// takes so long waits for somebody, for as long as an outage lasts.
pub const LOOK_SLOW_MS: u64 = 1_000;

// Events of applications.

/// Events that are kept of one application, where no hub keeps them: those of a few days of an ordinary one.
pub const APP_EVENTS_MAX: usize = 64;
/// Events that are kept of all applications: some 6 MB.
pub const EVENTS_KEPT_MAX: usize = 16_384;
/// Time for which they are: as long as an API server keeps them unless it is told otherwise.
pub const EVENTS_KEPT_SECS: u64 = 3_600;
/// Events that wait for the hub to take them; those beyond are lost.
pub const EVENTS_WAITING_MAX: usize = 1_024;
/// Bytes of an event's message, as the newer API of events has it.
pub const EVENT_MESSAGE_MAX_BYTES: usize = 1_024;
