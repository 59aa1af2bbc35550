// Every bound of the server, in one place, each with its unit in its name. A limit that a client can meet is
// announced in `ready` and written into the protocol reference. No limit may stand anywhere else in the code.

export const limits = {
  /** A frame above this is answered `too_large` unread (UTF-16 code units of the text). */
  frame_length: 64 * 1024,
  /** A frame above this is never read at all: the socket closes with 1009. */
  frame_hard_bytes: 1024 * 1024,
  /** Objects and arrays within each other in one frame. */
  frame_depth: 32,
  /** Bytes that may wait for one slow reader before it is closed. */
  socket_backpressure_bytes: 1024 * 1024,
  /** A socket from which nothing came for this long, pings unanswered, is closed. */
  socket_idle_s: 50,
  /** Frames of one session that may wait to be handled. */
  session_queue: 256,
  sessions_per_user: 32,
  request_id_length: 128,
  /** A request without an answer by then is answered `unavailable`. */
  request_deadline_ms: 10_000,
  /** Messages that may wait for one actor; the presence registry hears of everybody and has its own. */
  mailbox: 10_000,
  presence_mailbox: 200_000,
  actor_idle_ms: 30_000,
  actor_sweep_ms: 5_000,
  /** How long `SIGTERM` may take before the process ends regardless. */
  shutdown_ms: 8_000,
  /** How long closing sockets may take of that. */
  socket_closing_ms: 2_000,

  name_min_length: 2,
  name_max_length: 32,
  password_min_length: 8,
  password_max_length: 256,
  email_max_length: 254,
  game_name_length: 128,
  watch_party_bytes: 4 * 1024,
  /** Friends, pending requests and blocked people of one user together. */
  relations_per_user: 2_000,

  /** Items of a page, users of a `get_users`. */
  page_length: 100,
  topics_per_request: 1_000,
  /** Topics one session may be subscribed to. */
  topics_per_session: 20_000,
  servers_per_user: 100,
  channels_per_server: 500,
  categories_per_server: 100,
  roles_per_server: 250,
  bans_per_server: 10_000,
  invites_per_server: 500,
  invite_uses: 1_000_000,
  invite_age_s: 365 * 24 * 60 * 60,
  /** Overwrites of one category or channel. */
  overwrites: 100,
  reaction_kinds: 20,
  attachments: 10,
  mentions: 100,
  /** Code points, after trimming. */
  message_length: 4_000,
  nonce_length: 64,
  search_length: 200,
  typing_interval_ms: 3_000,
  /** How far `unread` and `mentions` count. */
  unread_count: 1_000,
  /** Published messages of a channel that its room keeps in memory. */
  recent_messages: 100,
  /** Members of one server that its room keeps in memory. */
  members_cached: 20_000,
  image_url_length: 2_048,
  server_name_length: 100,
  /** Names of channels, categories and roles. */
  thing_name_length: 100,
  description_length: 1_000,
  reason_length: 500,
  emoji_length: 64,
  bio_length: 1_000,
  custom_status_length: 128,
  upload_bytes: 8 * 1024 * 1024,
  /** An upload that nothing refers to is swept after this. */
  upload_orphan_age_ms: 24 * 60 * 60 * 1000,

  token_age_ms: 90 * 24 * 60 * 60 * 1000,
  http_body_bytes: 64 * 1024,
  /** Password hashes computed at once; each takes a thread and `ORCHARD_PASSWORD_MEMORY_KIB` of memory. */
  password_jobs: 2,
  /** Log-ins and registrations that may wait for a hash. */
  password_queue: 512,
  /** Names and addresses whose throttle is remembered. */
  throttle_entries: 20_000,
} as const;

/** A token bucket's size in tokens and its refill in tokens a second. */
export interface Rate {
  readonly burst: number;
  readonly per_s: number;
}

export const rates = {
  /** Requests of one session, weighed by the cost of each message type. */
  session_requests: { burst: 240, per_s: 60 },
  /** Refused requests after which a session that doesn't slow down is closed with 4008. */
  session_refusals: { burst: 100, per_s: 1 },
  login_per_name: { burst: 10, per_s: 0.2 },
  login_per_address: { burst: 120, per_s: 2 },
  register_per_address: { burst: 120, per_s: 0.5 },
} as const satisfies Record<string, Rate>;
