/** A limit on everything that comes from outside or grows with use. Units stand last in the names. */
export const LIMITS = {
  /** An id: event, user, item, session, list, model. */
  id_chars: 128,
  text_chars: 4_096,
  query_chars: 512,
  path_chars: 512,
  /** What a search may ask beside its query, and what is counted for it. */
  search_filters: 50,
  facet_values: 50,
  suggestions_per_request: 20,
  /** Above it, attributes of products that match are not counted: it would take milliseconds. */
  products_counted_by_attributes: 1_000,
  /** The newest searches that synonyms and suggestions are learned from, and what is kept of these. */
  searches_learned_from: 500_000,
  synonyms_kept: 5_000,
  suggestions_kept: 5_000,
  attributes_per_product: 64,
  /** A shop's event is some hundred bytes; above this it goes to the dead letters unread. */
  event_bytes: 64 * 1024,
  /** A request with a thousand candidates. */
  request_bytes: 256 * 1024,
  /** What the broker takes at all, so that an oversized record reaches the dead letters instead of blocking a producer. */
  record_bytes: 16 * 1024 * 1024,
  /** Headers of a record that are read, and of these the one that names its trace: 55 bytes today, and later ones may be longer. */
  headers_per_record: 64,
  traceparent_bytes: 256,
  /** Deltas of users that are packed into one record, about: some ten thousand events. */
  delta_bytes: 1024 * 1024,
  /** How much of a refused record its dead letter keeps. */
  dead_letter_value_bytes: 64 * 1024,
  items_per_list: 200,
  candidates_per_request: 1_000,
  /** Offsets by which a list tells what the features of its items were made from; with more partitions, of some of them. */
  applied_offsets_per_list: 256,
  /** Numbers of vectors that one request is compared with, over all modalities: 5 ms or so of the scorer's thread. */
  scanned_numbers_per_request: 50_000_000,
  /** A request that has waited longer in its topic gets a list that is made without the champion: nobody waits for it. */
  request_patience_ms: 5_000,
  /** Requests whose askers a job of pseudonyms remembers: a list of an older one goes back to nobody. */
  askers_remembered: 200_000,
  /** How long a model may hold its thread for 500 candidates: with more, a scorer could not make ten lists a second. */
  score_ms: 100,
  /** How long a batch of requests waits for the vectors of its queries; below it is what an encoder takes for a few. */
  query_vector_ms: 50,
  /** Vectors of queries that a scorer keeps: 1.5 KB each of 384 numbers. */
  query_vectors_kept: 20_000,
  /** Queries that wait for an encoder; those beyond are searched for by words alone. */
  query_vectors_waiting: 64,
  /** An event may be dated this far after the broker's time; beyond it, its clock is wrong. */
  future_ms: 5 * 60_000,
  /** Between the signature of an erasure and the broker's time of it: what comes later is a copy. */
  signed_erasure_ms: 3_600_000,
  /** A rate a day of some currencies, for years. */
  currency_rates: 10_000,
  /** Money: a billion units of a currency. A day's claims together are held below it, too. */
  ad_micros: 1e15,
  items_per_campaign: 1_000,
  label_chars: 64,
  /** A list's id, an item's, and what was done. */
  claim_chars: 300,
  /** Lists of one campaign that a user's frequency cap may count, over so many hours at most. */
  exposures_per_campaign: 50,
  cap_hours: 7 * 24,
  /** Campaigns whose caps are counted for one user; beyond it, those shown the longest ago count no more. */
  capped_campaigns_per_user: 200,
  /** A click is charged within this time of its list, by the broker's clock: for so long copies of it are told. */
  claim_ms: 24 * 3_600_000,
  days_per_account: 8,
  /** Ads are not sold while nobody has charged for them for so long, or is so far behind. */
  billing_silence_ms: 10 * 60_000,
  /** Events of a user that the sequence feature keeps. */
  recent_events_per_user: 24,
  /** So many of a user's events within this time, and the next ones count for no item until he has paused: no person is so fast. */
  pace_ms: 10_000,
  /** Items that a user's history keeps, each once. */
  history_items_per_user: 50,
  /** A user's newest events from which an explanation makes his features again. */
  explained_events: 5_000,
  /** Fewer people than this are never a reason that anybody is told. */
  people_told: 3,
  /** People of whom a scorer remembers what they took last, because somebody follows them: 12 items each. */
  followed_people: 200_000,
  /** Event ids that a user's state remembers in order to see a duplicate. */
  seen_events_per_user: 48,
  /** Users, and as many items, whose states a process has unpacked; those of all others are packed. */
  live_keys: 100_000,
  /** Ids of items that states share instead of a copy for each; beyond it, the next ones are copied once more. */
  names_held: 500_000,
  /** What a key's features take in memory, and its record in the log: 24 events and 50 items are most of a user's. */
  cells_bytes: 2_048,
  user_state_bytes: 24 * 1024,
  item_state_bytes: 6 * 1024,
  /** Lists that the outcomes job holds open in one partition. */
  open_lists_per_partition: 200_000,
  /** Events that wait for a list which has not been read yet. */
  early_events_per_list: 1_000,
  /** Events of a list to whose traces that of its example points. */
  traced_events_per_list: 16,
  /** The newest events that a sequence ranker learns from; a snapshot holds 16 bytes of each in memory. */
  journey_events: 5_000_000,
  rows_per_insert: 20_000,
  /** Of rows that go to ClickHouse at once, about: the rows of one record stay together. */
  insert_bytes: 8 * 1024 * 1024,
  /** Lines of an archive that are sent to ClickHouse at once; also what is done anew after a kill. */
  import_chunk_bytes: 32 * 1024 * 1024,
  /** Rows of an archive that a statement moves, and events that are reduced between two notes of progress. */
  import_rows_per_step: 200_000,
  /** A Parquet file: ClickHouse holds all of one in memory while it reads it. */
  parquet_bytes: 4 * 1024 ** 3,
  /** Users whose states an import holds at once, some 7 KB each; where there are more, it goes through the events again. */
  import_users_at_once: 100_000,
  /** A file of pairs to fine-tune an encoder with, which is held in memory. */
  pairs_bytes: 256 * 1024 * 1024,
  /** A file of sorted questions, which is held in memory. */
  questions_bytes: 64 * 1024 * 1024,
  /** A Markdown file of which questions are answered, and sections of all of them: each question is compared with each. */
  document_bytes: 1024 * 1024,
  passages: 5_000,
  /** What names a source: a file and the headings above a section. */
  source_chars: 1_024,
  /** What a language model's server may answer. */
  completion_chars: 100_000,
  /** Of a partition, in the support job's memory: questions that are not answered again, and as many sessions. */
  answers_remembered: 10_000,
  /** A picture's file, and what it is once it is decoded. */
  picture_bytes: 32 * 1024 * 1024,
  picture_pixels: 64 * 1024 * 1024,
  /** A file of policies or of keys that a setting names, and one of campaigns: each is held in memory. */
  settings_file_bytes: 1024 * 1024,
  campaigns_file_bytes: 64 * 1024 * 1024,
  /** What the console takes in one request: a decision and its reason. */
  console_request_bytes: 16 * 1024,
  /** Decisions that await somebody, and pages that watch, at one time. */
  console_watchers: 64,
  /** Wrong tokens within a minute that are told to be wrong. */
  console_wrong_tokens: 10,
  console_session_hours: 12,
  reason_chars: 500,
  /** How far back the console looks, and how long ClickHouse may take for one of its questions. */
  console_hours: 7 * 24,
  console_query_seconds: 10,
  model_bytes: 640 * 1024 * 1024,
  /** Values alone; with two moments for each, a checkpoint still fits into a file. */
  embedding_table_bytes: 1024 ** 3,
} as const;
