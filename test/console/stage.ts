import type { Hono } from 'hono';
import type { SessionInfo } from '../../console/api.ts';
import { createApp } from '../../console/server/app.ts';
import type { Front } from '../../console/server/front.ts';
import type { Known } from '../../console/server/guard.ts';
import type { Pages } from '../../console/server/pages.ts';
import type { Tokens } from '../../console/server/tokens.ts';
import { TemperError } from '../../schemas/errors.ts';
import { createLog } from '../../schemas/log.ts';

export const ORIGIN = 'http://127.0.0.1:7433';
export const HOST = '127.0.0.1:7433';
export const TOKENS: Tokens = { v: 1, viewer: 'v'.repeat(43), operator: 'o'.repeat(43), secret: 's'.repeat(43) };

const page = Buffer.from('<!doctype html>');
const FRONT: Front = new Map([
  ['/index.html', { type: 'text/html; charset=utf-8', bytes: page, small: page, etag: '"1"', isForEver: false }],
  ['/assets/a.js', { type: 'text/javascript; charset=utf-8', bytes: page, small: page, etag: '"2"', isForEver: true }],
]);

/** What the routes asked of whoever tells. */
export interface Asked {
  lists: unknown[];
  decisions: { role: string; verb: string; reason: string }[];
}

/** The routes before pages that answer with next to nothing; the time is the test's. */
export function stage(more: Partial<Pages> = {}) {
  const asked: Asked = { lists: [], decisions: [] };
  let now_ms = 1_700_000_000_000;
  const none = () => Promise.reject(new TemperError('NOT_FOUND', { where: 'this test' }));
  const pages: Pages = {
    graph: { nodes: [], arrows: [] },
    watch: () => ({ past: [], stop() {} }),
    clickRates: async () => [],
    lists: async query => {
      asked.lists.push(query);
      return [];
    },
    reasons: none,
    models: none,
    training: async () => [],
    health: none,
    letters: async () => ({ total: 0, reasons: [], letters: [] }),
    ads: async () => ({ campaigns: [], charges: [] }),
    answers: none,
    picture: none,
    decide: async ({ verb, reason }, { role }) => {
      asked.decisions.push({ role, verb, reason });
      return `${verb} is done`;
    },
    ...more,
  };
  const app = createApp({
    ...{ pages, front: FRONT, tokens: TOKENS, temporalUi: null, log: createLog('test', 'silent') },
    origins: [ORIGIN, 'https://temper.example'],
    now: () => now_ms,
  });
  return {
    asked,
    get: (path: string, headers: Record<string, string> = {}) =>
      app.request(path, { headers: { host: HOST, ...headers } }),
    post: (path: string, body: unknown, headers: Record<string, string> = {}) => post(app, path, body, headers),
    pass(ms: number) {
      now_ms += ms;
    },
    /** Signs in, as a page does. */
    async as(role: 'viewer' | 'operator'): Promise<{ cookie: string; csrf: string }> {
      const response = await post(app, '/api/session', { token: TOKENS[role] }, {});
      const info = (await response.json()) as SessionInfo;
      return { cookie: response.headers.get('set-cookie')!.split(';')[0]!, csrf: info.csrf };
    },
  };
}

function post(app: Hono<Known>, path: string, body: unknown, headers: Record<string, string>) {
  return app.request(path, {
    method: 'POST',
    headers: { host: HOST, origin: ORIGIN, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
