import { randomUUID } from 'node:crypto';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diagnose } from '../../../cli/doctor.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { openClient } from '../../../workflows/clients/client.ts';
import { connectionOf } from '../../../workflows/secure.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Gateway, grpcGateway } from './gateways.ts';

const KEY = `key-${randomUUID()}`;
let certificates: Certificates;
/** Wants a certificate and a key. */
let gateway: Gateway;
let expired: Gateway;

beforeAll(async () => {
  certificates = await makeCertificates();
  const { temporal } = inject('endpoints');
  gateway = await grpcGateway({ identity: certificates.server, clients: certificates.ca, apiKey: KEY }, temporal);
  expired = await grpcGateway({ identity: certificates.expired }, temporal);
});
afterAll(async () => {
  await gateway?.stop();
  await expired?.stop();
  certificates?.remove();
});

const configOf = ({ address }: Gateway, changed: Record<string, string | undefined> = {}) =>
  readConfig(
    {},
    {
      TEMPER_TEMPORAL: address,
      TEMPER_TEMPORAL_TLS_CA: certificates.ca,
      TEMPER_TEMPORAL_TLS_CERT: certificates.client.cert,
      TEMPER_TEMPORAL_TLS_KEY: certificates.client.key,
      TEMPER_TEMPORAL_API_KEY: KEY,
      ...changed,
    },
  );
const open = ({ temporal, temporalNamespace: namespace, temporalAccess: access }: ReturnType<typeof configOf>) =>
  openClient({ address: temporal!, namespace, access });

it('takes workflows from a client with a certificate and a key, and talks to such a worker', async () => {
  const client = await open(configOf(gateway));
  const workflowId = `secure-${randomUUID()}`;
  const handle = await client.temporal.workflow.start('nobodyRunsThis', { workflowId, taskQueue: 'nobody' });
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
  await client.close();

  const { temporal: address, temporalAccess } = configOf(gateway);
  const worker = await NativeConnection.connect({ address: address!, ...connectionOf(temporalAccess) });
  const described = await worker.workflowService.describeNamespace({ namespace: 'default' });
  expect(described.namespaceInfo?.name).toBe('default');
  await worker.close();
});

it('says which of key, certificate, authority and time is wrong', async () => {
  const none = { TEMPER_TEMPORAL_TLS_CERT: undefined, TEMPER_TEMPORAL_TLS_KEY: undefined };
  const error: Error = await open(configOf(gateway, { TEMPER_TEMPORAL_API_KEY: 'wrong horse' })).then(
    () => expect.fail('it was let in'),
    e => e,
  );
  expect(error).toMatchObject({
    code: 'CREDENTIALS_REFUSED',
    message: expect.stringContaining('TEMPER_TEMPORAL_API_KEY'),
  });
  expect(error.message).not.toContain('wrong horse');
  const remedies = async (config: ReturnType<typeof configOf>) =>
    (await diagnose(config)).find(({ name }) => name === 'temporal')?.remedy;
  expect(await remedies(configOf(gateway))).toBeUndefined();
  expect(await remedies(configOf(gateway, none))).toMatch(/^TLS_REFUSED[\s\S]*TEMPER_TEMPORAL_TLS_CERT/);
  expect(await remedies(configOf(gateway, { TEMPER_TEMPORAL_API_KEY: 'wrong horse' }))).toMatch(/^CREDENTIALS_REFUSED/);
  expect(await remedies(configOf(expired))).toMatch(/^TLS_REFUSED[\s\S]*has expired/);
  const stranger = configOf(gateway, { TEMPER_TEMPORAL_TLS_CA: certificates.stranger });
  expect(await remedies(stranger)).toMatch(/^TLS_REFUSED[\s\S]*TEMPER_TEMPORAL_TLS_CA/);
});
