import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type AuditRow, writeAudit } from '../../../activities/promotions/audit.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { portsOf } from '../ports.ts';

const AT_MS = 1_700_000_000_000;

let store: Store;
beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, 'temper_audit');
  await store.command('TRUNCATE TABLE promotions');
});
afterAll(() => store.stop());

function deed(more: Partial<AuditRow> & { at_ms?: number }) {
  const about = { surface: 'home', model: 'home-1', previous: null, manifest: 'm', reason: 'better' } as const;
  const trial = { experiment: '', stage: '', requested_by: 'anna', workflow: 'w' };
  return { ...about, ...trial, kind: 'promotion' as const, at_ms: AT_MS, ...more };
}

it('a deed is one row, however often it is written down, and a trial ends once', async () => {
  const ports = portsOf({ config: readConfig(), store });
  const trial = { kind: 'trial', experiment: 'e', stage: '5 %' } as const;
  const ended = { kind: 'trial ended', experiment: 'e' } as const;
  const deeds = [
    deed({ number: 1, approved_by: 'bert' }),
    deed({ ...trial, at_ms: AT_MS + 1 }),
    deed({ ...trial, stage: '25 %', at_ms: AT_MS + 2 }),
    deed({ ...ended, at_ms: AT_MS + 3 }),
    deed({ number: 2, at_ms: AT_MS + 4 }),
  ];
  for (let time = 0; time < 2; time++) for (const each of deeds) await writeAudit(ports, each);
  await writeAudit(ports, deed({ ...ended, at_ms: AT_MS + 9 }));
  const rows = await store.query('SELECT kind, stage, number, approved_by FROM promotions ORDER BY at');
  expect(rows).toEqual(
    deeds.map(({ kind, stage, number = 0, approved_by = '' }) => ({ kind, stage, number, approved_by })),
  );
});
