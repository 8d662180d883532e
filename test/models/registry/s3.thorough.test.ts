import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { s3Store } from '../../../models/registry/store/s3.ts';

const PATIENCE = { connect_ms: 1_000, silent_ms: 300, attempts: 2 };
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n';
const UNREACHABLE = {
  code: 'UNREACHABLE',
  retryable: true,
  message: expect.stringContaining('s3://shop/m/model.onnx'),
};

let close = async () => {};
afterEach(() => close());

/** A bucket at a server that does this with what it is asked. */
async function bucketBehind(answer: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'temper', secretAccessKey: 'secret' };
  const store = s3Store({ bucket: 'shop', prefix: '', region: 'us-east-1', endpoint, credentials }, PATIENCE);
  return { store, sockets };
}

describe('a bucket', () => {
  it('that takes requests and never answers is not waited for without end', async () => {
    const { store, sockets } = await bucketBehind(() => {});
    await expect(store.read('m/model.onnx', 100)).rejects.toMatchObject(UNREACHABLE);
    expect(sockets).toHaveLength(PATIENCE.attempts);
  });

  it('that falls silent in the midst of a file is not either', async () => {
    const { store } = await bucketBehind(socket => void socket.write(`${HEAD}half `));
    await expect(store.read('m/model.onnx', 100)).rejects.toMatchObject(UNREACHABLE);
  });

  it('whose connection breaks in the midst of a file may be asked again', async () => {
    const { store } = await bucketBehind(socket => void socket.end(`${HEAD}half `));
    await expect(store.read('m/model.onnx', 100)).rejects.toMatchObject(UNREACHABLE);
  });

  it('that sends a file slowly is waited for', async () => {
    const { store } = await bucketBehind(async socket => {
      socket.write(HEAD);
      for (const byte of 'slow bytes') {
        await sleep(60);
        socket.write(byte);
      }
    });
    expect(Buffer.from((await store.read('m/model.onnx', 100))!).toString()).toBe('slow bytes');
  });
});
