import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Frames } from '../../../streams/kafka/wire/frames.ts';
import { endInSilence } from '../../../streams/kafka/wire/silence.ts';
import fc from '../../properties.ts';

const ANSWER_MS = 300;
const METADATA = 3;
const JOIN_GROUP = 11;

function frame(body: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

const request = (api: number) => frame(Buffer.from([0, api, 0, 0, 0, 0, 0, 1]));
const answer = (bytes = 10) => frame(Buffer.alloc(bytes));

describe('answers are counted', () => {
  it('however they are cut into chunks', () => {
    const cut = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), cut, (sizes, cuts) => {
        const bytes = Buffer.concat(sizes.map(answer));
        const frames = new Frames();
        let ended = 0;
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const end = at + cuts[n % cuts.length]!;
          ended += frames.endingIn(bytes.subarray(at, end));
          at = end;
        }
        expect(ended).toBe(sizes.length);
      }),
    );
  });
});

describe('a connection on which nothing comes', () => {
  let server: Server;
  let broker: Socket;
  let client: Socket;
  let gaveUp: number;
  let ended: Promise<string>;

  beforeEach(async () => {
    gaveUp = 0;
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    endInSilence(client, ANSWER_MS, () => gaveUp++);
    client.on('data', () => {});
    ended = new Promise(resolve => client.once('error', error => resolve(error.message)));
    [broker] = (await accepted) as [Socket];
    broker.on('error', () => {}).resume();
  });
  afterEach(() => {
    client.destroy();
    broker.destroy();
    server.close();
  });

  const lives = async (ms: number) => !(await Promise.race([ended, sleep(ms)]));

  it('is given up when a request waits on it, and told as an error', async () => {
    const since = performance.now();
    client.write(request(METADATA));
    expect(await ended).toBe(`no answer within ${ANSWER_MS} ms`);
    expect(gaveUp).toBe(1);
    expect(performance.now() - since).toBeGreaterThan(ANSWER_MS * 0.9);
  });

  it('lives where all is answered', async () => {
    client.write(request(METADATA));
    client.write(request(METADATA));
    broker.write(Buffer.concat([answer(), answer()]));
    expect(await lives(2.5 * ANSWER_MS)).toBe(true);
  });

  it('is given up when the first of two requests is answered, and the second is not', async () => {
    client.write(request(METADATA));
    client.write(request(METADATA));
    broker.write(answer());
    expect(await ended).toBeTypeOf('string');
  });

  it('lives while an answer arrives slowly', async () => {
    client.write(request(METADATA));
    const slow = answer(12);
    for (let at = 0; at < slow.length; at += 2) {
      broker.write(slow.subarray(at, at + 2));
      expect(await lives(ANSWER_MS / 3)).toBe(true);
    }
  });

  it('lives while a group comes together', async () => {
    client.write(request(JOIN_GROUP));
    expect(await lives(2.5 * ANSWER_MS)).toBe(true);
  });

  it('lives where the answer came while this process stood still', async () => {
    client.write(request(METADATA));
    await once(broker, 'data');
    broker.write(answer());
    await new Promise(setImmediate);
    for (const until = performance.now() + 2 * ANSWER_MS; performance.now() < until; );
    expect(await lives(ANSWER_MS)).toBe(true);
  });
});
