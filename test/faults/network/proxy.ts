import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to bytes on their way; `black hole`: they stay on the way, and arrive when it clears. */
export type Weather =
  | { kind: 'clear' | 'black hole' | 'refused' }
  | { kind: 'slow'; delay_ms: number; bytes_per_s: number };

/** A request that was caught. */
export interface Caught {
  request: Buffer;
  /** Lets go what was held: the request, or the answer. */
  release(): void;
  /** Ends its connection by RST in place of that. */
  cut(): void;
}

/** A proxy between clients and one server, for the faults of a network. */
export interface TcpProxy {
  readonly port: number;
  /** Where the server listens now: it may come back on another port. */
  aim(upstream_port: number): void;
  set(weather: Weather): void;
  /** Ends every connection by RST, to both sides. */
  reset(): void;
  /** The server's side of every connection is gone, and no client is told: what they send is swallowed. */
  halfOpen(): void;
  /**
   * Catches the next request whose first bytes match: `before` the server gets it, or `after` the server has answered,
   * before the client knows.
   */
  trap(when: 'before' | 'after', matches: (request: Buffer) => boolean): Promise<Caught>;
  stop(): Promise<void>;
}

interface Trap {
  when: 'before' | 'after';
  matches(request: Buffer): boolean;
  caught(caught: Caught): void;
}

interface Pair {
  client: Socket;
  server: Socket;
  /** Waits for its answer in order to be held there. */
  awaited: { trap: Trap; request: Buffer } | undefined;
}

/** Unread bytes that the proxy holds of each direction, before it stops reading. */
const HELD_BYTES = 256 * 1024;

export async function startProxy(): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  const orphans = new Set<Socket>();
  const traps = new Set<Trap>();
  let upstream = 0;
  let weather: Weather = { kind: 'clear' };
  let cleared = Promise.resolve();
  let clear = () => {};

  /** Whether the chunk may go on, when its time has come. */
  const travel = async (chunk: Buffer, arrived_ms: number): Promise<void> => {
    if (weather.kind === 'slow') {
      const due_ms = arrived_ms + weather.delay_ms - performance.now();
      await sleep(Math.max(due_ms, (chunk.length / weather.bytes_per_s) * 1_000));
    }
    while (weather.kind === 'black hole') await cleared;
  };
  const onRequest = async (pair: Pair, chunk: Buffer): Promise<void> => {
    const trap = [...traps].find(({ matches }) => matches(chunk));
    if (!trap) return;
    traps.delete(trap);
    if (trap.when === 'after') {
      pair.awaited = { trap, request: chunk };
      return;
    }
    await hold(pair, trap, chunk);
  };
  const onAnswer = async (pair: Pair): Promise<void> => {
    if (!pair.awaited) return;
    const { trap, request } = pair.awaited;
    pair.awaited = undefined;
    await hold(pair, trap, request);
  };
  const hold = (pair: Pair, trap: Trap, request: Buffer) =>
    new Promise<void>(release => {
      const cut = () => {
        drop(pair);
        release();
      };
      trap.caught({ request, release, cut });
    });
  const drop = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  };

  const listener = createServer({ allowHalfOpen: true }, client => {
    if (weather.kind === 'refused') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: upstream, allowHalfOpen: true });
    const pair: Pair = { client, server, awaited: undefined };
    pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => {}); // its end is what counts
      socket.on('close', () => pairs.has(pair) && drop(pair));
    }
    carry(client, server, async (chunk, at_ms) => {
      await travel(chunk, at_ms);
      await onRequest(pair, chunk);
    });
    carry(server, client, async (chunk, at_ms) => {
      await onAnswer(pair);
      await travel(chunk, at_ms);
    });
  });
  await new Promise<void>(ready => listener.listen(0, '127.0.0.1', ready));

  const set = (next: Weather): void => {
    clear();
    cleared = new Promise(resolve => {
      clear = resolve;
    });
    weather = next;
  };
  return {
    port: (listener.address() as { port: number }).port,
    aim(port) {
      upstream = port;
    },
    set,
    reset() {
      for (const pair of pairs) drop(pair);
    },
    halfOpen() {
      for (const pair of pairs) {
        pairs.delete(pair);
        orphans.add(pair.client);
        pair.client.removeAllListeners('data').resume();
        pair.client.once('end', () => pair.client.destroy());
        pair.server.resetAndDestroy();
      }
    },
    trap: (when, matches) => new Promise(caught => traps.add({ when, matches, caught })),
    async stop() {
      set({ kind: 'clear' });
      for (const pair of pairs) drop(pair);
      for (const orphan of orphans) orphan.destroy();
      await new Promise<void>(closed => listener.close(() => closed()));
    },
  };
}

/** One direction of a connection, in order; the end of one side is passed on behind its last bytes. */
function carry(from: Socket, to: Socket, pass: (chunk: Buffer, arrived_ms: number) => Promise<void>): void {
  let held = 0;
  let last = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    const arrived_ms = performance.now();
    held += chunk.length;
    if (held > HELD_BYTES) from.pause();
    last = last.then(async () => {
      await pass(chunk, arrived_ms);
      if (to.writable) to.write(chunk);
      held -= chunk.length;
      if (held <= HELD_BYTES) from.resume();
    });
  });
  from.on('end', () => {
    last = last.then(() => void (to.writable && to.end()));
  });
}
