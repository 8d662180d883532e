import color from 'picocolors';
import { createLog } from '../schemas/log.ts';
import { type Config, readConfig } from '../schemas/settings/config.ts';
import { describeConfig } from '../schemas/settings/environment.ts';
import { examine, type Finding } from '../services/doctor.ts';
import type { ServiceName } from '../services/service.ts';
import { connect } from '../streams/kafka/connect.ts';
import { openClient } from '../workflows/clients/client.ts';
import { printResult, table } from './output.ts';

/** What this machine has and lacks, with the way to get it; exit code 1 where something is missing. */
export async function doctor(json: boolean | undefined): Promise<number> {
  const findings = await diagnose(readConfig());
  const healthy = findings.every(finding => finding.ok);
  printResult({ healthy, findings, settings: describeConfig() }, json, () =>
    // What is missing stands last, where the eye is.
    [
      'Settings (environment variables):',
      table(describeConfig().map(({ name, meaning }) => [`  ${name}`, meaning])),
      '',
      ...findings.map(({ ok, name, found, remedy }) => {
        const line = `${ok ? color.green('ok     ') : color.red('missing')} ${name.padEnd(18)} ${found}`;
        return remedy ? `${line}\n        ${' '.repeat(18)} ${color.yellow(remedy)}` : line;
      }),
    ].join('\n'),
  );
  return healthy ? 0 : 1;
}

/** As the services' own examination, and whether they let in who comes with this configuration. */
export async function diagnose(config: Config): Promise<Finding[]> {
  const findings = await examine(config);
  const signIns: Partial<Record<ServiceName, () => Promise<void>>> = {
    ...(config.kafka && { kafka: () => signInAtKafka(config, config.kafka!) }),
    ...(config.temporal && { temporal: () => signInAtTemporal(config, config.temporal!) }),
  };
  const signedIn = findings.map(async (finding): Promise<Finding> => {
    const signIn = signIns[finding.name as ServiceName];
    if (!signIn || !finding.ok) return finding;
    return signIn().then(
      () => finding,
      (error: Error) => ({ ...finding, ok: false, found: `${finding.found}, and refuses`, remedy: error.message }),
    );
  });
  return Promise.all(signedIn);
}

async function signInAtKafka(config: Config, brokers: string[]): Promise<void> {
  const bus = connect({
    brokers,
    access: config.kafkaAccess,
    name: 'temper-doctor',
    log: createLog('doctor', 'silent'),
  });
  await bus.ensureTopics([]).finally(() => bus.stop());
}

async function signInAtTemporal({ temporalNamespace: namespace, temporalAccess: access }: Config, address: string) {
  await (await openClient({ address, namespace, access })).close();
}
