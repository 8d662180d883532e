import { TemperError } from '../../schemas/errors.ts';
import type { JobName, TopicName } from '../graph.ts';
import type { TopicSpec } from '../kafka/bus.ts';
import type { Operator } from '../kafka/operator.ts';
import { type KnownLogs, nextLog, shiftOf } from '../kafka/topics/logs.ts';
import { stand } from '../sinks/standing.ts';
import { isLost } from './place.ts';
import { FEATURES, READERS } from './readers.ts';
import { type Services, type Standing, standings } from './standings.ts';

export interface Chosen {
  job: JobName;
  topic?: TopicName;
  partition?: number;
}

/** What a reader would skip. */
export interface Loss extends Standing {
  /** Kafka's offset of what it will read next. */
  to: number;
  /** At most so many records; unknown where their log is gone. */
  records: number | undefined;
}

/** What is lost for a job, and where it would go on. */
export async function lossesOf(services: Services, { job, topic, partition }: Chosen): Promise<Loss[]> {
  const all = (await standings(services, job)).filter(each => topic === undefined || each.topic === topic);
  const lost = all.filter(isLost);
  const chosen = lost.filter(each => partition === undefined || each.partition === partition);
  const whole = chosen.find(needsTopic);
  if (whole && partition !== undefined) {
    throw new TemperError('INPUT_INVALID', {
      where: `--partition ${partition}`,
      expected: `no partition, for ${whole.topic} is ${whole.state}`,
      next: 'The loss of a log is accepted for all of its partitions',
    });
  }
  return chosen.map(each => ({ ...each, ...wayOn(each) }));
}

function wayOn({ state, at, low, high }: Standing): { to: number; records: number | undefined } {
  if (state === 'expired') return { to: low, records: at === undefined ? undefined : low - at };
  // The same log, shorter than it was: what is left of it has been read.
  if (state === 'cut off') return { to: high, records: undefined };
  return { to: low, records: undefined };
}

const needsTopic = (loss: Standing) => loss.state === 'made anew' || loss.state === 'cut off' || isOfFeatures(loss);
const isOfFeatures = ({ group }: Standing) => group === FEATURES.group;

/**
 * Has the job go on behind what is lost. Who did it, and why, is told in ClickHouse before anything is moved; where it
 * ends half-way, it can be done again.
 *
 * @param specs the topics of the graph, for features that are made anew
 * @throws INPUT_INVALID while the job runs
 */
export async function acceptLosses(
  services: Services,
  losses: readonly Loss[],
  { by, reason, specs }: { by: string; reason: string; specs: readonly TopicSpec[] },
): Promise<void> {
  const { bus, store } = services;
  const features = losses.some(isOfFeatures);
  await bus.operator.requireStopped(features ? FEATURES.readers : [...new Set(losses.map(({ group }) => group))]);
  await note(services, losses, by, reason);
  for (const topic of new Set(losses.filter(loss => !isOfFeatures(loss)).map(loss => loss.topic))) {
    await moveOn(
      services,
      losses.filter(loss => loss.topic === topic),
    );
  }
  if (!features) return;
  await bus.operator.recreate(specs.filter(({ topic }) => (FEATURES.topics as readonly string[]).includes(topic)));
  const id = (await bus.operator.idsOf([FEATURES.topic])).get(FEATURES.topic);
  const noted = await bus.operator.logsOf(FEATURES.group);
  const starts = new Map([...(await bus.bounds(FEATURES.topic))].map(([partition, { low }]) => [partition, low]));
  await bus.operator.move(FEATURES.group, FEATURES.topic, starts, nextLog(noted, FEATURES.topic, id, 0));
  // The archive has read another log of snapshots, of which it misses nothing.
  const archived = (await lossesOf({ bus, store }, { job: 'sinks' })).filter(({ topic }) =>
    topic.startsWith('features.'),
  );
  for (const topic of new Set(archived.map(loss => loss.topic))) {
    await moveOn(
      services,
      archived.filter(loss => loss.topic === topic),
    );
  }
}

/** Moves one group in one topic. */
async function moveOn({ bus, store }: Services, losses: readonly Loss[]): Promise<void> {
  const { job, group, topic, remembers } = losses[0]!;
  const known = await bus.operator.logsOf(group);
  const id = (await bus.operator.idsOf([topic])).get(topic);
  const offsets = new Map(losses.map(({ partition, to }) => [partition, to]));
  let logs = known;
  if (losses.some(needsTopic)) {
    // What was written of the log until now keeps its offsets: from here on they are of another range.
    logs = nextLog(known, topic, id, remembers ? await generationOf(bus.operator, known, topic, id) : 0);
    const others = (await standings({ bus, store }, job)).filter(each => each.group === group && each.topic === topic);
    for (const { partition, at } of others) if (!offsets.has(partition) && at !== undefined) offsets.set(partition, at);
  }
  if (job === 'sinks') {
    const shift = shiftOf(logs, topic);
    for (const [partition, offset] of offsets) await stand(await store(), topic, partition, offset + shift);
  }
  await bus.operator.move(group, topic, offsets, logs);
}

/** One for all that read the topic, since what they write of it is compared: as another group knows it, or one more. */
async function generationOf(operator: Operator, known: KnownLogs, topic: TopicName, id: string | undefined) {
  const notes = await Promise.all(READERS.map(({ group }) => operator.logsOf(group)));
  const told = notes.flatMap(logs => logs[topic] ?? []);
  const own = known[topic]?.generation ?? 0;
  const ahead = told.find(log => log.id === id && log.generation > own);
  return ahead?.generation ?? 1 + Math.max(own, ...told.map(({ generation }) => generation));
}

async function note({ store }: Services, losses: readonly Loss[], by: string, reason: string): Promise<void> {
  const at = Date.now();
  const rows = losses.map(({ job, topic, partition, state, at: from, to, records }) => {
    return { job, topic, partition, state, from: from ?? null, to, records: records ?? null, by, reason, at };
  });
  await (await store()).insert('accepted_losses', rows);
}
