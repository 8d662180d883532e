/** What operators put before a service that speaks no TLS itself, or no keys: the service behind is the real one. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  connect as connectHttp2,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { Identity } from './certificates.ts';

export interface Gateway {
  /** host:port */
  address: string;
  stop(): Promise<void>;
}

export interface Wall {
  identity: Identity;
  /** File of the authority by which clients have to be signed; left out: everybody may come. */
  clients?: string;
}

/** TLS in front of any TCP service. */
export function tlsGateway(wall: Wall, upstream: string): Promise<Gateway> {
  const [host, port] = upstream.split(':') as [string, string];
  const server = createServer(optionsOf(wall), socket => {
    const inner = connect({ host, port: Number(port) });
    for (const [from, to] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
    }
  });
  return listen(server);
}

/** TLS and bearer tokens in front of a gRPC service in the clear. */
export async function grpcGateway(wall: Wall & { apiKey?: string }, upstream: string): Promise<Gateway> {
  const inner = connectHttp2(`http://${upstream}`);
  inner.on('error', () => {});
  const server = createSecureServer(optionsOf(wall));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (wall.apiKey === undefined || headers.authorization === `Bearer ${wall.apiKey}`) return forward(stream, headers);
    const refusal = { 'grpc-status': '16', 'grpc-message': 'this key is not known here' };
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true });
  });
  function forward(stream: ServerHttp2Stream, { ':authority': _, ...headers }: IncomingHttpHeaders): void {
    const request = inner.request(headers);
    let trailers: IncomingHttpHeaders = {};
    request.on('error', () => stream.destroy());
    request.on('trailers', received => {
      trailers = received;
    });
    request.on('response', ({ ':status': status, ...rest }) => {
      if (stream.destroyed) return;
      stream.respond({ ':status': status, ...rest }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      request.pipe(stream);
    });
    stream.on('close', () => request.close());
    stream.pipe(request);
  }
  const gateway = await listen(server as unknown as Server);
  const stop = async () => {
    inner.destroy();
    await gateway.stop();
  };
  return { ...gateway, stop };
}

function optionsOf({ identity, clients }: Wall): TlsOptions {
  return {
    cert: readFileSync(identity.cert),
    key: readFileSync(identity.key),
    ...(clients !== undefined && { ca: readFileSync(clients), requestCert: true, rejectUnauthorized: true }),
  };
}

async function listen(server: Server): Promise<Gateway> {
  const sockets = new Set<Socket>();
  for (const kind of ['connection', 'secureConnection']) {
    server.on(kind, (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
  }
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
