import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startProxy, type TcpProxy } from './proxy.ts';

let server: Server;
let proxy: TcpProxy;
/** What the server got. */
let got: string;
const clients: Socket[] = [];

beforeEach(async () => {
  got = '';
  server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      got += chunk;
      socket.write(`re:${chunk}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startProxy();
  proxy.aim((server.address() as { port: number }).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.stop();
  server.close();
});

async function client(): Promise<{ socket: Socket; heard(): string; ended: Promise<string> }> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk;
  });
  const ended = new Promise<string>(resolve => {
    socket.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? 'error'));
    socket.once('close', () => resolve('closed'));
  });
  await once(socket, 'connect');
  return { socket, heard: () => heard, ended };
}

it('passes both ways on, and the end behind the last bytes', async () => {
  const { socket, heard } = await client();
  socket.end('hello');
  await once(socket, 'close');
  expect([got, heard()]).toEqual(['hello', 're:hello']);
});

it('holds a request that is trapped before the server gets it', async () => {
  const { socket, heard } = await client();
  const trap = proxy.trap('before', request => request.includes('b'));
  socket.write('a');
  await expect.poll(heard).toBe('re:a');
  socket.write('b');
  const caught = await trap;
  expect([String(caught.request), got]).toEqual(['b', 'a']);
  caught.release();
  await expect.poll(heard).toBe('re:are:b');
});

it('cuts an answer off that is trapped after the server has given it', async () => {
  const { socket, heard, ended } = await client();
  const trap = proxy.trap('after', () => true);
  socket.write('a');
  const caught = await trap;
  expect([got, heard()]).toEqual(['a', '']);
  caught.cut();
  expect(await ended).toBe('ECONNRESET');
  expect(heard()).toBe('');
});

it('in a black hole nothing arrives until it clears, and then all of it', async () => {
  const { socket, heard } = await client();
  proxy.set({ kind: 'black hole' });
  socket.write('a');
  socket.write('b');
  const other = await client();
  const passed = proxy.trap('before', () => true);
  expect(await Promise.race([passed, once(other.socket, 'drain'), new Promise(done => setTimeout(done, 50))])).toBe(
    undefined,
  );
  expect(got).toBe('');
  proxy.set({ kind: 'clear' });
  (await passed).release();
  await expect.poll(heard).toMatch(/^re:a(re:)?b$/);
});

it('half-open: the server is gone, and the client is not told', async () => {
  const { socket, heard, ended } = await client();
  socket.write('a');
  await expect.poll(heard).toBe('re:a');
  proxy.halfOpen();
  socket.write('b');
  const late = await client();
  late.socket.write('c');
  await expect.poll(late.heard).toBe('re:c');
  expect([got, heard()]).toEqual(['ac', 're:a']);
  expect(await Promise.race([ended, Promise.resolve('open')])).toBe('open');
});

it('reset ends connections by RST, and refuses no new ones', async () => {
  const { socket, ended } = await client();
  socket.write('a');
  await expect.poll(() => got).toBe('a');
  proxy.reset();
  expect(await ended).toBe('ECONNRESET');
  const other = await client();
  other.socket.write('b');
  await expect.poll(other.heard).toBe('re:b');
});
