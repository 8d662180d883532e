import { Readable } from 'node:stream';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { RowWriter } from '../../row-binary.ts';
import { surely } from '../../surely.ts';
import type { MadeExample } from './maker.ts';

const COLUMNS = `list, at, user, surface, model, arm, features_version, version, history, position, item, propensity,
  features, clicked, carted, purchased, dismissed, topic, partition, offset, recorded`;
const WIDTH = FEATURE_NAMES.length;

/**
 * Examples into their table, which keeps one row of those that come twice. A list's rows stay together, or a kill between
 * two inserts would leave a part of it.
 *
 * @param work stands where rows from Kafka have their topic
 */
export async function insertExamples(store: Store, work: string, made: readonly MadeExample[]): Promise<void> {
  const writer = new RowWriter();
  let rows = 0;
  for (const [n, { example, vectors }] of made.entries()) {
    for (const [row, item] of example.items.entries()) {
      writer.text(example.list);
      writer.int64(example.at_ms);
      for (const text of [example.user, example.surface, example.model, example.arm, example.features_version]) {
        writer.text(text);
      }
      writer.uint32(example.version);
      writer.texts(example.history);
      writer.uint16(item.position);
      writer.text(item.item);
      writer.floatOrNone(item.propensity);
      writer.floats(vectors.subarray(row * WIDTH, (row + 1) * WIDTH));
      for (const label of [item.clicked, item.carted, item.purchased]) writer.flag(label);
      writer.flag(false); // the next one is not null
      writer.flag(item.dismissed === true);
      writer.text(work);
      writer.uint16(0);
      writer.int64(n);
      writer.int64(example.at_ms);
    }
    rows += example.items.length;
    if (rows === 0 || (rows < LIMITS.rows_per_insert && n < made.length - 1)) continue;
    const body = writer.take();
    const sql = `INSERT INTO examples (${COLUMNS}) FORMAT RowBinary`;
    await surely(() => store.load(sql, Readable.from([body]), {}));
    rows = 0;
  }
}
