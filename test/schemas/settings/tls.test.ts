import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireSecure, type Tls } from '../../../schemas/settings/tls.ts';
import { type Certificates, makeCertificates } from '../../services/secure/certificates.ts';
import { type Gateway, tlsGateway } from '../../services/secure/gateways.ts';

let certificates: Certificates;
let silent: Server;
let good: Gateway;
let mutual: Gateway;
let expired: Gateway;

beforeAll(async () => {
  certificates = await makeCertificates();
  silent = await listening(() => {});
  const upstream = addressOf(silent);
  good = await tlsGateway({ identity: certificates.server }, upstream);
  mutual = await tlsGateway({ identity: certificates.server, clients: certificates.ca }, upstream);
  expired = await tlsGateway({ identity: certificates.expired }, upstream);
});
afterAll(async () => {
  for (const gateway of [good, mutual, expired]) await gateway?.stop();
  silent?.close();
  certificates?.remove();
});

async function listening(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer(socket => serve(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const addressOf = (server: Server) => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const tlsOf = (changed: Partial<Tls> = {}): Tls => ({
  ...{ setting: 'TEMPER_KAFKA', ca: certificates.ca, cert: undefined, key: undefined, name: undefined },
  ...changed,
});

it('is made with who is trusted, and who has a certificate where one is wanted', async () => {
  await requireSecure(good.address, tlsOf());
  await requireSecure(mutual.address, tlsOf(certificates.client));
});

it.each<[string, () => Promise<void>, string, RegExp]>([
  [
    'nobody trusts',
    () => requireSecure(good.address, tlsOf({ ca: certificates.stranger })),
    'TLS_REFUSED',
    /KAFKA_TLS_CA/,
  ],
  ['has expired', () => requireSecure(expired.address, tlsOf()), 'TLS_REFUSED', /has expired/],
  [
    'has another name',
    () => requireSecure(good.address, tlsOf({ name: 'elsewhere.shop' })),
    'TLS_REFUSED',
    /other names/,
  ],
  ['wants one of ours', () => requireSecure(mutual.address, tlsOf()), 'TLS_REFUSED', /KAFKA_TLS_CERT/],
  [
    'gets one that has expired',
    () => requireSecure(good.address, tlsOf(certificates.expired)),
    'TLS_REFUSED',
    /TLS_CERT.*has expired/,
  ],
  [
    'gets one with the key of another',
    () => requireSecure(good.address, tlsOf({ cert: certificates.client.cert, key: certificates.server.key })),
    'CONFIG_INVALID',
    /the key that belongs/,
  ],
  [
    'is no file',
    () => requireSecure(good.address, tlsOf({ ca: '/no/such/file' })),
    'CONFIG_INVALID',
    /KAFKA_TLS_CA.*ENOENT/,
  ],
  ['is not there', () => requireSecure('127.0.0.1:1', tlsOf()), 'UNREACHABLE', /ECONNREFUSED/],
])('of which the certificate %s is refused, with what to do', async (_, secure, code, words) => {
  await expect(secure()).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
});

it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
  'to a server that takes TLS for nonsense (%s) is refused',
  async bye => {
    const plain = await listening(socket => socket.once('data', () => socket[bye]()));
    const refused = requireSecure(addressOf(plain), tlsOf());
    await expect(refused).rejects.toMatchObject({ code: 'TLS_REFUSED', message: expect.stringContaining('no TLS') });
    plain.close();
  },
);
