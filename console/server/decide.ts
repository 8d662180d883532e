import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { type ErrorCode, TemperError } from '../../schemas/errors.ts';
import type { Log } from '../../schemas/log.ts';
import type { TemporalClient } from '../../workflows/clients/client.ts';
import { decide, rollBack } from '../../workflows/clients/decisions.ts';
import type { DecisionRequest } from '../api.ts';
import type { Session } from './tokens.ts';

export interface Deciding {
  store: RowStore;
  temporal: TemporalClient;
  log: Log;
  /** Before each further try to write down what came of it. */
  pauses_ms?: readonly number[];
}

/** What came of a deed is written down again where it can't be at first. */
const PAUSES_MS = [200, 1_000, 3_000];
/** Nothing was done, for a reason that whoever asked can see. */
const REFUSALS: readonly ErrorCode[] = ['INPUT_INVALID', 'MODEL_REFUSED'];

/**
 * Carries out what an operator decided, between two rows of `console_deeds`: that it was asked for, and what came of it.
 * Where the first can't be written, nothing is done. Where the second can't be, that is logged, and whoever asked is told
 * what came of it all the same: a deed that is done is not told to have failed, or it would be done again.
 */
export async function decideAndNote(
  { store, temporal, log, pauses_ms = PAUSES_MS }: Deciding,
  asked: DecisionRequest,
  session: Session,
): Promise<string> {
  const { surface, verb, model, by, reason, to } = asked;
  const id = randomUUID();
  const note = (outcome: 'asked' | Outcome, detail: string) =>
    store.insert('console_deeds', [
      {
        ...{ id, at: Date.now(), session: session.id, role: session.role, deed: verb, surface, model },
        ...{ by, reason, outcome, detail: detail.slice(0, 2_000) },
      },
    ]);
  const came = async (outcome: Outcome, detail: string): Promise<void> => {
    for (const pause_ms of [...pauses_ms, undefined]) {
      try {
        return await note(outcome, detail);
      } catch (error) {
        if (pause_ms === undefined)
          log.error(
            { code: 'DEED_UNRECORDED', err: error, id, deed: verb, surface, model, by, reason, outcome, detail },
            'a deed is not in the record',
          );
        else await sleep(pause_ms);
      }
    }
  };
  await note('asked', to === undefined ? '' : `${to} is to serve`);
  let words: string;
  try {
    words = await carriedOut(temporal, asked);
  } catch (error) {
    const named = error instanceof TemperError ? error : undefined;
    await came(named && REFUSALS.includes(named.code) ? 'refused' : 'failed', named?.message ?? String(error));
    throw error;
  }
  await came('done', words);
  return words;
}

type Outcome = 'done' | 'refused' | 'failed';

const DONE = { approve: 'approved', reject: 'rejected', pause: 'paused', resume: 'goes on' } as const;

async function carriedOut(
  temporal: TemporalClient,
  { surface, verb, model: seen, by, reason, to }: DecisionRequest,
): Promise<string> {
  const decision = { by, reason };
  if (verb !== 'rollback') {
    await decide(temporal, surface, verb, decision, { seen });
    return `${surface}: ${DONE[verb]}`;
  }
  const result = await rollBack(temporal, surface, decision, { to, seen });
  return 'trial' in result
    ? `${surface}: ${result.trial ?? 'the challenger'} is off trial`
    : `${surface}: ${result.to} serves again in place of ${result.from}`;
}
