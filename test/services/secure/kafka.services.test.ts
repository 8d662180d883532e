import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../../cli/doctor.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import type { KafkaAccess } from '../../../schemas/settings/connections.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Gateway, tlsGateway } from './gateways.ts';
import { type SecureKafka, startSecureKafka, USER } from './secure-kafka.ts';

let certificates: Certificates;
let kafka: SecureKafka;
let expired: Gateway;
const logged: string[] = [];
const log = pino({ level: 'trace' }, { write: line => void logged.push(line) });

beforeAll(async () => {
  certificates = await makeCertificates();
  kafka = await startSecureKafka(certificates);
  expired = await tlsGateway({ identity: certificates.expired }, kafka.plain);
});
afterAll(async () => {
  await expired?.stop();
  await kafka?.stop();
  certificates?.remove();
});

type Wish = Partial<Record<'CA' | 'CERT' | 'KEY' | 'TLS' | 'SASL' | 'USER' | 'PASSWORD', string>>;
/** As somebody sets it, by the environment. */
function configOf(address: string, { SASL, USER: user, PASSWORD, TLS, ...files }: Wish) {
  return readConfig(
    {},
    {
      TEMPER_KAFKA: address,
      ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`TEMPER_KAFKA_TLS_${name}`, file])),
      ...(TLS && { TEMPER_KAFKA_TLS: TLS }),
      ...(SASL && { TEMPER_KAFKA_SASL: SASL, TEMPER_KAFKA_USER: user, TEMPER_KAFKA_PASSWORD: PASSWORD }),
    },
  );
}
const busOf = (address: string, wish: Wish) => {
  const { kafka: brokers, kafkaAccess: access } = configOf(address, wish);
  return connect({ brokers: brokers!, access, name: 'secure', log });
};
const signedIn = (mechanism: NonNullable<KafkaAccess['sasl']>['mechanism'], password = USER.password): Wish => ({
  CA: certificates.ca,
  SASL: mechanism,
  USER: USER.username,
  PASSWORD: password,
});
const refused = async (address: string, wish: Wish) => {
  const bus = busOf(address, wish);
  return bus.ensureTopics([]).then(
    () => undefined,
    (error: Error) => error,
  );
};

describe('a broker with TLS, and users or certificates', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512', 'certificate'] as const)(
    'takes records, and gives them, by %s',
    async mechanism => {
      const { ca: CA, client } = certificates;
      const bus =
        mechanism === 'certificate'
          ? busOf(kafka.mutual, { CA, CERT: client.cert, KEY: client.key })
          : busOf(kafka.sasl, signedIn(mechanism));
      const topic = `secure.${mechanism}`;
      await bus.ensureTopics([{ topic, partitions: 1, replication: 1, config: {} }]);
      const outbox = await bus.outbox();
      await outbox.publish(topic, { key: 'k', value: mechanism });
      const read: string[] = [];
      const subscription = await bus.consume({
        group: `${topic}.group`,
        topics: [topic],
        async onBatch({ records }) {
          read.push(...records.map(({ value }) => String(value)));
          return records.at(-1)!.offset + 1;
        },
      });
      await expect.poll(() => read, { timeout: 20_000 }).toEqual([mechanism]);
      expect((await bus.operator.idsOf([topic])).get(topic)).toMatch(/^[0-9a-f]{32}$/);
      await subscription.stop();
      await outbox.stop();
      await bus.stop();
    },
  );

  it('lets nobody in with a wrong password, and says so at once', async () => {
    for (const mechanism of ['plain', 'scram-sha-512'] as const) {
      const error = await refused(kafka.sasl, signedIn(mechanism, 'wrong horse'));
      expect(error).toMatchObject({
        code: 'CREDENTIALS_REFUSED',
        message: expect.stringContaining('TEMPER_KAFKA_PASSWORD'),
      });
      expect(`${error}`).not.toContain('wrong horse');
    }
  });
});

describe('a broker with TLS', () => {
  it('is not trusted where another authority signed it, its time has passed, or it speaks in the clear', async () => {
    const { ca: CA, stranger } = certificates;
    expect(await refused(kafka.sasl, { ...signedIn('plain'), CA: stranger })).toMatchObject({
      code: 'TLS_REFUSED',
      message: expect.stringMatching(/nobody has signed[\s\S]*TEMPER_KAFKA_TLS_CA/),
    });
    expect(await refused(expired.address, { CA })).toMatchObject({
      code: 'TLS_REFUSED',
      message: expect.stringContaining('has expired'),
    });
    expect(await refused(kafka.plain, { CA })).toMatchObject({
      code: 'TLS_REFUSED',
      message: expect.stringContaining('no TLS'),
    });
  });

  it('lets nobody in without a certificate that it trusts, and says what is lacking', async () => {
    const { ca: CA, foreign } = certificates;
    for (const wish of [{ CA }, { CA, CERT: foreign.cert, KEY: foreign.key }]) {
      expect(await refused(kafka.mutual, wish)).toMatchObject({
        code: 'TLS_REFUSED',
        message: expect.stringContaining('TEMPER_KAFKA_TLS_CERT'),
      });
    }
  });
});

describe('the doctor', () => {
  it('finds a broker behind TLS, and what is wrong with its certificate', async () => {
    const kafkaOf = async (wish: Wish) =>
      (await diagnose(configOf(kafka.sasl, wish))).find(({ name }) => name === 'kafka');
    expect(await kafkaOf(signedIn('scram-sha-256'))).toMatchObject({ ok: true });
    const stranger = await kafkaOf({ ...signedIn('scram-sha-256'), CA: certificates.stranger });
    expect(stranger).toMatchObject({ ok: false, remedy: expect.stringContaining('TLS_REFUSED') });
    const wrong = await kafkaOf(signedIn('scram-sha-256', 'wrong horse'));
    expect(wrong).toMatchObject({ ok: false, remedy: expect.stringContaining('CREDENTIALS_REFUSED') });
    expect(JSON.stringify([stranger, wrong])).not.toMatch(/horse/);
  });
});

it('no password is in what was logged', () => {
  expect(logged.join('')).not.toMatch(/horse/);
});
