import { execa } from 'execa';

/** What a side did in its time; the CPU's seconds are those of its whole process. */
export interface Timed {
  samples: number;
  wall_s: number;
  cpu_s: number;
}

/** A process that trains when it is asked to, and rests in between. */
export interface Side {
  readonly name: string;
  train(model: string, seconds: number): Promise<Timed>;
  close(): Promise<void>;
}

/**
 * Starts a side: a program that first says {"name"}, and then answers each line {"model", "seconds"} by one of `Timed`.
 *
 * @throws execa's error, with what the program wrote, where it ends before it answers
 */
export async function openSide(program: string, args: readonly string[]): Promise<Side> {
  const child = execa(program, args, { buffer: { stdout: false } });
  const lines = child.iterable({ preserveNewlines: false });
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) await child;
    return JSON.parse(String(value)) as unknown;
  };
  const { name } = (await answer()) as { name: string };
  return {
    name,
    train: async (model, seconds) => {
      child.stdin.write(`${JSON.stringify({ model, seconds })}\n`);
      return (await answer()) as Timed;
    },
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}
