import { randomUUID } from 'node:crypto';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { TemporalClient } from '../../workflows/clients/client.ts';
import { decide, rollBack } from '../../workflows/clients/decisions.ts';
import type { DecisionRequest } from '../api.ts';
import type { Session } from './tokens.ts';

/**
 * Carries out what an operator decided, between two rows of `console_deeds`: that it was asked for, and what came of it.
 * Where the first can't be written, nothing is done.
 */
export async function decideAndNote(
  store: RowStore,
  temporal: TemporalClient,
  asked: DecisionRequest,
  session: Session,
): Promise<string> {
  const { surface, verb, by, reason, to } = asked;
  const id = randomUUID();
  const note = (outcome: 'asked' | 'done' | 'refused' | 'failed', detail: string) =>
    store.insert(
      'console_deeds',
      [
        {
          ...{ id, at: Date.now(), session: session.id, role: session.role, deed: verb, surface, model: to ?? '' },
          ...{ by, reason, outcome, detail: detail.slice(0, 2_000) },
        },
      ],
      `${id}/${outcome}`,
    );
  await note('asked', '');
  try {
    const words = await carriedOut(temporal, asked);
    await note('done', words);
    return words;
  } catch (error) {
    const named = error instanceof TemperError ? error : undefined;
    await note(named?.code === 'INPUT_INVALID' ? 'refused' : 'failed', named?.message ?? String(error));
    throw error;
  }
}

const DONE = { approve: 'approved', reject: 'rejected', pause: 'paused', resume: 'goes on' } as const;

async function carriedOut(
  temporal: TemporalClient,
  { surface, verb, by, reason, to }: DecisionRequest,
): Promise<string> {
  const decision = { by, reason };
  if (verb !== 'rollback') {
    await decide(temporal, surface, verb, decision);
    return `${surface}: ${DONE[verb]}`;
  }
  const result = await rollBack(temporal, surface, decision, to);
  return 'trial' in result
    ? `${surface}: ${result.trial ?? 'the challenger'} is off trial`
    : `${surface}: ${result.to} serves again in place of ${result.from}`;
}
