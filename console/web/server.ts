import { useEffect, useState } from 'preact/hooks';
import type { DecisionRequest, Failure, Now, Second, SessionInfo } from '../api.ts';

/** An answer that is none: what the server says of it. */
export class Refusal extends Error {
  readonly code: string;
  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`/api/${path}`, { ...init, credentials: 'same-origin' }).catch(() => {
    throw new Refusal({ code: 'UNREACHABLE', message: 'The console does not answer. Is Temper still running?' });
  });
  if (response.status === 204) return undefined as T;
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body as T;
  throw new Refusal(body.error ?? { code: String(response.status), message: response.statusText });
}

const post = (body: unknown, csrf = ''): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-csrf-token': csrf },
  body: JSON.stringify(body),
});

export const whoIsIn = (): Promise<SessionInfo> => ask('session');
export const signIn = (token: string): Promise<SessionInfo> => ask('session', post({ token }));
export const signOut = (): Promise<void> => ask('session', { method: 'DELETE' });
export const decide = (session: SessionInfo, request: DecisionRequest): Promise<{ words: string }> =>
  ask('decisions', post(request, session.csrf));

export interface Loaded<T> {
  data: T | undefined;
  failure: Refusal | undefined;
  again(): void;
}

/** What a path answers, asked again every so often while the page is looked at; the last answer stays meanwhile. */
export function useData<T>(path: string | null, every_ms = 0): Loaded<T> {
  const [answer, setAnswer] = useState<{ path: string; data: T }>();
  const [failure, setFailure] = useState<Refusal>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const leaving = new AbortController();
    const load = async () => {
      if (document.hidden) return;
      try {
        const data = await ask<T>(path, { signal: leaving.signal });
        if (leaving.signal.aborted) return;
        setAnswer({ path, data });
        setFailure(undefined);
      } catch (error) {
        if (!leaving.signal.aborted) setFailure(error as Refusal);
      }
    };
    void load();
    const timer = every_ms > 0 ? setInterval(load, every_ms) : undefined;
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [path, every_ms, turn]);
  return { data: answer?.path === path ? answer?.data : undefined, failure, again: () => setTurn(turn + 1) };
}

const KEPT_SECONDS = 300;

/** What happens now, as long as the page is looked at. */
export function useNow(): { now: Now | undefined; past: readonly Second[]; isLive: boolean } {
  const [now, setNow] = useState<Now>();
  const [past, setPast] = useState<readonly Second[]>([]);
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    const source = new EventSource('/api/now');
    source.addEventListener('past', event => setPast(JSON.parse(event.data)));
    source.addEventListener('now', event => {
      const now: Now = JSON.parse(event.data);
      setLive(true);
      setNow(now);
      setPast(past => [...past.slice(1 - KEPT_SECONDS), secondOf(now)]);
    });
    source.onerror = () => setLive(false);
    return () => source.close();
  }, []);
  return { now, past, isLive };
}

function secondOf({ at_ms, jobs }: Now): Second {
  const of = (name: string) => jobs.find(({ job }) => job === name);
  const lag = jobs.flatMap(job => Object.values(job.lag)).reduce((sum, each) => sum + each, 0);
  const [lists, events] = [of('scorer')?.per_second ?? null, of('features')?.per_second ?? null];
  return { at_ms, lists, events, p99_ms: of('scorer')?.p99_ms ?? null, lag };
}
