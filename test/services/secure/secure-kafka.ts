import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { readConfig } from '../../../schemas/settings/config.ts';
import { findKafka, javaOptions, serverProperties } from '../../../services/kafka.ts';
import { startProgram } from '../../../services/process/program.ts';
import { coordinatesGroups } from '../../../services/process/reach.ts';
import type { Context } from '../../../services/service.ts';
import type { Certificates } from './certificates.ts';

export const USER = { username: 'temper', password: 'correct horse battery' };

export interface SecureKafka {
  plain: string;
  /** TLS, and a user who signs in by PLAIN or SCRAM. */
  sasl: string;
  /** TLS, and clients with a certificate. */
  mutual: string;
  stop(): Promise<void>;
}

/** A broker as operators secure one: its own listeners, its own users. */
export async function startSecureKafka({ directory, ca, keystore }: Certificates): Promise<SecureKafka> {
  const context: Context = {
    name: 'kafka',
    config: readConfig(),
    directory: path.join(directory, 'kafka'),
    logFile: path.join(directory, 'kafka.log'),
    progress: () => {},
    signal: new AbortController().signal,
    record: () => {},
  };
  const home = await findKafka(context);
  const free = async () => `127.0.0.1:${await getPort({ host: '127.0.0.1', reserve: true })}`;
  const [plain, controller, sasl, mutual] = [await free(), await free(), await free(), await free()];
  await mkdir(context.directory, { recursive: true });
  const properties = path.join(context.directory, 'server.properties');
  await writeFile(properties, serverProperties(plain, controller));
  const ways = [`PLAINTEXT://${plain}`, `SASL_SSL://${sasl}`, `SSL://${mutual}`];
  const login = (module: string, rest = '') => `org.apache.kafka.common.security.${module} required${rest};`;
  await appendFile(
    properties,
    [
      `listeners=${ways.join(',')},CONTROLLER://${controller}`,
      `advertised.listeners=${ways.join(',')}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${keystore}`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${ca}`,
      'listener.name.ssl.ssl.client.auth=required',
      'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
      `listener.name.sasl_ssl.plain.sasl.jaas.config=${login('plain.PlainLoginModule', ` user_${USER.username}="${USER.password}"`)}`,
      `listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${login('scram.ScramLoginModule')}`,
      `listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${login('scram.ScramLoginModule')}`,
      '',
    ].join('\n'),
  );
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(mechanism => [
    '--add-scram',
    `${mechanism}=[name=${USER.username},password=${USER.password}]`,
  ]);
  const format = ['format', '--cluster-id', 'TsecuredsecuredsecureQ', '--config', 'server.properties', ...scram];
  await execa('java', [...javaOptions(home), 'kafka.tools.StorageTool', ...format], { cwd: context.directory });
  const running = await startProgram(
    context,
    { command: 'java', args: [...javaOptions(home), 'kafka.Kafka', 'server.properties'], endsBy: 'SIGTERM' },
    () => coordinatesGroups(plain),
  );
  return { plain, sasl, mutual, stop: running.stop };
}
