import { getCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { TemperError } from '../../schemas/errors.ts';
import { csrfOf, opened, type Session, same, type Tokens } from './tokens.ts';

/** What a request knows of who asks. */
export interface Known {
  Variables: { session: Session };
}

export interface GuardOptions {
  tokens: Tokens;
  /** The origins under which the console may be asked for, such as http://127.0.0.1:7433. */
  origins: readonly string[];
  now(): number;
}

/**
 * Browsers do not keep cookies of one host's ports apart: two consoles would sign each other's visitors out. Over TLS, with
 * a name that begins with `__Host-`, a browser takes the cookie from its own host alone.
 */
export function cookieName(origins: readonly string[], host: string | undefined): string {
  return isSecure(origins, host) ? '__Host-temper' : `temper-${host?.split(':').at(-1) ?? ''}`;
}

/**
 * Nothing but its own files and answers, and nothing inline: what somebody may get into a page, in a title for example,
 * is text. Nobody may put a page into a frame, and no script may make markup of strings.
 */
export const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
  },
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  // A browser keeps to TLS for a host whatever its port: on loopback other things would break by it.
  strictTransportSecurity: false,
});

/** Under another name than its own, a page of some other site may have led here (DNS rebinding). */
export const onlyOwnHost = (options: GuardOptions) =>
  createMiddleware(async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!hostsOf(options).includes(host)) {
      const next = 'Open the address that was printed; for another one, see TEMPER_CONSOLE_ORIGIN';
      throw new TemperError('NOT_ALLOWED', { where: 'the header host', got: host.slice(0, 100), next });
    }
    await next();
  });

/** Lets in who has a session, and notes it. */
export const signedIn = ({ tokens, now, origins }: GuardOptions) =>
  createMiddleware<Known>(async (c, next) => {
    const cookie = getCookie(c, cookieName(origins, c.req.header('host')));
    const session = cookie === undefined ? undefined : opened(tokens, cookie, now());
    if (!session)
      throw new TemperError('SIGN_IN_NEEDED', { next: 'Open the link that `temper console --links` prints' });
    c.set('session', session);
    c.header('cache-control', 'no-store');
    await next();
  });

/** Lets through what changes something: from a page of ours, with the token of its session, by an operator. */
export const operatorsOnly = ({ tokens, origins }: GuardOptions) =>
  createMiddleware<Known>(async (c, next) => {
    requireOwnPage(origins, c.req.header('origin'), c.req.header('sec-fetch-site'));
    const { role } = c.var.session;
    if (!same(c.req.header('x-csrf-token') ?? '', csrfOf(tokens, c.var.session))) {
      throw new TemperError('NOT_ALLOWED', { where: 'the header x-csrf-token', expected: 'that of the session' });
    }
    if (role !== 'operator') {
      const next = 'Sign in with the link for operators';
      throw new TemperError('NOT_ALLOWED', { expected: 'an operator', got: `a ${role}`, next });
    }
    await next();
  });

export function requireOwnPage(origins: readonly string[], origin: string | undefined, site: string | undefined): void {
  const isOwn = origin === undefined ? site === undefined || site === 'same-origin' : origins.includes(origin);
  if (isOwn) return;
  throw new TemperError('NOT_ALLOWED', {
    where: 'the header origin',
    expected: 'a page of the console',
    got: origin ?? site ?? '',
  });
}

/** Whether a host is reached over TLS, so that its cookie must be too. */
export function isSecure(origins: readonly string[], host: string | undefined): boolean {
  return origins.includes(`https://${host}`);
}

const hostsOf = ({ origins }: GuardOptions): string[] => origins.map(origin => new URL(origin).host);
