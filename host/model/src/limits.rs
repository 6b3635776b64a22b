//! Every limit and timeout of Gantry, in one table: the unit is in the name, the reason beside it.

mod access;
mod api;
mod control;
mod logins;
mod web;

use std::ops::RangeInclusive;

pub use access::*;
pub use api::*;
pub use control::*;
pub use logins::*;
pub use web::*;

/// Wall-clock time of one render call. Argo CD gives its plugins 90 s; a component that needs
/// more than 10 s for one application has lost its way.
pub const RENDER_DEADLINE_MS: u64 = 10_000;
/// Wall-clock time of one health batch: judging is pure and takes microseconds an object.
pub const HEALTH_DEADLINE_MS: u64 = 2_000;
/// Wall-clock time of the calls that a plugin answers once, at load.
pub const LOAD_DEADLINE_MS: u64 = 5_000;
/// How often the epoch ticks: the grain of the deadlines above.
pub const EPOCH_TICK_MS: u64 = 10;
/// Linear memory of one renderer instance.
pub const RENDER_MEMORY_MAX_BYTES: usize = 256 << 20;
/// Linear memory of one health instance.
pub const HEALTH_MEMORY_MAX_BYTES: usize = 64 << 20;
/// Native stack a guest may use: deep recursion ends in an error, not in the host's stack.
pub const GUEST_STACK_MAX_BYTES: usize = 1 << 20;
/// A `.wasm` file larger than this is not read: Helm's whole engine is 81 MB untrimmed.
pub const PLUGIN_FILE_MAX_BYTES: u64 = 96 << 20;
/// Bytes of all documents of one render.
pub const RENDER_OUTPUT_MAX_BYTES: usize = 64 << 20;
/// Documents of one render: the largest known applications have some thousands.
pub const RENDER_DOCUMENTS_MAX: usize = 20_000;
/// Bytes of captured guest stdout and stderr for each call; the rest is dropped.
pub const GUEST_LOG_MAX_BYTES: usize = 64 << 10;
/// Instances alive at once in this process: cores times a few; the pool reserves address space
/// for each.
pub const INSTANCES_MAX: u32 = 64;
/// Instances alive besides those, for renders within renders and for the questions at load: they
/// end without waiting for others, so that nobody waits for ever.
pub const INNER_INSTANCES_MAX: u32 = 16;
/// Things from outside of its source (repositories, charts, files, renders by others) that one
/// render is handed: a kustomization of a whole platform has some dozens.
pub const OUTSIDE_ASKED_MAX: usize = 512;
/// Time that one render waits for all that it asks from outside, together.
pub const OUTSIDE_TIMEOUT_SECS: u64 = 300;
/// Instances of health plugins that stay for the next call, all plugins together: two for each of
/// the few that there are.
pub const WARM_INSTANCES_MAX: u32 = 8;
/// Calls after which such an instance gives way to a fresh one: what a guest leaks stays small.
pub const WARM_CALLS_MAX: u32 = 1_000;
/// Bytes of all renders that are remembered in memory: some thousands of applications.
pub const RENDER_CACHE_MEMORY_MAX_BYTES: u64 = 256 << 20;
/// Bytes of all renders that are remembered on disk, above which the oldest go.
pub const RENDER_CACHE_DISK_MAX_BYTES: u64 = 1 << 30;
/// Renders of one application that are remembered: a branch that goes back and forth.
pub const RENDER_CACHE_VARIANTS_MAX: usize = 4;
/// Different reads of one render that are remembered; with more, it is not.
pub const RENDER_CACHE_READS_MAX: usize = 100_000;
/// Longest call that the metrics tell apart from longer ones.
pub const METRICS_CALL_MAX_MICROS: u64 = 100_000_000;
/// Quiet time after a change in the plugin directory: a file is copied in several writes.
pub const PLUGIN_WATCH_QUIET_MS: u64 = 200;
/// How often the plugin directory is looked at without being told of a change: some file systems
/// (NFS, mounted volumes) tell of none.
pub const PLUGIN_RESCAN_SECS: u64 = 30;
/// Objects judged by one call to a health component: bounds the copy in and out.
pub const HEALTH_BATCH_MAX: usize = 512;
/// Bytes of the objects in one call to a health component: a quarter of its memory, which holds
/// them as text and as values.
pub const HEALTH_BATCH_MAX_BYTES: usize = 8 << 20;
/// Entries of one function table: Helm's engine with all of client-go has some 60,000.
pub const GUEST_TABLE_MAX_ELEMENTS: usize = 200_000;
/// Handles (trees, streams, pollables) one guest may hold.
pub const GUEST_HANDLES_MAX: usize = 4_096;
/// Random bytes of one call by a guest.
pub const GUEST_RANDOM_MAX_BYTES: u64 = 1 << 20;
/// Last bytes of a guest's output that an error quotes: a panic message and its place.
pub const GUEST_LOG_TAIL_BYTES: usize = 2 << 10;
/// A plugin's parameter schema.
pub const PARAMETERS_SCHEMA_MAX_BYTES: usize = 1 << 20;
/// Size of the cache of compiled plugins, above which wasmtime deletes the oldest.
pub const COMPILE_CACHE_MAX_BYTES: u64 = 2 << 30;

/// Bytes of all files that one `read-matching` call returns: half of a renderer's memory, into
/// which they are copied.
pub const TREE_BATCH_MAX_BYTES: usize = 128 << 20;
/// Names that one `read-matching` call looks at: a monorepo has some 100,000 files.
pub const TREE_WALK_MAX_ENTRIES: usize = 1_000_000;
/// Directories within directories that one `read-matching` call enters.
pub const TREE_WALK_MAX_DEPTH: usize = 128;
/// Globs of one `read-matching` call.
pub const TREE_GLOBS_MAX: usize = 1_024;
/// One file of the source tree: larger than any manifest, small enough to read whole.
pub const TREE_FILE_MAX_BYTES: u64 = 32 << 20;
/// Symbolic links followed for one path, as Linux counts (`ELOOP`).
pub const TREE_LINKS_MAX: usize = 40;
/// Names in one directory that are listed.
pub const TREE_ENTRIES_MAX: usize = 100_000;

/// Nesting of one YAML document, as the API server's decoder allows.
pub const YAML_DEPTH_MAX: usize = 1_000;
/// Quoted scalars of one text whose lines may start at a smaller indentation than theirs: each
/// costs another reading.
pub const YAML_INDENT_REPAIRS_MAX: usize = 64;
/// Nodes that aliases of one document may expand to: stops a billion laughs.
pub const YAML_NODES_MAX: usize = 3_000_000;

/// Time to fetch one revision of a repository.
pub const FETCH_TIMEOUT_SECS: u64 = 120;
/// Time for which a Git server may be silent, over http(s) or behind ssh: whoever fetches from it keeps all others from the
/// cached repository. Git's own servers tell every 5 seconds that they still work (uploadpack.keepAlive).
pub const FETCH_SILENCE_SECS: u64 = 20;
/// Over ssh: time until a server has taken the connection and exchanged keys.
pub const SSH_CONNECT_TIMEOUT_SECS: u64 = 15;
/// How long it may be silent after that until it is asked for a sign of life.
pub const SSH_ALIVE_INTERVAL_SECS: u64 = 5;
/// How many signs of life in a row it may owe.
pub const SSH_ALIVE_MISSED_MAX: u64 = 3;
/// How long ssh may take to end once its answers have: it closes them last, but on a busy machine.
pub const SSH_END_MAX_MS: u64 = 2_000;
/// How often it is looked at until then.
pub const SSH_END_POLL_MS: u64 = 5;
/// Bytes of its answers that are read at once: half of what a pipe holds.
pub const SSH_CHUNK_BYTES: usize = 32 << 10;
/// How many such reads it may be ahead of whoever works on them.
pub const SSH_CHUNKS_AHEAD_MAX: usize = 16;
/// Bytes of what it says of a failure that are told; the last of them, behind banners.
pub const SSH_WORDS_MAX_BYTES: usize = 1_000;
/// Time for an answer of GitHub's API.
pub const GITHUB_TIMEOUT_SECS: u64 = 15;
/// Bytes of one such answer: a page of 100 installations has some 300 KB.
pub const GITHUB_ANSWER_MAX_BYTES: u64 = 4 << 20;
/// Life of what an app signs its requests with: GitHub takes no more than 600 s, and its clock may be another.
pub const GITHUB_SIGNED_SECS: u64 = 480;
/// How long before a request it was signed, since clocks differ.
pub const GITHUB_SIGNED_EARLY_SECS: u64 = 60;
/// How long before its end a token is not used any more: a fetch that begins with it must get through.
pub const GITHUB_TOKEN_SPARE_SECS: u64 = 300;
/// Life of a token at most, whatever clocks say.
pub const GITHUB_TOKEN_MAX_SECS: u64 = 3_600;
/// Time for which it counts which installation an account has, as in Argo CD.
pub const GITHUB_INSTALLATION_KEPT_SECS: u64 = 3_600;
/// Time for which it counts that GitHub refuses an app: a thousand applications that use it cost one request.
pub const GITHUB_ERROR_KEPT_SECS: u64 = 10;
/// Installations on a page: GitHub's most.
pub const GITHUB_PAGE: usize = 100;
/// Pages that are looked through for an account.
pub const GITHUB_PAGES_MAX: usize = 100;
/// Braces within braces of one glob of a project's rule.
pub const GLOB_BRACES_MAX: usize = 16;
/// Tags that an error lists where none fits.
pub const TAGS_LISTED_MAX: usize = 10;
/// How often a fetch looks whether another one of the same repository is done.
pub const CACHE_LOCK_POLL_MS: u64 = 20;
/// Packs of one cached repository, one for each fetch, after which it is fetched into an empty one: each look for an
/// object goes through all of them.
pub const CACHE_PACKS_MAX: usize = 100;
/// Time after which a cached repository goes that nobody has fetched: 30 days.
pub const CACHE_UNUSED_MAX_SECS: u64 = 30 * 86_400;
/// How often a process looks for those.
pub const CACHE_SWEEP_SECS: u64 = 86_400;

/// Time for one request to an API server. Longer than its own 60 s limit, so that its answer wins.
pub const REQUEST_TIMEOUT_SECS: u64 = 65;
/// Time to open a connection to an API server.
pub const CONNECT_TIMEOUT_SECS: u64 = 10;
/// Time between two pings on an open HTTP/2 connection, as client-go has it: a dead peer is found
/// long before the operating system gives up.
pub const CONNECTION_PING_SECS: u64 = 30;
/// Time for the answer to such a ping.
pub const CONNECTION_PING_TIMEOUT_SECS: u64 = 15;
/// Watches on one connection: API servers allow 100 requests at once on each, and a watch holds
/// its place for ever.
pub const WATCHES_PER_CONNECTION_MAX: usize = 64;
/// Time after which a watch is opened anew, so that long ones spread over the API servers.
pub const WATCH_TIMEOUT_SECS: u64 = 290;
/// Pause before a broken watch is opened again; doubles with each further one.
pub const WATCH_BACKOFF_START_MS: u64 = 200;
/// Longest pause between two tries to open a watch.
pub const WATCH_BACKOFF_MAX_MS: u64 = 10_000;
/// Bytes of one watch event: twice what the API server accepts as an object, with room.
pub const WATCH_EVENT_MAX_BYTES: usize = 8 << 20;
/// Time in which the same unknown kind is not asked for again.
pub const DISCOVERY_MISS_MS: u64 = 100;
/// Time for which the kinds that a cluster serves are taken for granted: a CRD that somebody else brings is
/// seen that late. Only whoever looks asks, and by tag: two small answers that say that nothing changed.
pub const DISCOVERY_KEPT_SECS: u64 = 60;
/// Time for whoever looks to wait for these to be read again, before those read last have to do: an API
/// server that was restarted is ready by then.
pub const DISCOVERY_RENEWAL_TIMEOUT_SECS: u64 = 30;
/// Time after which they are asked for again where they could not be read: as often as a cluster is probed.
pub const DISCOVERY_RETRY_SECS: u64 = 10;
/// Group versions of one cluster asked for at once, where it answers only one by one.
pub const DISCOVERY_IN_FLIGHT_MAX: usize = 8;
/// Time after which refused credentials are read anew (a rotated file, an expired token of a
/// credential plugin): a server that refuses them for good must not start a plugin for each request.
pub const CREDENTIALS_REFRESH_MIN_SECS: u64 = 10;
/// Bytes of a server's answer that is no Kubernetes status and is quoted in an error.
pub const SERVER_MESSAGE_MAX_BYTES: usize = 300;
/// Cluster names that an error lists.
pub const CLUSTER_NAMES_LISTED_MAX: usize = 10;
/// Objects in one page of a list: what client-go asks for.
pub const LIST_PAGE_OBJECTS: u32 = 500;
/// Objects in one page of a list that a sync reads: several kinds are read at once, and of large objects
/// with all their owners so many take some megabytes.
pub const SYNC_PAGE_OBJECTS: u32 = 200;
/// Names that are tried for one object with `generateName`, as the API server does itself.
pub const GENERATED_NAME_TRIES_MAX: u32 = 8;
/// Time for which an API server that answered once and no longer does is waited for: a rolling
/// restart takes under a minute, a lost node of a control plane some 40 s more.
pub const API_OUTAGE_MAX_SECS: u64 = 90;
/// An outage that lasts longer is told in the log.
pub const API_OUTAGE_TOLD_MS: u64 = 500;
/// Time for the answer to the question whether it is ready.
pub const API_PROBE_TIMEOUT_SECS: u64 = 5;
/// Longest pause between two such questions: only one of all who wait asks.
pub const API_PROBE_BACKOFF_MAX_MS: u64 = 1_000;
/// Pause before the second try of a request; doubles with each further one.
pub const API_BACKOFF_START_MS: u64 = 100;
/// Longest pause between two tries, unless the server asks for a longer one.
pub const API_BACKOFF_MAX_MS: u64 = 5_000;
/// Tries of one request that a server which works otherwise answers with a fault (5xx, a broken
/// connection): if one in three fails, less than one in five thousand of them fails for good, and a
/// webhook that never answers costs some ten seconds.
pub const API_FAULT_TRIES_MAX: u32 = 8;
/// Tries of a request whose connection breaks, while the server never answered at all.
pub const API_FIRST_TRIES_MAX: u32 = 3;
/// Bytes of one request that an API server takes (`MaxRequestBodyBytes`), to name in errors.
pub const SERVER_REQUEST_MAX_BYTES: usize = 3 << 20;
/// Bytes of one object that etcd takes (`--max-request-bytes`), to name in errors.
pub const ETCD_REQUEST_MAX_BYTES: usize = 3 << 19;
/// Applies in flight at the start of a sync, which adapts from here: with fewer, a thousand objects
/// are half done before it has.
pub const APPLY_IN_FLIGHT_START: usize = 32;
/// Applies in flight at most: measured, a bare client is at its best with 64 to 128 on one API server.
pub const APPLY_IN_FLIGHT_MAX: usize = 128;
/// Mean time of an answer above which fewer applies are kept in flight: a server that takes
/// longer is only queueing.
pub const APPLY_LATENCY_HIGH_MS: u64 = 1_000;
/// More applies are kept in flight while that brings at least this factor of answers a second:
/// below it, the difference is noise.
pub const APPLY_RATE_GAIN_MIN: f64 = 1.05;
/// From this many objects of a kind in a namespace, one list is cheaper than a get for each.
pub const LIST_INSTEAD_OF_GET_MIN: usize = 4;
/// Lists in flight while the kinds of a cluster are searched for objects to prune: leaves room
/// for the applies beside it.
pub const SEARCH_IN_FLIGHT_MAX: usize = 16;
/// How often a CRD is looked at until it is Established.
pub const CRD_POLL_MS: u64 = 50;
/// First pause between two looks whether a deleted object is gone: most are, at once.
pub const GONE_POLL_START_MS: u64 = 20;
/// Longest such pause: what waits for Pods to end takes seconds.
pub const GONE_POLL_MAX_MS: u64 = 1_000;
/// Objects of one sync that the server is asked about one by one before the first write. Of more,
/// it is asked about all that exist and one new one of each kind and namespace: each question costs
/// it nearly what the write does.
pub const DRY_RUN_ALL_MAX: usize = 250;
/// Tries of a small change to an object that somebody else writes to at the same time.
pub const MODIFY_TRIES_MAX: u32 = 5;
/// The pause before the second of them; each further one is twice as long. Controllers write several times in a
/// row to what was just changed.
pub const MODIFY_PAUSE_MS: u64 = 20;
/// Time for a CRD of this sync to become Established.
pub const CRD_ESTABLISHED_TIMEOUT_SECS: u64 = 30;
/// Applications that one command works on at once: while some wait for health, others apply.
pub const APPLICATIONS_IN_FLIGHT_MAX: usize = 16;
/// Time for a whole sync with its wait for health, unless `--timeout` says otherwise.
pub const SYNC_TIMEOUT_SECS: u64 = 300;
/// Time to ask what keeps one object that was not gone in time: after the time limit or Ctrl-C, the table
/// should come soon, and still be true.
pub const STILL_THERE_TIMEOUT_SECS: u64 = 5;

/// Items of a list that are told apart by their keys when objects are compared without a server; longer
/// lists are compared whole. Each item is looked for among all others.
pub const KEYED_ITEMS_MAX: usize = 2_048;
/// Work of one `jqPathExpressions` entry on one object, in values looked at and bytes of text: some
/// hundred times what the largest objects have. Argo CD allows a second, which is more.
pub const JQ_WORK_MAX: u64 = 20_000_000;
/// The least that a step of it counts as work: what it costs beside looking at a value.
pub const JQ_STEP_WORK: u64 = 50;
/// Values within values that it may make: the API server's decoder allows some more, and each takes
/// stack.
pub const JQ_DEPTH_MAX: usize = 200;
/// Bytes of such an expression: a path with many conditions has some hundred.
pub const JQ_EXPRESSION_MAX_BYTES: usize = 8_192;
/// Words and signs of such an expression: each may be a call within a call of the library that reads
/// and runs it.
pub const JQ_TOKENS_MAX: usize = 512;
/// Stack for that, of which only what is used takes memory: twice what the worst expression needs.
pub const JQ_STACK_BYTES: usize = 16 << 20;
/// Brackets within brackets of such an expression.
pub const JQ_BRACKETS_MAX: usize = 32;
/// Entries of an application's history that are kept, unless `revisionHistoryLimit` says otherwise:
/// Argo CD's number.
pub const HISTORY_ENTRIES_DEFAULT: usize = 10;
/// Bytes of one application's history in a cluster: a Secret holds 1 MiB.
pub const HISTORY_SECRET_MAX_BYTES: usize = 960 << 10;
/// Tries to write that Secret while others do: each of them loses to one other.
pub const HISTORY_WRITE_TRIES_MAX: u32 = 16;
/// Time that one process waits while another one writes the database.
pub const DATABASE_BUSY_TIMEOUT_MS: u64 = 10_000;
/// How often it is tried again where the database itself does not wait.
pub const DATABASE_BUSY_POLL_MS: u64 = 10;

/// An object's name, as the API server allows (RFC 1123 subdomain).
pub const OBJECT_NAME_MAX_CHARS: usize = 253;

// Plain files: what guests hold of source trees through `wasi:filesystem`.

/// A path in a source tree, and the target of a symbolic link: `PATH_MAX` of Linux.
pub const TREE_PATH_MAX_BYTES: usize = 4_096;
/// Files and directories that one guest holds open: what `ulimit -n` allows on most systems.
pub const FILES_OPEN_MAX: usize = 1_024;
/// Bytes of all that one guest holds open, listings included: two of the largest files.
pub const FILES_OPEN_MAX_BYTES: usize = 64 << 20;
/// Braces of one glob: each is a call within a call of the library that reads it.
pub const TREE_GLOB_BRACES_MAX: usize = 64;

// Trust in plugins: what `plugins.yaml` may set, and what is read of signatures.

/// What `renderDeadline` may be: below it no cold instance gets anywhere, above it a sync that
/// waits for a lost renderer looks like a hang.
pub const RENDER_DEADLINE_BOUNDS_MS: RangeInclusive<u64> = 100..=600_000;
/// What `healthDeadline` may be: a whole cluster waits for its verdicts.
pub const HEALTH_DEADLINE_BOUNDS_MS: RangeInclusive<u64> = 100..=60_000;
/// What `memory` may be: a guest's stack alone takes 1 MiB, and a 32-bit guest has no more than 4
/// GiB to name.
pub const GUEST_MEMORY_BOUNDS_BYTES: RangeInclusive<u64> = 2 << 20..=4 << 30;
/// What `output` may be: one object is at least so much, and the host holds all of it twice.
pub const RENDER_OUTPUT_BOUNDS_BYTES: RangeInclusive<u64> = 64 << 10..=512 << 20;
/// What `documents` may be.
pub const RENDER_DOCUMENTS_BOUNDS: RangeInclusive<u64> = 1..=1_000_000;
/// What `log` may be; 0 keeps nothing.
pub const GUEST_LOG_BOUNDS_BYTES: RangeInclusive<u64> = 0..=16 << 20;
/// A signature file: some 100 bytes, or a manifest of a few KiB with what signs it.
pub const SIGNATURE_FILE_MAX_BYTES: u64 = 256 << 10;
/// Signatures of one artifact that are looked at: it has one for each signer.
pub const ARTIFACT_SIGNATURES_MAX: usize = 32;
/// Time in which a registry sends nothing at all before it is given up.
pub const REGISTRY_SILENCE_MAX_SECS: u64 = 30;
/// What is read of an answer with a registry's token.
pub const REGISTRY_TOKEN_MAX_BYTES: u64 = 64 * 1024;
/// Tags of one repository of a registry: nightly builds of ten years.
pub const REGISTRY_TAGS_MAX: usize = 10_000;
/// Time to pull or push one plugin: the largest there is, at 3 Mbit a second.
pub const PULL_TIMEOUT_SECS: u64 = 300;

// Versions: what `Masterminds/semver` sets itself.

/// Bytes of one version.
pub const VERSION_MAX_BYTES: usize = 256;
/// Bytes of one range of versions.
pub const VERSION_RANGE_MAX_BYTES: usize = 512;
/// Alternatives (`||`) of one range of versions.
pub const VERSION_RANGE_ALTERNATIVES_MAX: usize = 32;

// Charts and single files, from Helm repositories, registries and web servers.

/// A repository's `index.yaml`, also when it is unpacked: 40,000 versions, with what
/// `helm repo index` writes of each, have 33 MB.
pub const CHART_INDEX_MAX_BYTES: u64 = 128 << 20;
/// One chart's archive: many times what the CRDs and subcharts of an operator take.
pub const CHART_ARCHIVE_MAX_BYTES: u64 = 32 << 20;
/// Bytes of all files of one chart: Helm's own limit.
pub const CHART_UNPACKED_MAX_BYTES: u64 = 100 << 20;
/// Files, directories and links of one chart, subcharts included.
pub const CHART_ENTRIES_MAX: usize = 20_000;
/// How many times larger than its archive a chart may become: YAML packs some 10 to 1, deflate at
/// most 1,032 to 1.
pub const CHART_EXPANSION_MAX: u64 = 200;
/// Unpacked bytes up to which that ratio is not looked at: small files of blanks are harmless.
pub const CHART_EXPANSION_FREE_BYTES: u64 = 4 << 20;
/// Bytes of all chart archives that are kept on disk, above which the oldest go.
pub const CHART_CACHE_MAX_BYTES: u64 = 1 << 30;
/// Bytes of all indexes that are kept on disk, above which the oldest go: some hundred repositories.
pub const CHART_INDEXES_MAX_BYTES: u64 = 256 << 20;
/// Bytes of the notes on disk which version of a chart had which archive, above which the oldest go: some 8,000.
/// Each has a file, and another one for each password, as a registry's token of 12 hours is.
pub const CHART_VERSIONS_MAX_BYTES: u64 = 1 << 20;
/// Versions of a chart, and charts of a repository, that an error lists.
pub const CHART_NAMES_LISTED_MAX: usize = 10;
/// Time for one download: the largest archive at 3 Mbit a second.
pub const DOWNLOAD_TIMEOUT_SECS: u64 = 120;
/// Redirects followed for one download, as Go's client has it.
pub const DOWNLOAD_REDIRECTS_MAX: usize = 10;
/// Web clients that are kept, one for each combination of certificates and proxy.
pub const DOWNLOAD_CLIENTS_MAX: usize = 64;

// `gantry app`: what is sent with an operation, and what is asked of single objects.

/// Bytes of all manifests that one operation brings with it: they lie in the Application while it runs,
/// and etcd takes requests of 1.5 MiB.
pub const OPERATION_MANIFESTS_MAX_BYTES: usize = 1 << 20;
