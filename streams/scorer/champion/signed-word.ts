import { type ModelRecord, requireSignedRecord, roleOf } from '../../../models/registry/signed-record.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../../../schemas/models/trials.ts';
import type { Said } from '../../champions.ts';
import { HeardTrials } from '../../heard-trials.ts';
import type { Report } from '../../report.ts';
import type { Challenger } from '../trial/challenger.ts';
import type { Champion } from './champion.ts';

interface Hearers {
  /** Directory of the keys. */
  keys: string;
  champion: Pick<Champion, 'take'>;
  challenger: Pick<Challenger, 'take'>;
  report: Report;
  log: Log;
}

/**
 * Between the topic `models` and who serves: passes on what the worker has signed, in its order, and refuses the rest, as
 * well as what was signed and is older than what was heard of, or ends another trial than the one that is on. A refusal
 * changes nothing and is told.
 */
export class SignedWord {
  readonly #hearers: Hearers;
  #taking: Promise<void> = Promise.resolve();
  /** Champions go by their numbers. */
  #newest = 0;
  readonly #trials = new HeardTrials();

  constructor(hearers: Hearers) {
    this.#hearers = hearers;
  }

  /** Of several that are said at once the newest counts, of champion and trial each; no other model need be loaded. */
  take(...said: readonly Said[]): void {
    this.#taking = this.#taking.then(async () => {
      const champions: Promotion[] = [];
      let newest: Trial | TrialEnd | undefined;
      for (const { champion, trial } of said) {
        if (champion && (await this.#isGood(champion))) champions.push(champion);
        else if (trial && (await this.#isGood(trial))) newest = trial;
      }
      const { champion, challenger } = this.#hearers;
      const serving = champions.pop();
      if (serving) void champion.take(serving, champions);
      if (newest) void challenger.take('ended' in newest ? undefined : newest);
    });
  }

  /** Resolves when all that came so far is passed on or refused. */
  settled(): Promise<void> {
    return this.#taking;
  }

  async #isGood(record: ModelRecord): Promise<boolean> {
    const { keys, report, log } = this.#hearers;
    const role = roleOf(record);
    try {
      await requireSignedRecord(keys, record);
      if ('role' in record) this.#trials.take(record);
      else this.#requireNewer(record);
      return true;
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      report.count(role === 'champion' ? 'refused_records' : 'challenger.refused_records');
      report.note('refused_record', `${record.model}: ${what}`);
      log.error(
        { code: 'RECORD_UNSIGNED', err: error, model: record.model, role },
        'a record of models is refused; all stays as it is',
      );
      return false;
    }
  }

  /** Champions of before there were numbers have none. */
  #requireNewer({ model, number = this.#newest }: Promotion): void {
    if (number < this.#newest) {
      const [expected, got] = [`one behind ${this.#newest}`, `${number}`];
      throw new TemperError('MODEL_REFUSED', { where: `models, champion ${model}`, expected, got });
    }
    this.#newest = number;
  }
}
