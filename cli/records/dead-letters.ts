import type { Config } from '../../schemas/settings/config.ts';
import { DeadLetter } from '../../schemas/topics/operations.ts';
import { admit } from '../../streams/admit.ts';
import { TOPICS, type TopicName } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';

export interface DeadLetterFilter {
  topic?: string;
  reason?: string;
}

export async function printDeadLetters(config: Config, options: DeadLetterFilter & { json?: boolean }): Promise<void> {
  const letters = await withClient(config, ({ bus }) => listDeadLetters(bus, options));
  printResult({ dead_letters: letters.length, letters }, options.json, () =>
    letters.length === 0
      ? 'there are no dead letters'
      : table([['POSITION', 'REASON', 'DETAIL'], ...letters.map(({ id, reason, detail }) => [id, reason, detail])]),
  );
}

export async function printReplayed(config: Config, options: DeadLetterFilter & { json?: boolean }): Promise<void> {
  const result = await withClient(config, ({ bus }) => replayDeadLetters(bus, options));
  printResult(result, options.json, () =>
    [
      `${result.replayed} sent again, ${result.kept.length} kept`,
      table(result.kept.map(({ id, why }) => [id, why])),
    ].join('\n'),
  );
}

/** What was refused, oldest first; copies of one position are one. */
export async function listDeadLetters(bus: Bus, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const letters = new Map<string, DeadLetter>();
  await bus.follow({
    topics: ['dead.letters'],
    once: true,
    apply: (_topic, _partition, { value }) => {
      if (!value) return;
      const letter = DeadLetter.parse(JSON.parse(value.toString('utf8')));
      if (filter.topic && letter.topic !== filter.topic) return;
      if (filter.reason && letter.reason !== filter.reason) return;
      letters.set(letter.id, letter);
    },
  });
  return [...letters.values()];
}

export interface Replayed {
  replayed: number;
  /** Still refused by today's schemas, or not kept whole: id and why. */
  kept: { id: string; why: string }[];
}

/** Sends records again that their topic would take today: after a schema has learned a field, or a clock was put right. */
export async function replayDeadLetters(bus: Bus, filter: DeadLetterFilter): Promise<Replayed> {
  const outbox = await bus.outbox();
  const result: Replayed = { replayed: 0, kept: [] };
  try {
    for (const letter of await listDeadLetters(bus, filter)) {
      const why = refusalToday(letter);
      if (why) {
        result.kept.push({ id: letter.id, why });
        continue;
      }
      await outbox.publish(letter.topic, { key: letter.key ?? '', value: Buffer.from(letter.value!, 'base64') });
      result.replayed++;
    }
  } finally {
    await outbox.stop();
  }
  return result;
}

function refusalToday(letter: DeadLetter): string | undefined {
  if (!(letter.topic in TOPICS)) return `there is no topic ${letter.topic}`;
  if (letter.value === null) return 'a tombstone holds nothing to replay';
  if (letter.truncated)
    return `only its first bytes were kept; the whole stands at ${letter.id} while the log keeps it`;
  const record = { key: letter.key, value: Buffer.from(letter.value, 'base64'), offset: letter.offset };
  const parsed = admit(letter.topic as TopicName, { ...record, timestamp_ms: Date.now() });
  return parsed.ok ? undefined : `${parsed.refusal.reason}: ${parsed.refusal.detail}`;
}
