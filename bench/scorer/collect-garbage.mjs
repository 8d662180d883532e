/** Loaded into a job that is to tell how much memory it holds: what is left when all garbage is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const FREED_MS = 50;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('message', async asked => {
  if (asked !== 'memory') return;
  collect();
  await sleep(FREED_MS); // what is freed beside the heap is freed behind the collection
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ held_bytes: heapUsed + external });
});
