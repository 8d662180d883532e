import { expect, it } from 'vitest';
import { asked } from '../../../streams/kafka/asked.ts';

/** A question that fails so often, and how often it was asked. */
async function ask(failure: { name?: string; type?: string }, times: number) {
  let count = 0;
  const question = async () => {
    if (count++ < times) throw Object.assign(new Error('no answer'), failure);
    return 'an answer';
  };
  const answer = await asked(question, async () => {}).catch((error: Error) => error.message);
  return { answer, count };
}

it('a partition without a leader is waited for as long as a broker may be fenced', async () => {
  const fenced = { name: 'KafkaJSProtocolError', type: 'NOT_LEADER_FOR_PARTITION' };
  expect(await ask(fenced, 60)).toEqual({ answer: 'an answer', count: 61 });
  expect((await ask(fenced, 1_000)).answer).toBe('no answer');
});

it('a connection that breaks is tried twice more, and what does not pass is told at once', async () => {
  expect(await ask({ name: 'KafkaJSConnectionError' }, 2)).toEqual({ answer: 'an answer', count: 3 });
  expect(await ask({ name: 'KafkaJSConnectionError' }, 3)).toEqual({ answer: 'no answer', count: 3 });
  const gone = { name: 'KafkaJSProtocolError', type: 'UNKNOWN_TOPIC_OR_PARTITION' };
  expect(await ask(gone, 1)).toEqual({ answer: 'no answer', count: 1 });
});
