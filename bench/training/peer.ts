import { createInterface } from 'node:readline';
import type { OpenTraining, TrainingModel } from './model.ts';
import { MODELS } from './models.ts';
import type { Timed } from './side.ts';

/**
 * Our side of the comparison, a process that speaks as bench/torch/peer.py does: {"model", "seconds"} on a line of
 * standard input is answered by {"samples", "wall_s", "cpu_s"} on a line of standard output.
 */
const WARM_UP = 5;
const opened = new Map<string, OpenTraining>();

say({ name: 'Temper' });
for await (const line of createInterface(process.stdin)) {
  const { model: name, seconds } = JSON.parse(line) as { model: string; seconds: number };
  const model = MODELS.find(each => each.name === name)!;
  const training = opened.get(name) ?? (await warmed(model));
  opened.set(name, training);
  say(await timed(model, training, seconds));
}
for (const each of opened.values()) await each.release();

async function warmed(model: TrainingModel): Promise<OpenTraining> {
  const training = await model.open();
  for (let step = 0; step < WARM_UP; step++) await training.step();
  return training;
}

async function timed({ samplesPerStep }: TrainingModel, training: OpenTraining, seconds: number): Promise<Timed> {
  const [start_ms, cpu] = [performance.now(), process.cpuUsage()];
  let steps = 0;
  while (performance.now() - start_ms < seconds * 1_000) {
    await training.step();
    steps++;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    samples: steps * samplesPerStep,
    wall_s: (performance.now() - start_ms) / 1_000,
    cpu_s: (user + system) / 1e6,
  };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
