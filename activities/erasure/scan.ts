import type { Erasing, Remain } from '../../schemas/erasures.ts';
import type { Ports } from '../ports.ts';
import { scanFiles } from './files.ts';
import { scanRows } from './rows.ts';
import { namesOf } from './subject.ts';

/** Looks for the user in every store: tables, topics, states' snapshots, dead letters, and the files of this machine. */
export async function scanStores(ports: Ports, erasing: Erasing): Promise<Remain[]> {
  const remains = await scanRows(ports.store, erasing);
  for (const name of await namesOf(ports.store, erasing.erasure)) {
    remains.push(...(await ports.userLogs.scan(name, erasing.until_ms)));
  }
  return [...remains, ...(await scanFiles(ports, erasing))];
}
