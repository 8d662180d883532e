import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Now } from '../api.ts';
import type { Known } from './guard.ts';
import type { Pages } from './pages.ts';

const watchers = new WeakMap<Pages, number>();

/**
 * What happens now, as server-sent events: the seconds before (`past`), then each second as it comes (`now`). A page that
 * does not read gets what is newest when it does, and nothing of what it missed: memory stays flat.
 */
export function streamNow(c: Context<Known>, pages: Pages): Response {
  const before = watchers.get(pages) ?? 0;
  if (before >= LIMITS.console_watchers) {
    throw new TemperError('TOO_MANY', { where: 'pages that watch', expected: `at most ${LIMITS.console_watchers}` });
  }
  watchers.set(pages, before + 1);
  const { until_ms } = c.var.session;
  return streamSSE(c, async stream => {
    let newest: Now | undefined;
    let wake = () => {};
    const watching = pages.watch(now => {
      newest = now;
      wake();
    });
    stream.onAbort(() => wake());
    try {
      await stream.writeSSE({ event: 'past', data: JSON.stringify(watching.past) });
      while (!stream.aborted && !stream.closed && Date.now() < until_ms) {
        if (!newest) {
          await new Promise<void>(resolve => {
            wake = resolve;
          });
          continue;
        }
        const data = JSON.stringify(newest);
        newest = undefined;
        await stream.writeSSE({ event: 'now', data });
      }
    } finally {
      watching.stop();
      watchers.set(pages, watchers.get(pages)! - 1);
    }
  });
}
