import { type ModelRecord, requireSignedRecord, roleOf } from '../../../models/registry/signed-record.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Said } from '../../champions.ts';
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
 * well as what was signed and is older than what was heard of. A refusal changes nothing and is told.
 */
export class SignedWord {
  readonly #hearers: Hearers;
  #taking: Promise<void> = Promise.resolve();
  readonly #newest = { champion: 0, challenger: 0 };

  constructor(hearers: Hearers) {
    this.#hearers = hearers;
  }

  take({ champion, trial }: Said): void {
    this.#taking = this.#taking.then(async () => {
      const { champion: serving, challenger } = this.#hearers;
      if (champion && (await this.#isGood(champion))) void serving.take(champion);
      else if (trial && (await this.#isGood(trial))) void challenger.take('ended' in trial ? undefined : trial);
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
      this.#requireNewer(record);
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

  /** Champions go by their numbers, trials by their dates. Champions of before there were numbers have none. */
  #requireNewer(record: ModelRecord): void {
    const role = roleOf(record);
    const age = 'role' in record ? record.at_ms : (record.number ?? this.#newest.champion);
    const newest = this.#newest[role];
    if (age < newest) {
      const [expected, got] = [`one behind ${newest}`, `${age}`];
      throw new TemperError('MODEL_REFUSED', { where: `models, ${role} ${record.model}`, expected, got });
    }
    this.#newest[role] = age;
  }
}
