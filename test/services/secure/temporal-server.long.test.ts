import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../../schemas/settings/config.ts';
import { reachTemporal } from '../../../services/temporal.ts';
import { openClient } from '../../../workflows/clients/client.ts';
import { connectionOf, explainRefusal, requireEntry } from '../../../workflows/secure.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { hasGo, type SecureTemporal, startSecureTemporal } from './secure-temporal.ts';

const NAMESPACE = 'shop';

describe.skipIf(!(await hasGo()))("Temporal's own server, with certificates and keys", () => {
  let certificates: Certificates;
  let server: SecureTemporal;

  beforeAll(async () => {
    certificates = await makeCertificates();
    server = await startSecureTemporal(certificates);
    await vi.waitFor(makeNamespace, { timeout: 60_000, interval: 200 });
  }, 1_500_000);
  afterAll(async () => {
    await server?.stop();
    certificates?.remove();
  });

  async function makeNamespace(): Promise<void> {
    const admin = { TEMPER_TEMPORAL_API_KEY: server.key(['temporal-system:admin']) };
    const { temporal: address, temporalAccess } = configOf(admin);
    const connection = await Connection.connect({ address: address!, ...connectionOf(temporalAccess) });
    const namespace = { namespace: NAMESPACE, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } };
    await connection.workflowService.registerNamespace(namespace).finally(() => connection.close());
  }

  const configOf = (changed: Record<string, string | undefined> = {}) =>
    readConfig(
      {},
      {
        TEMPER_TEMPORAL: server.address,
        TEMPER_TEMPORAL_NAMESPACE: NAMESPACE,
        TEMPER_TEMPORAL_TLS_CA: certificates.ca,
        TEMPER_TEMPORAL_TLS_CERT: certificates.client.cert,
        TEMPER_TEMPORAL_TLS_KEY: certificates.client.key,
        TEMPER_TEMPORAL_API_KEY: server.key([`${NAMESPACE}:write`]),
        ...changed,
      },
    );

  it('take workflows from a client, and talk to a worker, whose key is for one namespace', async () => {
    const client = await open(configOf());
    const start = { workflowId: 'secure', taskQueue: 'nobody' };
    const handle = await client.temporal.workflow.start('nobodyRunsThis', start);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await handle.terminate();
    await client.close();
    await enter(configOf());
  });

  const open = ({ temporal, temporalNamespace: namespace, temporalAccess: access }: ReturnType<typeof configOf>) =>
    openClient({ address: temporal!, namespace, access });
  /** As a worker does, whose library is another than that of clients. */
  async function enter({
    temporal,
    temporalNamespace: namespace,
    temporalAccess: access,
  }: ReturnType<typeof configOf>) {
    const connection = await NativeConnection.connect({ address: temporal!, ...connectionOf(access) }).catch(
      async cause => Promise.reject(await explainRefusal(cause, temporal!, access)),
    );
    await requireEntry(connection, { address: temporal!, namespace, access });
    await connection.close();
  }

  it('refuse keys of others, old ones, ones for elsewhere, and none, and say so', async () => {
    const keys = ['wrong horse', server.key([`${NAMESPACE}:write`], -60), server.key(['other:write']), undefined];
    for (const TEMPER_TEMPORAL_API_KEY of keys) {
      const config = configOf({ TEMPER_TEMPORAL_API_KEY });
      for (const comes of [open, enter]) {
        const said = await refusal(comes(config));
        expect(said).toMatch(/^CREDENTIALS_REFUSED[\s\S]*TEMPER_TEMPORAL_API_KEY/);
        expect(said).not.toContain(TEMPER_TEMPORAL_API_KEY ?? 'undefined');
      }
    }
  });

  it('know no namespace of another name', async () => {
    const TEMPER_TEMPORAL_API_KEY = server.key(['temporal-system:admin']);
    const config = configOf({ TEMPER_TEMPORAL_API_KEY, TEMPER_TEMPORAL_NAMESPACE: 'other' });
    for (const comes of [open, enter])
      expect(await refusal(comes(config))).toMatch(/^CONFIG_INVALID[\s\S]*TEMPER_TEMPORAL_NAMESPACE/);
  });

  it('refuse clients without a certificate that they trust, and are refused where nobody trusts theirs', async () => {
    const said = (changed: Record<string, string | undefined>) => {
      const { temporal: address, temporalAccess } = configOf(changed);
      return refusal(reachTemporal({ address: address!, ui: undefined }, temporalAccess));
    };
    const { cert, key } = certificates.foreign;
    const foreign = { TEMPER_TEMPORAL_TLS_CERT: cert, TEMPER_TEMPORAL_TLS_KEY: key };
    const none = { TEMPER_TEMPORAL_TLS_CERT: undefined, TEMPER_TEMPORAL_TLS_KEY: undefined };
    expect(await said({})).toBeUndefined();
    for (const changed of [none, foreign]) expect(await said(changed)).toMatch(/^TLS_REFUSED[\s\S]*_TLS_CERT/);
    expect(await said({ TEMPER_TEMPORAL_TLS_CA: certificates.stranger })).toMatch(/^TLS_REFUSED[\s\S]*_TLS_CA/);
    expect(await said({ TEMPER_TEMPORAL_TLS_NAME: 'elsewhere.shop' })).toMatch(/^TLS_REFUSED[\s\S]*other names/);
  });
});

const refusal = (attempt: Promise<unknown>) =>
  attempt.then(
    () => undefined,
    (error: Error) => error.message,
  );
