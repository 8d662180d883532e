/**
 * ClickHouse's side of the contract. Rows that come from Kafka carry topic, partition and offset: a sink finds
 * in them where it stands, and a row that was written twice is seen.
 *
 * No table remembers its last inserts any more (`non_replicated_deduplication_window`). ClickHouse notes what it has seen
 * before the rows are there: killed between the two, it takes each further try for a copy, and says that all went well. So
 * who repeats an insert asks the table first, or leaves it to the table's key, of which its engine keeps one row.
 */
const SOURCE = 'topic LowCardinality(String), partition UInt16, offset UInt64, recorded DateTime64(3)';

export interface Migration {
  name: string;
  sql: string;
  /** Names the tables for each of which the statement is made. */
  of?: string;
}

/** One statement a migration, in order; never changed once released, only added to. Tables of before 130 were made to remember. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: '001 events',
    sql: `CREATE TABLE events (
      id String, type LowCardinality(String), at DateTime64(3), user String, session String,
      item String, list String, position Nullable(UInt16), surface LowCardinality(String),
      query String, value Nullable(Float64), ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (toStartOfHour(at), user, topic, partition, offset)`,
  },
  {
    name: '002 catalogue',
    sql: `CREATE TABLE catalogue (
      item String, at DateTime64(3), title String, description String, category LowCardinality(String),
      brand LowCardinality(String), price Nullable(Float64), currency LowCardinality(String), available Bool,
      withdrawn Bool, attributes Map(String, String), ${SOURCE}
    ) ENGINE = ReplacingMergeTree(offset) ORDER BY item`,
  },
  {
    name: '003 ranked_lists',
    sql: `CREATE TABLE ranked_lists (
      list String, at DateTime64(3), user String, session String, surface LowCardinality(String),
      model LowCardinality(String), arm LowCardinality(String), features_version LowCardinality(String),
      candidates UInt32, items Array(String), scores Array(Float32), propensities Array(Nullable(Float64)),
      reasons Array(LowCardinality(String)), features Array(Array(Float32)),
      spent_ms Map(LowCardinality(String), Float32), ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (surface, toStartOfHour(at), list)`,
  },
  {
    name: '004 examples',
    sql: `CREATE TABLE examples (
      list String, at DateTime64(3), user String, surface LowCardinality(String), model LowCardinality(String),
      arm LowCardinality(String), features_version LowCardinality(String), position UInt16, item String,
      propensity Nullable(Float64), features Array(Float32), clicked Bool, carted Bool, purchased Bool,
      version UInt32, ${SOURCE}
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (surface, toStartOfHour(at), list, position)`,
  },
  {
    name: '005 user_features',
    sql: `CREATE TABLE user_features (
      user String, at DateTime64(3), sums Array(Float64), recent Array(String), ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (user, at, topic, partition, offset)
      TTL toDateTime(recorded) + INTERVAL 90 DAY`,
  },
  {
    name: '006 item_features',
    sql: `CREATE TABLE item_features (
      item String, at DateTime64(3), sums Array(Float64), ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (item, at, topic, partition, offset)
      TTL toDateTime(recorded) + INTERVAL 90 DAY`,
  },
  {
    name: '007 dead_letters',
    sql: `CREATE TABLE dead_letters (
      id String, reason LowCardinality(String), detail String, source_topic LowCardinality(String),
      source_partition UInt16, source_offset UInt64, key Nullable(String), value Nullable(String), truncated Bool,
      at DateTime64(3), ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY id`,
  },
  {
    name: '008 sink_progress',
    sql: `CREATE TABLE sink_progress (
      topic LowCardinality(String), partition UInt16, next UInt64, at DateTime64(3)
    ) ENGINE = ReplacingMergeTree(next) ORDER BY (topic, partition)`,
  },
  {
    name: '009 promotions',
    sql: `CREATE TABLE promotions (
      surface LowCardinality(String), model String, previous Nullable(String), manifest String, reason String,
      workflow String, at DateTime64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY (surface, at, model)`,
  },
  {
    name: '010 item_vectors',
    sql: `CREATE TABLE item_vectors (
      item String, modality LowCardinality(String), encoder LowCardinality(String), hash String,
      at DateTime64(3), values Array(Float32), ${SOURCE}
    ) ENGINE = ReplacingMergeTree(offset) ORDER BY (modality, encoder, item)`,
  },
  {
    name: '011 history of ranked_lists',
    sql: `ALTER TABLE ranked_lists ADD COLUMN history Array(String) AFTER candidates,
      ADD COLUMN index Map(LowCardinality(String), String) AFTER history`,
  },
  {
    name: '012 history of examples',
    sql: 'ALTER TABLE examples ADD COLUMN history Array(String) AFTER features',
  },
  {
    name: '013 dismissals of examples',
    sql: 'ALTER TABLE examples ADD COLUMN dismissed Nullable(Bool) AFTER purchased',
  },
  {
    name: '014 policy of ranked_lists',
    sql: `ALTER TABLE ranked_lists ADD COLUMN policies Array(String) AFTER reasons,
      ADD COLUMN removed Map(LowCardinality(String), UInt32) AFTER candidates,
      ADD COLUMN slate_propensity Nullable(Float64) AFTER propensities`,
  },
  {
    name: '015 features of users by name',
    sql: `ALTER TABLE user_features ADD COLUMN IF NOT EXISTS values Map(LowCardinality(String), Float64) AFTER at,
      DROP COLUMN IF EXISTS sums`,
  },
  {
    name: '016 features of items by name',
    sql: `ALTER TABLE item_features ADD COLUMN IF NOT EXISTS values Map(LowCardinality(String), Float64) AFTER at,
      DROP COLUMN IF EXISTS sums`,
  },
  {
    name: '017 lateness of events',
    sql: `ALTER TABLE events ADD COLUMN IF NOT EXISTS late_ms Int64
      ALIAS toUnixTimestamp64Milli(recorded) - toUnixTimestamp64Milli(at) COMMENT 'from the event to the broker'`,
  },
  {
    name: '018 imports',
    sql: `CREATE TABLE imports (
      work String COMMENT 'a file by its content, or the examples of some files', state String, step UInt64,
      at DateTime64(3) DEFAULT now64(3)
    ) ENGINE = ReplacingMergeTree(step) ORDER BY work`,
  },
  {
    name: '018 what ranked_lists were made from',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS query String AFTER surface,
      ADD COLUMN IF NOT EXISTS applied_user UInt64 AFTER features,
      ADD COLUMN IF NOT EXISTS applied_items Map(UInt16, Array(UInt64)) AFTER applied_user,
      ADD COLUMN IF NOT EXISTS applied_catalogue Array(UInt64) AFTER applied_items,
      ADD INDEX IF NOT EXISTS by_recorded recorded TYPE minmax`,
  },
  {
    name: '019 feature_comparisons',
    sql: `CREATE TABLE feature_comparisons (
      until DateTime64(3), from DateTime64(3), features_version LowCardinality(String), lists UInt64, unseen UInt64,
      vectors UInt64, left_out Map(LowCardinality(String), UInt64)
    ) ENGINE = ReplacingMergeTree ORDER BY until TTL toDateTime(until) + INTERVAL 90 DAY`,
  },
  {
    name: '020 feature_consistency',
    sql: `CREATE TABLE feature_consistency (
      until DateTime64(3), feature LowCardinality(String), compared UInt64, different UInt64, greatest Float64,
      list String, item String, logged Nullable(Float64), rebuilt Nullable(Float64)
    ) ENGINE = ReplacingMergeTree ORDER BY (until, feature) TTL toDateTime(until) + INTERVAL 90 DAY`,
  },
  {
    name: '021 accepted_losses',
    sql: `CREATE TABLE accepted_losses (
      job LowCardinality(String), topic LowCardinality(String), partition UInt16, state LowCardinality(String),
      from Nullable(UInt64), to UInt64, records Nullable(UInt64), by String, reason String, at DateTime64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY (job, topic, partition, at)`,
  },
  {
    name: '022 experiments of ranked_lists',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS role LowCardinality(String) AFTER arm,
      ADD COLUMN IF NOT EXISTS experiment LowCardinality(String) AFTER role,
      ADD COLUMN IF NOT EXISTS stage LowCardinality(String) AFTER experiment,
      ADD COLUMN IF NOT EXISTS assigned LowCardinality(String) AFTER stage,
      ADD COLUMN IF NOT EXISTS teams Array(LowCardinality(String)) AFTER policies`,
  },
  {
    name: '023 experiments of examples',
    sql: `ALTER TABLE examples ADD COLUMN IF NOT EXISTS role LowCardinality(String) AFTER arm,
      ADD COLUMN IF NOT EXISTS experiment LowCardinality(String) AFTER role,
      ADD COLUMN IF NOT EXISTS stage LowCardinality(String) AFTER experiment,
      ADD COLUMN IF NOT EXISTS assigned LowCardinality(String) AFTER stage,
      ADD COLUMN IF NOT EXISTS team LowCardinality(String) AFTER item`,
  },
  {
    name: '024 shadows',
    sql: `CREATE TABLE shadows (
      list String, at DateTime64(3), user String, surface LowCardinality(String), experiment LowCardinality(String),
      model LowCardinality(String), champion LowCardinality(String), candidates UInt32, kendall Nullable(Float32),
      overlap Nullable(Float32), score_ms Float32, champion_ms Float32, failed Bool, ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (experiment, at, list) TTL toDateTime(at) + INTERVAL 90 DAY`,
  },
  {
    name: '025 what promotions were',
    sql: `ALTER TABLE promotions ADD COLUMN IF NOT EXISTS kind LowCardinality(String) DEFAULT 'promotion' AFTER surface,
      ADD COLUMN IF NOT EXISTS experiment LowCardinality(String) AFTER reason,
      ADD COLUMN IF NOT EXISTS stage LowCardinality(String) AFTER experiment,
      ADD COLUMN IF NOT EXISTS requested_by String AFTER stage`,
  },
  {
    name: '026 ads of ranked_lists',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS campaigns Array(LowCardinality(String)),
      ADD COLUMN IF NOT EXISTS prices Array(Nullable(UInt64)) COMMENT 'micros of a click, or of a purchase'`,
  },
  {
    name: '027 campaigns',
    sql: `CREATE TABLE campaigns (
      campaign String, at DateTime64(3), status LowCardinality(String), items Array(String),
      pays_for LowCardinality(String), bid_micros UInt64, daily_micros UInt64, currency LowCardinality(String),
      zone LowCardinality(String), label String, terms String COMMENT 'JSON: dates, weekdays, hours, cap', ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (campaign, at, topic, partition, offset)`,
  },
  {
    name: '028 charges',
    sql: `CREATE TABLE charges (
      id String, campaign String, day Date, verdict LowCardinality(String), pays_for LowCardinality(String),
      price_micros UInt64, billed_micros UInt64, currency LowCardinality(String), daily_micros UInt64,
      at DateTime64(3), list String, list_at DateTime64(3), item String, position UInt16, ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (campaign, day, id, verdict)`,
  },
  {
    name: '029 offsets of events',
    sql: 'ALTER TABLE events ADD INDEX IF NOT EXISTS by_offset offset TYPE minmax',
  },
  {
    name: '030 offsets of events that are there',
    sql: 'ALTER TABLE events MATERIALIZE INDEX by_offset',
  },
  {
    name: '031 watch_looks',
    sql: `CREATE TABLE watch_looks (
      surface LowCardinality(String), at DateTime64(3), model LowCardinality(String), promoted DateTime64(3),
      act LowCardinality(String), reason String, outcome String, workflow String, version UInt8
    ) ENGINE = ReplacingMergeTree(version) ORDER BY (surface, at)`,
  },
  {
    name: '032 watch_signals',
    sql: `CREATE TABLE watch_signals (
      surface LowCardinality(String), at DateTime64(3), model LowCardinality(String), promoted DateTime64(3),
      signal LowCardinality(String), state LowCardinality(String), since DateTime64(3), says LowCardinality(String),
      value Nullable(Float64), low Nullable(Float64), high Nullable(Float64), most Nullable(Float64), reason String,
      epoch UInt32, beside LowCardinality(String), scale Nullable(Float64), alone Bool
    ) ENGINE = ReplacingMergeTree ORDER BY (surface, at, signal) TTL toDateTime(at) + INTERVAL 90 DAY`,
  },
  {
    name: '033 watch_drift',
    sql: `CREATE TABLE watch_drift (
      surface LowCardinality(String), at DateTime64(3), model LowCardinality(String), feature LowCardinality(String),
      psi Float64, js Float64, expected Float64, chance Float64, excess Float64
    ) ENGINE = ReplacingMergeTree ORDER BY (surface, at, feature) TTL toDateTime(at) + INTERVAL 90 DAY`,
  },
  {
    name: '034 watch_references',
    sql: `CREATE TABLE watch_references (
      surface LowCardinality(String), model LowCardinality(String), promoted DateTime64(3), until DateTime64(3),
      place UInt16, feature LowCardinality(String), edges Array(Float64), users UInt64, counts Array(Float64),
      products Array(Float64), at_default Float64
    ) ENGINE = ReplacingMergeTree ORDER BY (surface, model, promoted, until, place)`,
  },
  {
    name: '040 pictures of products',
    sql: 'ALTER TABLE catalogue ADD COLUMN IF NOT EXISTS image String AFTER available',
  },
  {
    name: '041 deeds on the console',
    sql: `CREATE TABLE console_deeds (
      id String, at DateTime64(3), session String, role LowCardinality(String), deed LowCardinality(String),
      surface LowCardinality(String), model String, by String, reason String, outcome LowCardinality(String),
      detail String
    ) ENGINE = MergeTree ORDER BY (at, id)`,
  },
  {
    name: '042 training_progress',
    sql: `CREATE TABLE training_progress (
      run String, at DateTime64(3), epoch UInt32, epochs UInt32, loss Nullable(Float64),
      validation_loss Nullable(Float64)
    ) ENGINE = ReplacingMergeTree ORDER BY (run, at) TTL toDateTime(at) + INTERVAL 90 DAY`,
  },
  {
    name: '050 answers',
    sql: `CREATE TABLE answers (
      answer String, at DateTime64(3), user String, session String, question String, language LowCardinality(String),
      intent LowCardinality(String), probability Nullable(Float32), outcome LowCardinality(String), text String,
      sources Array(String), list String, generator LowCardinality(String), dropped UInt32, spent_ms Float32, ${SOURCE}
    ) ENGINE = ReplacingMergeTree ORDER BY (toStartOfHour(at), user, topic, partition, offset)`,
  },
  {
    name: '060 numbers of promotions',
    sql: "ALTER TABLE promotions ADD COLUMN IF NOT EXISTS number UInt32 COMMENT 'place in the succession' AFTER kind",
  },
  {
    name: '061 currencies of events',
    sql: `ALTER TABLE events ADD COLUMN IF NOT EXISTS currency LowCardinality(String)
      COMMENT 'of value; empty where it was not said, and in older rows' AFTER value`,
  },
  {
    name: '100 languages of ranked_lists',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS language LowCardinality(String)
      COMMENT 'in which the request wants it explained; empty where it did not say' AFTER query`,
  },
  {
    name: '090 erasures_open',
    sql: `CREATE TABLE erasures_open (
      erasure String, user String COMMENT 'until it has ended', quoted String, at DateTime64(3)
    ) ENGINE = ReplacingMergeTree ORDER BY (erasure, user) SETTINGS old_parts_lifetime = 1`,
  },
  {
    name: '091 erasure_traces',
    sql: `CREATE TABLE erasure_traces (
      erasure String, at DateTime64(3), item String
    ) ENGINE = ReplacingMergeTree ORDER BY (erasure, at, item) SETTINGS old_parts_lifetime = 1`,
  },
  {
    name: '092 erasure_deeds',
    sql: `CREATE TABLE erasure_deeds (
      erasure String, at DateTime64(3), kind LowCardinality(String), name String, count UInt64
    ) ENGINE = MergeTree ORDER BY (erasure, at)`,
  },
  {
    name: '093 erasures',
    sql: `CREATE TABLE erasures (
      erasure String COMMENT 'keyed hash of the user', asked DateTime64(3), until DateTime64(3), by String,
      reason String, state LowCardinality(String), left Array(String), at DateTime64(3)
    ) ENGINE = ReplacingMergeTree(at) ORDER BY (erasure, asked)`,
  },
  {
    name: '080 what searches were taken for',
    sql: `ALTER TABLE ranked_lists ADD COLUMN understood String COMMENT 'as JSON; empty where it is no search' AFTER query,
      ADD COLUMN rescue LowCardinality(String) COMMENT 'how a search without results got some' AFTER understood,
      ADD COLUMN matching Nullable(UInt32) COMMENT 'products that match a search and its filters' AFTER rescue`,
  },
  {
    name: '081 whether ranked_lists may be learned from',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS teaches Bool DEFAULT true
      COMMENT 'false where the user allows no training' AFTER matching`,
  },
  {
    name: '101 targets of events',
    sql: `ALTER TABLE events ADD COLUMN IF NOT EXISTS target String
      COMMENT 'who is followed, or gets what is shared; a brand as brand/NAME' AFTER currency`,
  },
  {
    name: '110 whether events may be learned from',
    sql: `ALTER TABLE events ADD COLUMN IF NOT EXISTS teaches Bool DEFAULT true
      COMMENT 'false where the user allows no training' AFTER target`,
  },
  {
    name: '120 rebuilds',
    sql: `CREATE TABLE rebuilds (
      generation UInt32, began DateTime64(3), at DateTime64(3) COMMENT 'when all snapshots were those of this generation'
    ) ENGINE = ReplacingMergeTree ORDER BY generation`,
  },
  {
    name: '130 no inserts are remembered',
    of: "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%non_replicated_dedup%'",
    sql: 'ALTER TABLE {table} RESET SETTING non_replicated_deduplication_window',
  },
  {
    name: '131 offsets of all that comes from Kafka',
    of: "SELECT table AS name FROM system.columns WHERE database = currentDatabase() AND name = 'offset'",
    sql: 'ALTER TABLE {table} ADD INDEX IF NOT EXISTS by_offset offset TYPE minmax',
  },
  {
    // As the feature job counts users' events, in the order in which they came; its windows, by type: 12 tiles of five
    // minutes or 7 of a day, with a tile more for what is dated ahead. A test holds this to the reducers: where they change, a
    // further migration does. All goes by the user, so that who asks for one reads no other's.
    name: '132 event_marks',
    sql: `CREATE VIEW IF NOT EXISTS event_marks (
      id String, type LowCardinality(String), at DateTime64(3), user String, item String,
      topic LowCardinality(String), partition UInt16, offset UInt64, recorded DateTime64(3), late_ms Int64,
      behind_ms Int64, late Bool, too_late Bool, too_fast Bool, copy Bool
    ) AS SELECT id, type, at, user, item, topic, partition, offset, recorded, late_ms,
      if(copy, 0, greatest(0, newest_ms - at_ms)) AS behind_ms, toBool(behind_ms > 0) AS late,
      toBool(late AND multiIf(
        type IN ('impression', 'view', 'click'), intDiv(at_ms, 300000) <= intDiv(newest_ms, 300000) - 13,
        type = 'purchase', intDiv(at_ms, 86400000) <= intDiv(newest_ms, 86400000) - 8, 0)) AS too_late,
      toBool(NOT copy AND length(deeds) = 24 AND -deeds[24] > at_ms - 10000) AS too_fast, toBool(copy) AS copy
    FROM (
      SELECT *, maxIf(at_ms, NOT copy) OVER before AS newest_ms, finalizeAggregation(
        groupArraySortedIfState(24)(-at_ms, NOT copy AND item != '' AND type != 'impression') OVER before) AS deeds
      FROM (
        SELECT id, type, at, user, item, topic, partition, offset, recorded, late_ms, toUnixTimestamp64Milli(at) AS at_ms,
          dense_rank() OVER (PARTITION BY user, id ORDER BY partition, offset) > 1 AS copy
        FROM events FINAL WHERE topic = 'shop.events' AND type != 'erasure'
      )
      WINDOW before AS (PARTITION BY user ORDER BY partition, offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )`,
  },
  {
    name: '140 imports that serve',
    sql: `ALTER TABLE rebuilds ADD COLUMN IF NOT EXISTS imports Array(LowCardinality(String))
      COMMENT 'archives of which all events are in them, by their topics'`,
  },
  {
    name: '141 who approved promotions',
    sql: `ALTER TABLE promotions ADD COLUMN IF NOT EXISTS approved_by String
      COMMENT 'who let it serve; empty where nobody was asked' AFTER requested_by`,
  },
  {
    name: '142 click rates of ads',
    sql: `ALTER TABLE ranked_lists ADD COLUMN IF NOT EXISTS click_rates Array(Float32)
      COMMENT 'P(click) at a usual place, as the auction took it; empty where no ads were sold' AFTER prices`,
  },
];
