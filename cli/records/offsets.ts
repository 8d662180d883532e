import { hostname, userInfo } from 'node:os';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { startServices } from '../../services/index.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { acceptLosses, type Chosen, type Loss, lossesOf } from '../../streams/offsets/accept.ts';
import { isLost } from '../../streams/offsets/place.ts';
import { standings } from '../../streams/offsets/standings.ts';
import { printResult, progress, table } from '../output.ts';
import { type Client, readNote, withClient } from '../stack/endpoints.ts';

/** Where the jobs stand in what they read. */
export async function showOffsets(config: Config, job: Chosen['job'] | undefined, json: boolean): Promise<void> {
  const all = await withServices(config, client => standings(client, job));
  const lost = all.filter(isLost).length;
  printResult({ lost, readers: all }, json, () => {
    const rows = all.map(({ job, topic, partition, at, low, high, state }) => {
      const behind = state === 'reads' ? high - at! : '-';
      return [job, `${topic}/${partition}`, at ?? '-', `${low} to ${high}`, behind, state].map(String);
    });
    const told = table([['JOB', 'READS', 'NEXT', 'LOG', 'BEHIND', 'STATE'], ...rows]);
    return lost === 0 ? told : `${told}\n${lost} lost: see \`temper offsets accept-loss JOB\``;
  });
}

export interface AcceptOptions extends Omit<Chosen, 'job'> {
  reason?: string;
  yes?: boolean;
  json?: boolean;
}

/** Says what a job would skip, and has it go on there if that is accepted. */
export async function acceptLoss(
  config: Config,
  job: Chosen['job'],
  { reason, yes = false, json = false, ...where }: AcceptOptions,
): Promise<void> {
  if (yes && !reason) {
    throw new TemperError('INPUT_INVALID', { where: '--reason', expected: 'why the loss is accepted, for the record' });
  }
  const losses = await withServices(config, async client => {
    const losses = await lossesOf(client, { job, ...where });
    if (yes && losses.length > 0) {
      const by = `${userInfo().username}@${hostname()}`;
      await acceptLosses(client, losses, { by, reason: reason!, specs: topicSpecs(config) });
    }
    return losses;
  });
  const accepted = yes && losses.length > 0;
  printResult({ job, accepted, losses }, json, () => {
    if (losses.length === 0) return `${job}: nothing is lost`;
    const end = accepted
      ? `Accepted, and noted in the table accepted_losses. Start the job: \`temper run ${job}\``
      : 'Nothing was changed. With --yes and --reason it is accepted; stop the job before';
    return [...losses.map(said), ...new Set(losses.map(({ misses }) => `  ${misses}`)), end].join('\n');
  });
}

/** Where nothing runs, as after a job has ended all the others, services of its own are started for as long as it takes. */
async function withServices<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const withTopics = async (client: Client) => {
    await client.bus.ensureTopics(topicSpecs(config)); // as at the start of a job: one that was deleted is another from now on
    return work(client);
  };
  if ((config.kafka && config.clickhouse) || (await readNote(config))) return withClient(config, withTopics);
  const services = await startServices(config, { progress });
  try {
    return await withClient({ ...config, ...services.endpoints }, withTopics);
  } finally {
    await services.stop();
  }
}

function said({ topic, partition, state, at, to, low, high, records }: Loss): string {
  const where = `${topic}/${partition}`;
  const log = `the log now has ${low} to ${high}`;
  if (state === 'expired') {
    return `${where}: ${records === undefined ? 'records' : `at most ${records} records`} from ${at ?? 'where it stood'} to ${to} were deleted before they were read; ${log}`;
  }
  if (state === 'cut off') return `${where}: read until ${at}, and ${log}; what comes there next is read from ${to} on`;
  return `${where}: made anew; of the log before, what was behind ${at ?? 'where it stood'} is gone; ${log}, read from ${to} on`;
}
