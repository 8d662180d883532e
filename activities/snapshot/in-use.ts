import { utimes } from 'node:fs/promises';

const TOUCH_MS = 5_000;

/** Says by the file's time, while work goes on, that somebody reads this snapshot: an erasure lets it lie until then. */
export async function inUse<T>(file: string, work: () => Promise<T>): Promise<T> {
  await touch(file);
  const timer = setInterval(() => void touch(file), TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Where the file is gone, whoever reads it says so better. */
async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
}
