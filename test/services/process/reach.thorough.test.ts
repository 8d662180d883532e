import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { reachKafka } from '../../../services/kafka.ts';
import { listensKafka } from '../../../services/process/reach.ts';

/** ApiVersions, version 0: size, correlation id, no error, no versions. */
const VERSIONS = Buffer.from([...[0, 0, 0, 10], ...[0, 0, 0, 1], ...[0, 0], ...[0, 0, 0, 0]]);
const LATE_MS = 3_000;

it("somebody else's broker that is slow to answer is waited for", async () => {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', async () => {
      await sleep(LATE_MS);
      socket.write(VERSIONS);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await listensKafka(address)).toBe(false); // one of our own would be asked again
    const sasl = { mechanism: 'scram-sha-512', username: 'temper', password: 'secret' } as const;
    expect((await reachKafka([address], { tls: undefined, sasl })).endpoint).toEqual([address]);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
