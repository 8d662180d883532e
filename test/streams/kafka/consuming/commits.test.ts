import { expect, it } from 'vitest';
import { Commits } from '../../../../streams/kafka/consuming/commits.ts';

type Offsets = [slot: string, offset: number][];

/** A broker that answers when the test says so. */
function broker() {
  const asked: Offsets[] = [];
  const answers: { accept(): void; refuse(error: Error): void }[] = [];
  const send = (offsets: Offsets) =>
    new Promise<void>((accept, refuse) => {
      asked.push(offsets);
      answers.push({ accept, refuse });
    });
  return { asked, answers, send };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

it('sends nothing while an older commit is under way, and then the newest of each', async () => {
  const { asked, answers, send } = broker();
  const commits = new Commits(send, () => true);
  commits.set('a', 1);
  const first = commits.flush();
  await turn();
  commits.set('a', 2);
  const second = commits.flush();
  commits.set('a', 3);
  commits.set('b', 7);
  const third = commits.flush();
  await turn();
  expect(asked).toEqual([[['a', 1]]]);
  answers[0]!.accept();
  await first;
  await turn();
  expect(asked.slice(1)).toEqual([
    [
      ['a', 3],
      ['b', 7],
    ],
  ]);
  answers[1]!.accept();
  await Promise.all([second, third]);
  await commits.flush();
  expect(asked).toHaveLength(2);
});

it('keeps what could not be committed for the next time, but for what is newer and what is read elsewhere by now', async () => {
  const { asked, answers, send } = broker();
  const commits = new Commits(send, slot => slot !== 'moved');
  for (const slot of ['kept', 'newer', 'moved', 'gone']) commits.set(slot, 1);
  commits.delete('gone');
  const failing = commits.flush();
  await turn();
  commits.set('newer', 2);
  answers[0]!.refuse(new Error('no coordinator'));
  await expect(failing).rejects.toThrow('no coordinator');
  const again = commits.flush();
  await turn();
  expect(new Map(asked[1])).toEqual(
    new Map([
      ['newer', 2],
      ['kept', 1],
    ]),
  );
  answers[1]!.accept();
  await again;
});
