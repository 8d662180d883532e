import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import { ShopEvent } from '../schemas/topics/events.ts';
import type { Answer } from '../schemas/topics/support.ts';
import { admit } from '../streams/admit.ts';
import type { Bus } from '../streams/kafka/bus.ts';
import { deferred } from '../streams/kafka/consuming/slots.ts';
import { printResult } from './output.ts';
import { withClient } from './stack/endpoints.ts';

export interface AskOptions {
  user: string;
  session: string;
  json?: boolean;
}

const WAIT_MS = 30_000;

/** Asks as a user would: an event on `shop.events`, and the answer that comes to it. */
export async function ask(config: Config, text: string, { user, session, json }: AskOptions): Promise<void> {
  const question = ShopEvent.safeParse({
    ...{ v: 1, type: 'question', id: `cli-${randomUUID()}`, at_ms: Date.now() },
    ...{ user, session, text },
  });
  if (!question.success) {
    const got = question.error.issues.map(({ path, message }) => `${path.join(' ')}: ${message}`).join('; ');
    throw new TemperError('INPUT_INVALID', { where: 'temper ask', got });
  }
  await withClient(config, async ({ bus }) => {
    const answer = await answerTo(bus, question.data);
    printResult(answer, json, () => forPeople(answer));
  });
}

async function answerTo(bus: Bus, question: ShopEvent): Promise<Answer> {
  const { promise, resolve } = deferred<Answer>();
  const outbox = await bus.outbox({ allowed: ['shop.events'] });
  const following = await bus.follow({
    topics: ['support.answers'],
    fromEnd: true,
    maxWait_ms: 20,
    apply: (_topic, _partition, record) => {
      const answer = admit('support.answers', record);
      if (answer.ok && answer.value.id === question.id) resolve(answer.value);
    },
  });
  const late = new AbortController();
  try {
    await outbox.publish('shop.events', { key: question.user, value: JSON.stringify(question) });
    const answer = await Promise.race([promise, sleep(WAIT_MS, undefined, { signal: late.signal }).catch(() => {})]);
    if (answer) return answer;
    throw new TemperError('TIMED_OUT', {
      expected: `an answer to ${question.id} on support.answers within ${WAIT_MS / 1_000} s`,
      next: 'Does the job support run? It does where TEMPER_POLICIES is set; `temper status` shows it, and its lag',
    });
  } finally {
    late.abort();
    await following.stop();
    await outbox.stop();
  }
}

function forPeople({ text, outcome, language, intent, sources, statements, recommended, spent_ms }: Answer): string {
  const numbers = new Map(sources.map(({ id }, place) => [id, place + 1]));
  const said = statements.map(each => `${each.text} ${each.sources.map(id => `[${numbers.get(id)}]`).join('')}`);
  const asked = [language ?? 'language unknown', intent && `${intent.name} ${intent.probability.toFixed(2)}`];
  return [
    said.length > 0 ? said.join('\n') : text,
    '',
    ...sources.map(({ id, title }) => `[${numbers.get(id)}] ${id}${title === '' ? '' : `: ${title}`}`),
    ...(recommended?.items ?? []).map(({ item, title }) => `also: ${title} (${item}), list ${recommended!.list}`),
    `${outcome.replace('_', ' ')}; ${asked.filter(Boolean).join(', ')}; ${spent_ms.toFixed(0)} ms`,
  ].join('\n');
}
