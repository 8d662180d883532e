import { describe, expect, it, vi } from 'vitest';
import type { Passage } from '../../../models/support/passages/passage.ts';
import { createLog } from '../../../schemas/log.ts';
import { Report } from '../../../streams/report.ts';
import { LocalGenerator, type Speaker } from '../../../streams/support/local.ts';

const PASSAGES: Passage[] = [{ id: 'policy:a', kind: 'policy', title: 'A', sentences: ['One.'] }];
const SAID = [{ text: 'One.', sources: ['policy:a'] }];

/** A generator whose processes answer, and are opened, when the test says so. */
function made() {
  const speakers: { asked: string[]; says: (text: string) => void; stopped: number }[] = [];
  const opening: { open(): void; fail(error: Error): void; signal: AbortSignal }[] = [];
  const open = (signal: AbortSignal) =>
    new Promise<Speaker>((resolve, reject) => {
      const state = { asked: [] as string[], says: (_text: string) => {}, stopped: 0 };
      const waiting: { resolve(text: string): void; reject(error: Error): void }[] = [];
      state.says = text => waiting.shift()?.resolve(text);
      const speaker: Speaker = {
        ask: ({ messages }) => {
          state.asked.push(messages.at(-1)!.content.match(/Question: "(.*)"/)![1]!);
          return new Promise((said, failed) => waiting.push({ resolve: said, reject: failed }));
        },
        stop: async () => {
          state.stopped++;
          for (const each of waiting.splice(0)) each.reject(new Error('it has ended'));
        },
      };
      opening.push({
        signal,
        open: () => {
          speakers.push(state);
          resolve(speaker);
        },
        fail: reject,
      });
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  const report = new Report('support', 'test');
  const generator = new LocalGenerator('small', open, { report, log: createLog('test', 'silent') });
  const ask = (question: string, signal = new AbortController().signal) =>
    generator.answer({ question, language: 'en' }, PASSAGES, signal);
  return { generator, speakers, opening, ask, note: () => report.snapshot(0).notes.generator };
}

describe('a language model of this machine', () => {
  it('is fetched and opened when the job starts, for as long as the job runs; until then it says nothing', async () => {
    const { ask, opening, speakers, generator, note } = made();
    expect(opening).toHaveLength(1);
    // The first question waits for nothing, and its end ends nothing.
    expect(await ask('early?', AbortSignal.timeout(10_000))).toEqual([]);
    expect(note()).toBe('extractive until small is open');
    opening[0]!.open();
    await vi.waitUntil(() => note() === 'small');
    const answer = ask('late?');
    await vi.waitUntil(() => speakers[0]!.asked.length > 0);
    speakers[0]!.says('One [1].');
    expect(await answer).toEqual(SAID);
    expect(opening).toHaveLength(1);
    await generator.stop();
    expect(speakers[0]!.stopped).toBe(1);
  });

  it('goes on with its answer where a question behind it is given up', async () => {
    const { ask, opening, speakers, note } = made();
    opening[0]!.open();
    await vi.waitUntil(() => note() === 'small');
    const first = ask('first?');
    const late = new AbortController();
    const second = ask('second?', late.signal);
    await vi.waitUntil(() => speakers[0]!.asked.length > 0);
    late.abort(new Error('too late'));
    await expect(second).rejects.toThrow('too late');
    expect(speakers[0]!.stopped).toBe(0);
    speakers[0]!.says('One [1].');
    expect(await first).toEqual(SAID);
    expect(speakers[0]!.asked).toEqual(['first?']);
  });

  it('is opened anew where it is too slow, once for all who wait, and the new one is nobody else’s to end', async () => {
    const { ask, opening, speakers, note } = made();
    opening[0]!.open();
    await vi.waitUntil(() => note() === 'small');
    const late = new AbortController();
    const given = [ask('slow?', late.signal), ask('behind?', late.signal)];
    await vi.waitUntil(() => speakers[0]!.asked.length > 0);
    late.abort(new Error('too late'));
    for (const each of given) await expect(each).rejects.toThrow('too late');
    expect(await ask('meanwhile?')).toEqual([]);
    await vi.waitUntil(() => opening.length === 2);
    expect(speakers[0]!.stopped).toBe(1);
    opening[1]!.open();
    await vi.waitUntil(() => note() === 'small');
    const next = ask('next?');
    await vi.waitUntil(() => speakers[1]!.asked.length === 1);
    speakers[1]!.says('One [1].');
    expect(await next).toEqual(SAID);
    expect(speakers[1]!.stopped).toBe(0);
    expect(opening).toHaveLength(2);
  });

  it('that cannot be opened is tried again a minute later', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { ask, opening, note } = made();
      opening[0]!.fail(new Error('no network'));
      await vi.waitUntil(() => note() === 'extractive: no network');
      expect(await ask('soon?')).toEqual([]);
      expect(opening).toHaveLength(1);
      vi.advanceTimersByTime(60_000);
      expect(await ask('later?')).toEqual([]);
      expect(opening).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not waited for where the job stops meanwhile', async () => {
    const { ask, opening, generator } = made();
    await generator.stop();
    expect(opening[0]!.signal.aborted).toBe(true);
    expect(await ask('after?')).toEqual([]);
    expect(opening).toHaveLength(1);
  });
});
