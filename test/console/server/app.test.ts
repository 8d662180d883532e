import { describe, expect, it } from 'vitest';
import type { Pages } from '../../../console/server/pages.ts';
import { sealed } from '../../../console/server/tokens.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { stage, TOKENS } from '../stage.ts';

const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;
const ROLLBACK = { surface: 'home', verb: 'rollback', model: 'home-7fd2a41c90', by: 'anna', reason: 'empty lists' };
const MAX_AGE = new RegExp(`Max-Age=${LIMITS.console_session_hours * 3_600}\\b`);
const ASKED = [
  'session',
  'graph',
  'now',
  'click-rates',
  'lists',
  'reasons',
  'models',
  'training',
  'health',
  'dead-letters',
  'ads',
  'answers',
  'pictures/cup',
];

describe('signing in', () => {
  it.each(ASKED)('is needed for /api/%s', async path => {
    const response = await stage().get(`/api/${path}`);
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe('SIGN_IN_NEEDED');
  });

  it('gives a cookie that no script and no other site has, and the role of the token', async () => {
    const response = await stage().post('/api/session', { token: TOKENS.operator });
    expect(await response.json()).toMatchObject({ role: 'operator' });
    const cookie = response.headers.get('set-cookie')!;
    for (const part of [/^temper-7433=/, /HttpOnly/, /SameSite=Strict/, /Path=\//, MAX_AGE])
      expect(cookie).toMatch(part);
  });

  it('over TLS gives a cookie that goes over TLS alone', async () => {
    const headers = { host: 'temper.example', origin: 'https://temper.example' };
    const response = await stage().post('/api/session', { token: TOKENS.viewer }, headers);
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-temper=.*Secure/);
  });

  it('fails with a wrong token, of which so many within a minute are looked into; a right one is always let in', async () => {
    const { post, pass } = stage();
    const guess = async () => (await post('/api/session', { token: 'guess' })).status;
    for (let n = 0; n < LIMITS.console_wrong_tokens; n++) expect(await guess()).toBe(401);
    expect(await guess()).toBe(429);
    for (const role of ['viewer', 'operator'] as const)
      expect((await post('/api/session', { token: TOKENS[role] })).status).toBe(200);
    expect(await guess()).toBe(429);
    pass(60_001);
    expect(await guess()).toBe(401);
  });

  it('fails from a page of another site', async () => {
    const response = await stage().post('/api/session', { token: TOKENS.viewer }, { origin: 'https://evil.example' });
    expect([response.status, await codeOf(response)]).toEqual([403, 'NOT_ALLOWED']);
  });

  it('ends by itself after twelve hours', async () => {
    const { as, get, pass } = stage();
    const { cookie } = await as('viewer');
    expect((await get('/api/ads', { cookie })).status).toBe(200);
    pass(12 * 3_600_000);
    expect((await get('/api/ads', { cookie })).status).toBe(401);
  });

  it.each([
    ['of another secret', sealed({ ...TOKENS, secret: 'x'.repeat(43) }, { role: 'operator', id: 'a', until_ms: 2e12 })],
    ['with another role', sealed(TOKENS, { role: 'viewer', id: 'a', until_ms: 2e12 }).replace('viewer', 'operator')],
    [
      'with a longer life',
      sealed(TOKENS, { role: 'viewer', id: 'a', until_ms: 1e12 }).replace('1000000000000', '2000000000000'),
    ],
    ['of no parts', 'operator'],
    ['of too many parts', `${sealed(TOKENS, { role: 'viewer', id: 'a', until_ms: 2e12 })}.x`],
  ])('is not done by a cookie %s', async (_, value) => {
    expect((await stage().get('/api/ads', { cookie: `temper-7433=${value}` })).status).toBe(401);
  });
});

describe('a decision', () => {
  it('of an operator on a page of the console is carried out', async () => {
    const { as, post, asked } = stage();
    const { cookie, csrf } = await as('operator');
    const response = await post('/api/decisions', ROLLBACK, { cookie, 'x-csrf-token': csrf });
    expect(await response.json()).toEqual({ words: 'rollback is done' });
    expect(asked.decisions).toEqual([{ role: 'operator', verb: 'rollback', reason: 'empty lists' }]);
  });

  it('of a viewer is refused, with his own token too', async () => {
    const { as, post, asked } = stage();
    const { cookie, csrf } = await as('viewer');
    const response = await post('/api/decisions', ROLLBACK, { cookie, 'x-csrf-token': csrf });
    expect([response.status, await codeOf(response)]).toEqual([403, 'NOT_ALLOWED']);
    expect(asked.decisions).toEqual([]);
  });

  it.each([
    ['without a token', {}],
    ['with a wrong token', { 'x-csrf-token': 'x' }],
    ['with that of another session', 'other'],
    ['of another site', { origin: 'https://evil.example' }],
    ['of a page whose origin is hidden', { origin: 'null' }],
  ])('%s is refused', async (_, headers) => {
    const { as, post, asked } = stage();
    const { cookie, csrf } = await as('operator');
    const own = headers === 'other' ? { 'x-csrf-token': (await as('operator')).csrf } : headers;
    const all = {
      cookie,
      ...('origin' in (own as object) && { 'x-csrf-token': csrf }),
      ...(own as Record<string, string>),
    };
    expect((await post('/api/decisions', ROLLBACK, all)).status).toBe(403);
    expect(asked.decisions).toEqual([]);
  });

  it('sent by a script of another origin without the header origin is refused by where it comes from', async () => {
    const { as, post } = stage();
    const { cookie, csrf } = await as('operator');
    const headers = { cookie, 'x-csrf-token': csrf, origin: '', 'sec-fetch-site': 'cross-site' };
    expect((await post('/api/decisions', ROLLBACK, headers)).status).toBe(403);
  });

  it.each([
    ['without a reason', { ...ROLLBACK, reason: '  ' }],
    ['with a reason that is too long', { ...ROLLBACK, reason: 'x'.repeat(LIMITS.reason_chars + 1) }],
    ['without a name', { ...ROLLBACK, by: '' }],
    ['of another verb', { ...ROLLBACK, verb: 'erase' }],
    ['on no model', { ...ROLLBACK, model: undefined }],
    ['on no surface', { ...ROLLBACK, surface: 'moon' }],
    ['with more than is asked', { ...ROLLBACK, role: 'operator' }],
    ['that is no JSON', '{'],
    ['that is nothing', ''],
  ])('%s is refused, and told why', async (_, body) => {
    const { as, post, asked } = stage();
    const { cookie, csrf } = await as('operator');
    const response = await post('/api/decisions', body, { cookie, 'x-csrf-token': csrf });
    expect([response.status, await codeOf(response)]).toEqual([400, 'INPUT_INVALID']);
    expect(asked.decisions).toEqual([]);
  });

  it('of more bytes than one has is refused unread', async () => {
    const { as, post } = stage();
    const { cookie, csrf } = await as('operator');
    const body = { ...ROLLBACK, reason: 'x'.repeat(LIMITS.console_request_bytes) };
    const response = await post('/api/decisions', body, { cookie, 'x-csrf-token': csrf });
    expect(await codeOf(response)).toBe('INPUT_INVALID');
  });
});

describe('what is asked', () => {
  it('is filled in, and within limits', async () => {
    const { as, get, asked } = stage();
    const { cookie } = await as('viewer');
    await get('/api/lists?user=&surface=home', { cookie });
    expect(asked.lists).toEqual([{ surface: 'home', user: undefined, arm: undefined, hours: 1, count: 12 }]);
    for (const wrong of [
      'surface=moon',
      'count=51',
      `hours=${LIMITS.console_hours + 1}`,
      'hours=-1',
      `user=${'x'.repeat(129)}`,
    ]) {
      expect((await get(`/api/lists?${wrong}`, { cookie })).status, wrong).toBe(400);
    }
  });

  it('under another name than its own is not answered: a page that rebinds a name sees nothing', async () => {
    for (const path of ['/', '/api/session']) {
      expect((await stage().get(path, { host: 'evil.example:7433' })).status).toBe(403);
    }
  });

  it('and can’t be answered is told by its code; of what nobody named, nothing is told', async () => {
    const down = new TemperError('UNREACHABLE', { where: 'ClickHouse' });
    const { as, get } = stage({
      ads: () => Promise.reject(down),
      training: () => Promise.reject(new Error('password=secret')),
    });
    const { cookie } = await as('viewer');
    const gone = await get('/api/ads', { cookie });
    expect([gone.status, await codeOf(gone)]).toEqual([503, 'UNREACHABLE']);
    const bug = await get('/api/training', { cookie });
    expect(bug.status).toBe(500);
    expect(await bug.text()).not.toContain('secret');
  });

  it('is not there: a sentence, not a page of somebody else’s', async () => {
    const { as, get } = stage();
    const { cookie } = await as('viewer');
    for (const path of ['/api/nothing', '/assets/../../../etc/passwd', '/nothing']) {
      const response = await get(path, { cookie });
      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
    }
  });
});

describe('every answer', () => {
  it.each(['/', '/assets/a.js', '/api/session', '/nothing'])(
    '%s lets a page run and show nothing but the console’s own',
    async path => {
      const { headers } = await stage().get(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('with what was asked is kept by nobody; files whose names tell their content are', async () => {
    const { as, get } = stage();
    const { cookie } = await as('viewer');
    expect((await get('/api/ads', { cookie })).headers.get('cache-control')).toBe('no-store');
    expect((await get('/assets/a.js')).headers.get('cache-control')).toContain('immutable');
    const again = await get('/', { 'if-none-match': '"1"' });
    expect(again.status).toBe(304);
  });
});

describe('what happens now', () => {
  it('comes as events: what was before, then each second; whoever leaves is forgotten', async () => {
    let see: ((now: never) => void) | undefined;
    let stopped = 0;
    const watch: Pages['watch'] = seen => {
      see = seen as never;
      return { past: [], stop: () => stopped++ };
    };
    const { as, get } = stage({ watch });
    const { cookie } = await as('viewer');
    // The session's end is told by the machine's own clock, which is after the test's.
    const far = sealed(TOKENS, { role: 'viewer', id: 'a', until_ms: Date.now() + 60_000 });
    expect(cookie).not.toBe('');
    const response = await get('/api/now', { cookie: `temper-7433=${far}` });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body!.getReader();
    const text = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await text()).toBe('event: past\ndata: []\n\n');
    see!({ at_ms: 1 } as never);
    expect(await text()).toBe('event: now\ndata: {"at_ms":1}\n\n');
    await reader.cancel();
    await expect.poll(() => stopped).toBe(1);
  });

  it('is told to so many pages at once and no more', async () => {
    const { get } = stage();
    const cookie = `temper-7433=${sealed(TOKENS, { role: 'viewer', id: 'a', until_ms: Date.now() + 60_000 })}`;
    const open = await Promise.all(Array.from({ length: LIMITS.console_watchers }, () => get('/api/now', { cookie })));
    expect((await get('/api/now', { cookie })).status).toBe(429);
    await Promise.all(open.map(response => response.body!.cancel()));
    await expect.poll(async () => (await get('/api/now', { cookie })).status).toBe(200);
  });
});
