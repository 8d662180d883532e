import color from 'picocolors';
import { describeConfig, readConfig } from '../schemas/config.ts';
import { examine } from '../services/doctor.ts';
import { printResult, table } from './output.ts';

/** What this machine has and lacks, with the way to get it; exit code 1 where something is missing. */
export async function doctor(json: boolean | undefined): Promise<number> {
  const findings = await examine(readConfig());
  const healthy = findings.every(finding => finding.ok);
  printResult({ healthy, findings, settings: describeConfig() }, json, () =>
    [
      ...findings.map(({ ok, name, found, remedy }) => {
        const line = `${ok ? color.green('ok     ') : color.red('missing')} ${name.padEnd(18)} ${found}`;
        return remedy ? `${line}\n        ${' '.repeat(18)} ${color.yellow(remedy)}` : line;
      }),
      '',
      'Settings (environment variables):',
      table(describeConfig().map(({ name, meaning }) => [`  ${name}`, meaning])),
    ].join('\n'),
  );
  return healthy ? 0 : 1;
}
