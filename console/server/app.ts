import { Hono, type HonoRequest } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, setCookie } from 'hono/cookie';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { LANGUAGES } from '../../models/explain/language/languages.ts';
import { type ErrorCode, TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Log } from '../../schemas/log.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Failure, SessionInfo } from '../api.ts';
import type { Front, FrontFile } from './front.ts';
import {
  cookieName,
  type GuardOptions,
  headers,
  isSecure,
  type Known,
  onlyOwnHost,
  operatorsOnly,
  requireOwnPage,
  signedIn,
} from './guard.ts';
import { streamNow } from './now-stream.ts';
import {
  AnswersQuery,
  Decision,
  Hours,
  LettersQuery,
  ListId,
  ListsQuery,
  type Pages,
  SignIn,
  SurfaceQuery,
} from './pages.ts';
import { beginSession, csrfOf, roleOf, type Session, sealed } from './tokens.ts';

export interface AppOptions extends GuardOptions {
  pages: Pages;
  front: Front;
  temporalUi: string | null;
  log: Log;
}

/** All that the console answers: its pages to everybody who knows its address, all else to who is signed in. */
export function createApp(options: AppOptions): Hono<Known> {
  const { pages, front, log } = options;
  const app = new Hono<Known>();
  app.use(headers, onlyOwnHost(options));
  app.use('/api/*', bodyLimit({ maxSize: LIMITS.console_request_bytes, onError: tooLarge }));
  signingIn(app, options);

  const api = new Hono<Known>();
  api.use(signedIn(options));
  api.get('/session', c => c.json(sessionInfo(options, c.var.session)));
  api.get('/graph', c => c.json(pages.graph));
  api.get('/now', c => streamNow(c, pages));
  api.get('/click-rates', async c => c.json(await pages.clickRates(asked(Hours, c.req))));
  api.get('/lists', async c => c.json(await pages.lists(asked(ListsQuery, c.req))));
  api.get('/reasons', async c => c.json(await pages.reasons(asked(ListId, c.req))));
  api.get('/models', async c => c.json(await pages.models(asked(SurfaceQuery, c.req).surface)));
  api.get('/training', async c => c.json(await pages.training()));
  api.get('/health', async c => c.json(await pages.health(asked(Hours, c.req))));
  api.get('/dead-letters', async c => c.json(await pages.letters(asked(LettersQuery, c.req))));
  api.get('/ads', async c => c.json(await pages.ads()));
  api.get('/answers', async c => c.json(await pages.answers(asked(AnswersQuery, c.req))));
  api.get('/pictures/:item', async c => {
    const picture = await pages.picture(c.req.param('item'));
    return c.body(picture, 200, { 'content-type': 'image/webp', 'cache-control': 'private, max-age=600' });
  });
  api.post('/decisions', operatorsOnly(options), async c => {
    const decision = parsed(Decision, await c.req.json().catch(() => undefined));
    return c.json({ words: await pages.decide(decision, c.var.session) });
  });
  app.route('/api', api);

  app.all('/api/*', c => {
    throw new TemperError('NOT_FOUND', { where: c.req.path.slice(0, 100) });
  });
  app.get('*', c => {
    const file = front.get(c.req.path === '/' ? '/index.html' : c.req.path);
    if (file) return sent(file, c.req);
    throw new TemperError('NOT_FOUND', { where: c.req.path.slice(0, 100), next: 'Begin at /' });
  });
  app.onError((error, c) => {
    const [status, failure] = toldOf(error);
    if (status >= 500) log.warn({ code: 'REQUEST_FAILED', err: error, path: c.req.routePath }, 'a request failed');
    return c.json({ error: failure }, status);
  });
  return app;
}

function signingIn(app: Hono<Known>, options: AppOptions): void {
  const { tokens, origins, now } = options;
  const wrong: number[] = [];
  app.post('/api/session', async c => {
    requireOwnPage(origins, c.req.header('origin'), c.req.header('sec-fetch-site'));
    const { token } = parsed(SignIn, await c.req.json().catch(() => undefined));
    const role = roleOf(tokens, token);
    if (!role) {
      // Whoever has a right token gets in, however many wrong ones somebody else sends.
      while (wrong.length > 0 && wrong[0]! < now() - 60_000) wrong.shift();
      if (wrong.length >= LIMITS.console_wrong_tokens) {
        throw new TemperError('TOO_MANY', { where: 'sign-ins', got: 'too many wrong tokens', next: 'Wait a minute' });
      }
      wrong.push(now());
      throw new TemperError('SIGN_IN_NEEDED', {
        expected: 'one of the tokens of this console',
        got: 'another one',
        next: '`temper console --links` prints them',
      });
    }
    const session = beginSession(role, now());
    const secure = isSecure(origins, c.req.header('host'));
    setCookie(c, cookieName(origins, c.req.header('host')), sealed(tokens, session), {
      ...{ httpOnly: true, sameSite: 'Strict', path: '/', secure },
      maxAge: LIMITS.console_session_hours * 3_600,
    });
    return c.json(sessionInfo(options, session));
  });
  app.delete('/api/session', c => {
    requireOwnPage(origins, c.req.header('origin'), c.req.header('sec-fetch-site'));
    const secure = isSecure(origins, c.req.header('host'));
    deleteCookie(c, cookieName(origins, c.req.header('host')), { path: '/', secure });
    return c.body(null, 204);
  });
}

function sessionInfo({ tokens, temporalUi }: AppOptions, session: Session): SessionInfo {
  return {
    role: session.role,
    csrf: csrfOf(tokens, session),
    temporalUi,
    surfaces: Surface.options,
    languages: LANGUAGES,
  };
}

function sent({ bytes, small, type, etag, isForEver }: FrontFile, request: HonoRequest): Response {
  const cache = isForEver ? 'public, max-age=31536000, immutable' : 'no-cache';
  const headers: Record<string, string> = { etag, 'cache-control': cache, vary: 'accept-encoding' };
  if (request.header('if-none-match') === etag) return new Response(null, { status: 304, headers });
  const takesBrotli = /\bbr\b/.test(request.header('accept-encoding') ?? '');
  if (takesBrotli) headers['content-encoding'] = 'br';
  return new Response(takesBrotli ? small : bytes, { headers: { ...headers, 'content-type': type } });
}

function asked<T extends z.ZodType>(type: T, request: HonoRequest): z.infer<T> {
  return parsed(type, request.query());
}

function parsed<T extends z.ZodType>(type: T, value: unknown): z.infer<T> {
  const result = type.safeParse(value);
  if (result.success) return result.data;
  const got = result.error.issues
    .map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`)
    .join('; ');
  throw new TemperError('INPUT_INVALID', { where: 'the request', got });
}

function tooLarge(): never {
  const expected = `at most ${LIMITS.console_request_bytes} bytes`;
  throw new TemperError('INPUT_INVALID', { where: 'the request', expected, got: 'more' });
}

const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  INPUT_INVALID: 400,
  SIGN_IN_NEEDED: 401,
  NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  DATA_INSUFFICIENT: 409,
  MODEL_REFUSED: 409,
  TOO_MANY: 429,
  UNREACHABLE: 503,
  TIMED_OUT: 504,
};

/** What Temper names is told; of what it does not name nothing goes out, for it may hold anything. */
function toldOf(error: unknown): [ContentfulStatusCode, Failure] {
  if (!(error instanceof TemperError)) return [500, { code: 'BUG', message: 'The console failed; its log says how.' }];
  return [STATUS[error.code] ?? 500, { code: error.code, message: error.message }];
}
