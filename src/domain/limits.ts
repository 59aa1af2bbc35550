// Every bound of the server, in one place, each with its unit in its name. A limit that a client can meet is
// announced in `ready` and written into the protocol reference. No limit may stand anywhere else in the code.

export const limits = {
  /** A frame above this is answered `too_large` unread (UTF-16 code units of the text). */
  frame_length: 64 * 1024,
  /** A frame above this is never read at all: the socket closes with 1009. */
  frame_hard_bytes: 1024 * 1024,
  /** Each so many of them take one token more from the session's rate limit; of an HTTP body, so many bytes. */
  frame_length_per_token: 1024,
  /** Each so many of a message's text take one token more: it is taken apart into the words by which it is found. */
  content_length_per_token: 200,
  /** Each so many of a reply's take one token more, once it is known (UTF-16 code units). */
  reply_length_per_token: 8 * 1024,
  /** Each so many rows that a change of a server writes, or channels that it shows or hides, take one more, afterwards. */
  rows_per_token: 5,
  /** Tokens of what one user may begin in one turn of the event loop, before others have theirs. */
  turn_tokens: 50,
  /** So many times what a session may ask for, its socket may bring, of whatever kind. A ping counts as so many frames. */
  socket_input_factor: 4,
  /** Objects and arrays within each other in one frame. */
  frame_depth: 32,
  /** Bytes that may wait for one slow reader before it is closed. */
  socket_backpressure_bytes: 1024 * 1024,
  /** Bytes that may wait for all slow readers together before the slowest are closed. */
  sockets_backpressure_bytes: 128 * 1024 * 1024,
  /** Bytes waiting for a reader above which its requests wait too. */
  socket_congested_bytes: 64 * 1024,
  /** Frames that may wait for one slow reader to be worded, before it is closed. */
  frames_waiting: 20_000,
  /** Topics of which is known who of those for whom something waits hears of them. */
  waiting_topics_known: 10_000,
  /** What one session is sent at once of what waits for it (UTF-16 code units), before others have their turn. */
  backlog_length_at_once: 256 * 1024,
  /** What a socket that isn't full is sent past its backlog, all of it at once (UTF-16 code units). */
  short_list_length: 16 * 1024,
  /** Texts of late frames that are kept for those who read slower (UTF-16 code units). */
  worded_frames_length: 16 * 1024 * 1024,
  /** A socket from which nothing came for this long, pings unanswered, is closed. */
  socket_idle_s: 50,
  /** A connection over which nothing came or went for this long, between two calls or within one, is closed. */
  http_idle_s: 30,
  /** Open sockets of one address; of IPv6, of one /64. */
  connections_per_address: 1_000,
  /** Tokens that a new session takes from its user and its address. */
  session_cost: 10,
  /** Each so many of the friends and requests that it is told of when it opens cost one more. */
  friends_per_token: 25,
  /** Entries of a friend list that becomes text at once as a session opens; a longer one does as it is sent. */
  friends_worded_at_once: 32,
  /** Users and addresses whose request buckets are remembered, of each. */
  allowance_entries: 50_000,
  /** Nodes tell each other what somebody has spent of a rate, or has of sockets, in so many parts of what there may be. */
  told_parts: 8,
  /** How often they tell of sockets, and for how long that counts. */
  telling_sockets_ms: 1_000,
  told_sockets_ms: 3_000,
  /** How often it is looked for sockets whose token has expired. */
  token_expiry_sweep_ms: 5_000,
  /** Frames of one session that may wait to be handled; one read from a socket can bring hundreds. */
  session_queue: 1_024,
  sessions_per_user: 32,
  /** Connections whose users are looked up at the same time; after a restart, all come at once. */
  sessions_opening: 8,
  sessions_opening_per_user: 2,
  /** `sync`s that are put together at the same time: the more, the fewer trips to the threads that read for them. */
  syncs_gathering: 32,
  syncs_gathering_per_user: 2,
  /** What those who gather may have asked of one other node at the same time, all together and for one user. */
  asked_of_a_node: 256,
  asked_of_a_node_per_user: 16,
  /** Searches at the same time, and those that may wait. */
  searches: 4,
  searches_per_user: 1,
  searches_waiting: 256,
  /** Exports that are sent at the same time, those that may wait, and how long one may take. */
  exports: 8,
  exports_per_user: 1,
  exports_waiting: 64,
  export_deadline_ms: 60 * 60 * 1000,
  /** Messages, read marks and uploads of an export that are read at once. */
  export_slice: 200,
  /** Those who may wait for any of the above, or for their upload to be stored. */
  pool_waiting: 20_000,
  /** Turns that the users of one address have in a pool before others have theirs, where so many of them wait. */
  pool_turns_per_address: 4,
  /** After so long it is worth asking again for what too many waited for. */
  crowded_retry_ms: 1_000,
  /** How long one turn of the event loop goes on with what comes by the thousand; the rest waits for the next. */
  slice_ms: 4,
  /** Numbers that are held in an array: to look through more takes longer than to hash. */
  small: 32,
  request_id_length: 128,
  /** A request without an answer by then is answered `unavailable`. */
  request_deadline_ms: 10_000,
  /** For so long what a room hides is looked for as what isn't there is, where the database is slow. */
  look_in_vain_ms: 2_000,
  /** Messages that may wait for one actor; the presence registry hears of everybody and has its own. */
  mailbox: 10_000,
  presence_mailbox: 200_000,
  actor_idle_ms: 30_000,
  /** A room costs a read of its structure to start again, so it may rest later than others. */
  room_idle_ms: 300_000,
  actor_sweep_ms: 5_000,
  /** How long `SIGTERM` may take before the process ends regardless. */
  shutdown_ms: 8_000,
  /** How long what was accepted may take of that to be committed. */
  shutdown_flush_ms: 3_000,
  /** So long after the signal nobody waits for that any longer, nor for what is to be pushed, nor for sockets to close. */
  shutdown_flushed_ms: 3_500,
  shutdown_pushed_ms: 4_000,
  shutdown_closed_ms: 5_250,
  /** How long closing sockets may take of that. */
  socket_closing_ms: 2_000,
  /** How long a database server may take of that for what is written after the sockets are closed. */
  shutdown_store_ms: 1_000,

  name_min_length: 2,
  name_max_length: 32,
  /** Names and passwords as they are asked for, whether or not they can be any. */
  name_query_length: 64,
  login_name_length: 1_024,
  login_password_length: 4_096,
  password_min_length: 8,
  password_max_length: 256,
  email_max_length: 254,
  game_name_length: 128,
  watch_party_bytes: 4 * 1024,
  /** Friends, pending requests and blocked people of one user together: a list that fits what may wait for a reader. */
  relations_per_user: 1_000,
  /** Of these, the user's own requests that are not answered yet. */
  requests_per_user: 200,

  /** Items of a page, users of a `get_users`. */
  page_length: 100,
  /** Code units of text in one page of messages, so that a page stays well below what may wait for a reader. */
  page_content_length: 64 * 1024,
  topic_length: 40,
  topics_per_request: 1_000,
  epoch_length: 64,
  /** Changes of one topic that `sync` answers; beyond it, the topic is loaded again. */
  sync_changes: 1_000,
  /** Changed messages that are read at once. */
  sync_slice: 100,
  /** Changes of who may view what of one server that `sync` looks through, and the length of what they changed. */
  sync_history: 5_000,
  sync_history_bytes: 4 * 1024 * 1024,
  /** UTF-8 bytes of all events in one answer of `sync`, so that it stays below what may wait for a reader. */
  sync_bytes: 768 * 1024,
  /** Topics one session may be subscribed to. */
  topics_per_session: 20_000,
  /** Topics of which it is remembered how far they were told. */
  topics_remembered: 100_000,
  /** After a look-up of what two people have in common failed, it is tried again. */
  watching_retry_ms: 1_000,
  /** How old what is stored of when those online were last online may be: after a crash it is all that is known. */
  last_online_ms: 5 * 60 * 1000,
  /** People whose time is stored by one statement: some milliseconds of the writer's. */
  last_online_at_once: 500,
  /** Those who come within this time are noted together, and so are the log-ins that they use. */
  came_ms: 250,
  /** Pause before what somebody was not told of is read again, after it could not be. */
  catching_up_retry_ms: 500,
  /** What nothing was written to for so long in a folder that many share is received by nobody any more. */
  incoming_age_ms: 60 * 60 * 1000,
  /** How often a process reads what others have set. */
  following_ms: 400,
  /** How often all processes are asked whether they know a new secret, before it signs without those that don't say so. */
  knowing_asked: 4,
  /** Handing rooms over to other nodes when the server stops; then leaving them, in the database and at NATS. */
  hand_over_ms: 3_000,
  leaving_ms: 750,
  nats_closing_ms: 250,
  /** After so long nobody is waited for any more who was to say what became of a profile: it is read. */
  profile_change_ms: 20_000,
  /** After so long without a hint at what is stored, it is read. */
  hint_ms: 250,
  /** What was told of people longer ago has come to all nodes that are there. */
  people_lately_ms: 30_000,
  /** Nodes look so often for log-ins and accounts that have ended, and for so many log-ins at a time. */
  people_checked_ms: 30_000,
  people_looked_up: 500,
  servers_per_user: 100,
  /** Conversations in one person's list, strangers' requests aside; a group has so many members. */
  conversations_per_user: 1_000,
  conversation_members: 10,
  /** The same with those that were closed, which come back when something is said in them. */
  conversations_kept_per_user: 5_000,
  /** Strangers' requests that wait for one person, and for how long each does. */
  conversation_requests_per_user: 1_000,
  conversation_request_age_ms: 30 * 24 * 60 * 60 * 1000,
  /** From one look for requests that have waited too long to the next, and those that one job ends. */
  conversation_expiry_ms: 60 * 60 * 1000,
  conversation_expiry_slice: 200,
  /** Hands by which somebody who left a group isn't brought back, of each group. */
  conversation_refused: 100,
  /** Servers, channels and conversations of which one has chosen what to be told. */
  notification_settings_per_user: 1_000,
  /** With those of what has gone. */
  notification_settings_kept_per_user: 5_000,
  /** Of a time in a request. */
  time_length: 40,
  channels_per_server: 500,
  categories_per_server: 100,
  roles_per_server: 250,
  bans_per_server: 10_000,
  /** Bans in one answer: few enough that it stays below what may wait for a reader, whatever the reasons. */
  bans_page: 250,
  invites_per_server: 500,
  /** Of these, those that only who manages the server may make. */
  invites_kept_for_managers: 100,
  /** Open invites of one member who doesn't manage the server. */
  invites_per_creator: 50,
  invite_code_length: 64,
  invite_uses: 1_000_000,
  /** Invites whose server is remembered for who only looks at a link, and how long. */
  invite_previews: 1_000,
  invite_preview_ms: 30_000,
  invite_age_s: 365 * 24 * 60 * 60,
  /** Of a role, category or channel among its like. */
  position: 10_000,
  /** Overwrites of one category or channel. */
  overwrites: 100,
  reaction_kinds: 20,
  pins_per_channel: 50,
  messages_deleted_at_once: 100,
  attachments: 10,
  mentions: 100,
  /** Of those who are there, whom `@here` mentions; where there are more it mentions everybody. */
  here_mentions: 1_000,
  /** Code points, after trimming. */
  message_length: 4_000,
  nonce_length: 64,
  webhooks_per_server: 250,
  bots_per_owner: 20,
  /** Of a list that a program sends, so many items are read. */
  webhook_items: 50,
  /** Of what a program sends, as JSON. */
  webhook_body_bytes: 1024 * 1024,
  /**
   * Bytes of a form with such JSON in it and pictures beside it, which are passed over: a program sends a few screenshots
   * of some hundred KiB.
   */
  webhook_form_bytes: 10 * 1024 * 1024,
  /** For so long at least a nonce is remembered. */
  nonce_age_ms: 86_400_000,
  search_length: 200,
  /** Different words, symbols, characters and pairs of a message by which it is found: more than any prose has. */
  message_terms: 2_000,
  /** How far a text is searched once it is taken apart (UTF-16 code units): one of Hangul becomes three times as long. */
  folded_length: 12_000,
  /** Those of a query that are looked up; further ones are looked for in what is found. */
  search_terms: 64,
  /** Entries of the index that one search looks at, in the lists of all it looks up: it may come short, never be late. */
  search_entries: 4_000,
  /**
   * Lists of which a search finds out how far down they reach with their share of entries: where a page comes short tells
   * of no word that is said less often than that.
   */
  search_lists: 4,
  /** How often a search reads messages that hold what it looked up, and how much of their text, to see which match. */
  search_readings: 5,
  search_text_length: 16 * 1024,
  /** Channels whose lists a search looks up; of more, it passes over hits that lie elsewhere. */
  search_channels: 8,
  /** Messages from before this version's index that one job puts into it, and the pause after it. */
  indexing_slice: 200,
  indexing_pause_ms: 50,
  typing_interval_ms: 3_000,
  /** Channels of one answer, so that it stays below what may wait for a reader. */
  read_states: 8_000,
  /** Channels whose read states are read at once. */
  read_states_slice: 100,
  /** How far `unread` and `mentions` count, and how many unread messages are looked at for it, one's own included. */
  unread_count: 1_000,
  unread_looked_at: 10_000,
  /**
   * Entries of each kind that one look for mentions passes over, shared by its channels, and the least that each has: a
   * page may come short, but never be late.
   */
  mention_entries: 40_000,
  mention_entries_least: 10,
  /** Published messages of a channel that its room keeps in memory. */
  recent_messages: 100,
  /** Members looked at, at once and in all, for those online or of a name: a page may come short, but never be late. */
  members_slice: 500,
  members_looked_at: 20_000,
  /** Members told at once that their server is gone, before other work has its turn. */
  announced_at_once: 500,
  /** Sets of roles, and members with overwrites of their own, of which a room remembers what they may view. */
  standings_cached: 500,
  /** Members of one server that its room keeps in memory. */
  members_cached: 20_000,
  /** Servers, channels, categories, roles and messages, of each kind, whose server is remembered. */
  directory_entries: 50_000,
  /** For so long an entry of the audit log is kept. */
  audit_age_ms: 90 * 24 * 60 * 60 * 1000,
  /** The same of the log of operations. */
  operation_age_ms: 365 * 24 * 60 * 60 * 1000,
  /** Reports of one person that nobody has closed, and for how long a closed one is kept. */
  open_reports: 100,
  report_age_ms: 365 * 24 * 60 * 60 * 1000,
  /** Messages before and after a reported one that are kept with it. */
  report_neighbours: 5,
  /** Entries of the audit log, and reports, that one request looks at: a page may come short of its amount, but never be late. */
  audit_looked_at: 500,
  /** UTF-16 code units of the changes in one page of it. */
  audit_page_length: 256 * 1024,
  image_url_length: 2_048,
  server_name_length: 100,
  /** Names of channels, categories and roles. */
  thing_name_length: 100,
  description_length: 1_000,
  reason_length: 500,
  slow_mode_s: 6 * 60 * 60,
  /** Messages of a channel in slow mode that are looked through for who wrote last, where its room doesn't know. */
  slow_mode_looked_at: 5_000,
  /** How far back a ban may take what the banned one has written. */
  ban_deletes_s: 7 * 24 * 60 * 60,
  /** Combining marks in a row that are put in the order of a normal form: those on one letter are fewer. */
  marks_in_order: 30,
  emoji_length: 64,
  bio_length: 1_000,
  custom_status_length: 128,

  /** Jobs that the writer commits at once, and those that may wait for it. */
  writer_group: 1_000,
  writer_queue: 20_000,
  /** Of a job's text above which it lets others pass, and of all such texts in one group (UTF-16 code units as JSON). */
  writer_long_text_length: 400,
  writer_group_text_length: 8_000,
  /** How long a group smaller than the last waits for more, once, unless it has so many jobs. */
  writer_gather_ms: 1,
  writer_large_group: 64,
  /** Jobs of a group that are answered in one turn of the event loop. */
  writer_settled_at_once: 64,
  /** Priorities of the threads that read, as `nice` has them. */
  quick_reads_niceness: 3,
  long_reads_niceness: 10,
  /** Requests that may wait for one of the database's threads. */
  database_requests: 20_000,
  /** Answers to quick reads that a thread sends at a time. */
  database_replies_together: 16,
  /** Before a thread that died again is replaced: at first, and doubled each time up to the second. */
  database_restart_ms: 100,
  database_restart_max_ms: 5_000,
  /** How long a statement waits for another process that holds the file. */
  database_busy_ms: 5_000,
  /** The same for a new thread, when the one before it died. */
  database_left_busy_ms: 1_000,
  /** Prepared statements that a connection keeps. */
  database_statements: 256,
  /** Pages that the writer's connection keeps: those of all indexes that a large group touches. */
  database_writer_cache_kib: 16_384,
  /** Those of the reader's: what it lacks, the system mostly has in memory. */
  database_reader_cache_kib: 4_096,
  /** What every other figure in pages means. */
  database_page_bytes: 4_096,
  /** Pages in the journal at which it is written into the file: seldom, as a page is often changed again. */
  database_checkpoint_pages: 8_000,
  /** What the journal may keep of the disk once it is emptied. */
  database_journal_bytes: 64 * 1024 * 1024,
  /** What is read of a file at once to copy it. */
  file_copy_bytes: 1024 * 1024,
  /** What is written of a file before it is synced. */
  file_sync_bytes: 1024 * 1024,
  /** How often it is looked whether the database file still stands at its path, while it is used and while it isn't. */
  database_watch_ms: 1_000,
  database_unused_watch_ms: 10_000,
  /** A database that doesn't answer `/readyz` by then is not ready. */
  readiness_deadline_ms: 3_000,
  /** Lines of other nodes that a node takes, which are 30 at most, and those of whoever else tries. */
  lifelines: 64,
  remote_database_deadline_ms: 15_000,
  /** The same of what a node says of itself, and reads of others. */
  lease_database_deadline_ms: 5_000,
  /** What was asked before an outage isn't waited for so long after it. */
  remote_database_revival_ms: 1_000,
  /** Longer than an idle connection waits for another request: Bun gives it up after five minutes. */
  idle_connection_ms: 6 * 60 * 1000,
  /** How long work that a database server is known not to have done is tried again, and the pause before each time. */
  remote_database_patience_ms: 1_000,
  remote_database_pause_ms: 50,
  /** After such a pause a connection that was kept is used no more; sqld ends one after ten seconds. */
  remote_database_idle_ms: 5_000,
  /**
   * Requests that a database server is sent at once, groups aside: by one process, and by all nodes together, each of
   * which may send the least. sqld takes 128 at a time. And how many connections are kept for them.
   */
  remote_database_requests: 20,
  remote_database_requests_of_all: 48,
  remote_database_least_requests: 2,
  remote_database_kept: 3,
  /** Reads for `sync`, and searches, that it is asked for at once: fewer where those are more than two thirds of all. */
  remote_database_lane_reads: 4,
  /** Texts of statements that a server keeps for a batch which says them more than once, and how long one may be. */
  remote_database_texts: 30,
  remote_database_text_length: 5_000,
  /** Messages of deleted channels that one job deletes, and the pause after it, so that other writes have their turn. */
  purge_slice: 200,
  purge_pause_ms: 100,
  /** From one look for what the database is rid of to the next, and what one may take to end when the server stops. */
  purge_ms: 60 * 60 * 1000,
  purge_closing_ms: 1_000,

  /** Messages that one job turns into tombstones, and the pause after it, so that other work has its turn. */
  burial_slice: 100,
  burial_pause_ms: 100,
  /** What is told of such a slice, to all who listen together: where many listen it is smaller. */
  burial_deliveries: 2_000,
  /** From one look for ends of accounts that broke off to the next. */
  removals_ms: 60_000,
  /** Servers that a new account can be made to come into. */
  default_servers: 10,
  /** From one look for new accounts that could not yet come into servers to the next, and how many are read at once. */
  arrivals_ms: 60_000,
  arrivals_read: 100,
  /** From one look for sweeps of messages that broke off to the next, and how many go on in turns. */
  sweeps_ms: 60_000,
  sweeps_at_once: 16,
  /** Messages of a channel that are looked through at once for those of one author. */
  authored_looked_at: 2_000,
  /** Messages of one server that are counted, at most, for whoever runs the installation. */
  messages_counted: 100_000,
  /** Channels whose oldest message is looked for at once. */
  channels_walked: 100,
  /** From one look for messages that are too old to the next. */
  retention_ms: 60 * 60 * 1000,

  /** Bytes of uploads that one user may have, unless an operator says otherwise, and the most that may be said. */
  upload_quota_bytes: 2 * 1024 * 1024 * 1024,
  most_upload_quota_bytes: 999_999_999_999,
  day_ms: 24 * 60 * 60 * 1000,
  /** The most days for which messages may be kept, where they aren't kept for ever. */
  most_retention_days: 36_500,
  /** Of one file, unless the operator says otherwise. */
  upload_bytes: 25 * 1024 * 1024,
  /** Code points. */
  file_name_length: 128,
  /** What `multipart/form-data` may wrap around the file. */
  upload_wrapping_bytes: 64 * 1024,
  /** Fields of such a form, and the head of one. */
  upload_form_parts: 16,
  upload_form_head_bytes: 16 * 1024,
  /** An upload that hasn't come whole by then is refused, unless it came on faster than that. */
  upload_deadline_ms: 5 * 60 * 1000,
  upload_least_bytes_per_s: 64 * 1024,
  /** Bytes of unfinished uploads on the disk, all users together; beyond it uploads are answered `unavailable`. */
  unfinished_uploads_bytes: 1024 * 1024 * 1024,
  /** An address that holds more than this part of them may have to give way to others. */
  unfinished_uploads_shares: 4,
  /** An upload that hasn't come on by so many bytes in such a time gives way where the room is short. */
  upload_pace_bytes: 64 * 1024,
  upload_pace_ms: 10_000,
  /** Pieces of uploads that are hashed and written at once: whatever else is synced meanwhile waits for them. */
  upload_pieces: 1,
  /** Uploads that are looked at and stored at once. */
  upload_jobs: 2,
  upload_jobs_per_user: 1,
  /** An image is held in memory while it is looked at; of other files nothing is. */
  image_bytes: 64 * 1024 * 1024,
  /** Of an image's first bytes, so many say what it is. */
  image_signature_bytes: 64,
  /** An image has at most this many pixels, and on each side. */
  image_pixels: 100_000_000,
  image_side: 16_384,
  /** Segments, chunks or blocks of an image that are looked at to see whether it is whole. */
  image_parts: 200_000,
  /** Small versions made at once, and of an image of how many pixels at most: each takes 4 bytes. */
  small_jobs: 1,
  small_jobs_waiting: 256,
  small_pixels: 50_000_000,
  small_quality: 80,
  /** Images of which it is remembered that no small version can be made. */
  small_failures: 10_000,
  /** How far into an AVIF its size is looked for. */
  avif_head_bytes: 64 * 1024,
  /** Boxes of an AVIF that are looked at to see whether they are whole; of a photograph's there are a few. */
  avif_boxes: 10_000,
  /** What the uploads' bucket may take to answer. */
  bucket_deadline_ms: 30_000,
  /** An upload that nothing refers to is swept after this. */
  upload_orphan_age_ms: 24 * 60 * 60 * 1000,
  upload_sweep_ms: 60 * 60 * 1000,
  /** What a sweep may take to end when the server stops. */
  upload_sweep_closing_ms: 1_000,
  /** Uploads that one read of a sweep finds, and how many reads a sweep has at most. */
  upload_sweep_slice: 100,
  upload_sweep_slices: 1_000,

  /** Mails that are sent at once, those that may wait, and what a mail server may take to answer. */
  mail_jobs: 2,
  mail_waiting: 500,
  mail_deadline_ms: 10_000,
  /** What those under way may take to end when the server stops. */
  mail_closing_ms: 2_000,

  /** Where the browsers of one user are told what was said while they were away, and how long such an address may be. */
  push_subscriptions_per_user: 10,
  push_endpoint_length: 2_048,
  push_key_length: 128,
  /** Of one channel a browser is told at most so often. */
  push_interval_ms: 60_000,
  /** What is said in this time is looked at together. */
  push_gathering_ms: 300,
  /** Channels of which it waits to be looked at what was said; beyond it those that waited longest are left out. */
  push_channels_waiting: 10_000,
  /**
   * From which message on nobody may have looked at who is to be told of it, is noted no closer to the present: so long
   * may it take until what is stored is known. After the process died so many are looked at, the newest.
   */
  push_settling_ms: 20_000,
  push_messages_recovered: 50_000,
  /** Messages of one channel that are looked at together, and users who are told of them in one write. */
  push_messages_looked_at: 100,
  push_users_at_once: 200,
  /** Things that wait to be sent, all together and to one log-in; beyond it none is added. */
  push_queue: 50_000,
  push_notices_per_login: 100,
  /** For one user waits no more than this part of the queue that is free, so that there is room for others. */
  push_queue_shares: 100,
  /** Log-ins that something is sent to at once, those of one user, and how many are looked through for them. */
  push_jobs: 16,
  push_jobs_per_user: 2,
  push_jobs_looked_at: 64,
  /** After so long others have their turn before what is left is sent to a log-in. */
  push_turn_ms: 15_000,
  /** A push service keeps it for so long, and so long it is tried to be handed over. */
  push_ttl_s: 24 * 60 * 60,
  push_deadline_ms: 10_000,
  /** The first pause after a push service did not take something, and the longest; a service may want up to the last. */
  push_first_pause_ms: 30_000,
  push_most_pause_ms: 60 * 60 * 1000,
  /** A subscription of which nothing was taken for so long is forgotten. */
  push_failing_ms: 7 * 24 * 60 * 60 * 1000,
  /** Characters of a message that are shown in advance (code points), and channels that a badge counts. */
  push_preview_length: 200,
  push_channels_counted: 50,
  /** What is kept of what was sent is forgotten after a day, in such slices and at such times. */
  push_purge_slice: 500,
  push_purge_ms: 60 * 60 * 1000,
  /** From one look for what others have left waiting, and for who has subscribed elsewhere, to the next. */
  push_look_ms: 10_000,
  /** Push services for which a signature is kept, and for how long; it is good for somewhat longer. */
  push_services: 1_000,
  push_signature_ms: 6 * 60 * 60 * 1000,
  /** What those under way may take to end when the server stops. */
  push_closing_ms: 3_000,
  /** Of several users with one address, so many are written to. */
  users_of_one_email: 5,
  /** Of a user agent, as much is looked at; and of what a device is called, as much kept (UTF-16 code units). */
  user_agent_length: 256,
  device_name_length: 64,
  /** In such steps it is kept when a log-in was used last. */
  login_use_step_ms: 60 * 60 * 1000,
  /** Log-ins whose last use is written at once. */
  login_uses_at_once: 500,
  /** Of one user; one more ends the one that was used longest ago. */
  logins_per_user: 256,
  token_age_ms: 90 * 24 * 60 * 60 * 1000,
  /** Invites to make an account; those that have expired are kept for so long, to be seen. */
  registration_invites: 1_000,
  registration_invite_kept_ms: 30 * 24 * 60 * 60 * 1000,
  /** How long the link in a mail, or an operator's, is good. */
  link_age_ms: 24 * 60 * 60 * 1000,
  /** HTTP requests of one address that begin in one turn of the event loop; further ones wait for the next. */
  http_requests_a_turn: 64,
  http_body_bytes: 64 * 1024,
  /** A body of which more is announced, or comes, is refused before any call sees it. */
  http_hard_body_bytes: 64 * 1024 * 1024,
  /** A JSON body that hasn't come whole by then is refused; a form with files, unless it keeps an upload's pace. */
  http_body_deadline_ms: 10_000,
  link_token_length: 128,
  /** What a system takes as the path of a socket: macOS a little less than Linux. */
  socket_path_bytes: 103,
  /** Connections of the command line at once. */
  operator_connections: 32,
  /** Tokens that operations take from the address's rate limit: those that only look, and those that change. */
  overview_cost: 10,
  operation_cost: 20,
  /** Password hashes computed at once; each takes a thread and `ORCHARD_PASSWORD_MEMORY_KIB` of memory. */
  password_jobs: 2,
  /** Those of one name from one address, or of one user. */
  password_jobs_per_name: 1,
  /** Turns that the names and users of one address have before others have theirs: a hash takes long. */
  password_turns_per_address: 1,
  /** Hashes that may be waited for. */
  password_queue: 512,
  /** Sets of parameters with which a wrong password is tried, the present one among them. */
  password_parameters: 3,
  /** Addresses from which a user has logged in that are remembered, those used last, and for how long. */
  login_places: 16,
  login_place_age_ms: 90 * 24 * 60 * 60 * 1000,
  /** Bursts of guesses at one name that all addresses together have from which its owner hasn't logged in lately. */
  login_stranger_bursts: 4,
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
  session_requests: { burst: 600, per_s: 60 },
  /** Refused requests after which a session that doesn't slow down is closed with 4008. */
  session_refusals: { burst: 100, per_s: 1 },
  /** The same, and HTTP calls, of all sessions of one user, and of one address. */
  user_requests: { burst: 2_400, per_s: 240 },
  address_requests: { burst: 60_000, per_s: 6_000 },
  /** HTTP requests of any kind: a household's at once, and at 15 to 30 µs each no more than 3 % of the event loop. */
  http_per_address: { burst: 10_000, per_s: 1_000 },
  connects_per_address: { burst: 2_000, per_s: 50 },
  login_per_name: { burst: 10, per_s: 0.2 },
  login_per_address: { burst: 120, per_s: 2 },
  register_per_address: { burst: 120, per_s: 0.5 },
  /** Mails to one person, whoever asks for them; and those that one address asks for. */
  mails_per_person: { burst: 5, per_s: 0.002 },
  mail_asks_per_address: { burst: 30, per_s: 0.05 },
  uploads_per_user: { burst: 30, per_s: 0.2 },
  /** What one webhook may say: never more than the burst in the time in which it comes back. */
  webhook_messages: { burst: 30, per_s: 0.5 },
  /** Uploads asked for that aren't there. */
  upload_misses_per_address: { burst: 300, per_s: 1 },
  /** Invites asked for that lead nowhere. */
  invite_misses_per_address: { burst: 60, per_s: 0.5 },
} as const satisfies Record<string, Rate>;

export type Rates = Readonly<Record<keyof typeof rates, Rate>>;

/** Those limits that an operator may set. */
export interface Bounds {
  readonly connections_per_address: number;
  readonly sessions_per_user: number;
  readonly topics_per_session: number;
  readonly frame_length: number;
  readonly frame_depth: number;
  readonly socket_backpressure_bytes: number;
  readonly sockets_backpressure_bytes: number;
  readonly socket_idle_s: number;
  readonly http_idle_s: number;
  readonly upload_bytes: number;
}

const met_by_clients = [
  "frame_length",
  "frame_length_per_token",
  "content_length_per_token",
  "reply_length_per_token",
  "frame_depth",
  "request_id_length",
  "sessions_per_user",
  "name_min_length",
  "name_max_length",
  "password_min_length",
  "password_max_length",
  "relations_per_user",
  "requests_per_user",
  "game_name_length",
  "watch_party_bytes",
  "page_length",
  "topics_per_request",
  "topics_per_session",
  "sync_changes",
  "servers_per_user",
  "conversations_per_user",
  "conversation_members",
  "notification_settings_per_user",
  "channels_per_server",
  "categories_per_server",
  "roles_per_server",
  "bans_per_server",
  "invites_per_server",
  "invites_per_creator",
  "invite_uses",
  "invite_age_s",
  "webhooks_per_server",
  "bots_per_owner",
  "overwrites",
  "reaction_kinds",
  "pins_per_channel",
  "messages_deleted_at_once",
  "attachments",
  "mentions",
  "message_length",
  "nonce_length",
  "search_length",
  "typing_interval_ms",
  "read_states",
  "unread_count",
  "image_url_length",
  "server_name_length",
  "thing_name_length",
  "description_length",
  "reason_length",
  "slow_mode_s",
  "ban_deletes_s",
  "emoji_length",
  "bio_length",
  "custom_status_length",
  "upload_bytes",
  "file_name_length",
  "image_pixels",
  "image_side",
] as const satisfies (keyof typeof limits)[];

/** Those that a client can meet, as `ready` carries them. */
export function announcedLimits(bounds: Bounds = limits, of: Rates = rates): Readonly<Record<string, number>> {
  const values: Record<string, number> = { ...limits, ...bounds };
  return {
    ...Object.fromEntries(met_by_clients.map((name) => [name, values[name] as number])),
    requests_burst: of.session_requests.burst,
    requests_per_s: of.session_requests.per_s,
  };
}
