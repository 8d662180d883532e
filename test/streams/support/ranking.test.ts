import { expect, it } from 'vitest';
import { type ListRecord, RankRequest } from '../../../schemas/topics/ranking.ts';
import type { Bus, FollowOptions, Message, Outbox } from '../../../streams/kafka/bus.ts';
import { Ranking } from '../../../streams/support/ranking.ts';

const T0 = 1_700_000_000_000;
const SPENT = { queue: 0, candidates: 0, features: 0, score: 0 };

/** Asks for the best of two products, and is answered at once. */
async function asked(question: object) {
  let tell: FollowOptions['apply'] | undefined;
  const follow = async ({ apply }: FollowOptions) => {
    tell = apply;
    return { failed: new Promise(() => {}), stop: async () => {} };
  };
  let request: RankRequest | undefined;
  const publish = async (_topic: string, { key, value }: Message) => {
    request = RankRequest.parse(JSON.parse(`${value}`));
    const { id, user, session, surface } = request;
    const head = { v: 1, id, at_ms: T0, user, session, surface } as const;
    const made = { model: 'm', arm: 'champion', features_version: 'f', candidates: 0, items: [], spent_ms: SPENT };
    const list = { ...head, ...made } as unknown as ListRecord;
    tell!('rank.lists', 0, { key, value: Buffer.from(JSON.stringify(list)), offset: 0, timestamp_ms: T0 });
  };
  const ranking = await Ranking.open({ follow } as unknown as Bus, { publish } as unknown as Outbox);
  const of = { id: 'q', user: 'anna', session: 's', ...question };
  return { list: await ranking.best(of, ['cup', 'pot'], T0), request: request! };
}

it('what a question recommends is a list of who asked, with what he allows', async () => {
  const consent = { personalisation: false, training: false };
  const { list, request } = await asked({ consent });
  expect(request).toMatchObject({ user: 'anna', surface: 'support', candidates: ['cup', 'pot'], consent });
  expect(list?.id).toBe(request.id);
  expect((await asked({})).request.consent).toBeUndefined();
});
