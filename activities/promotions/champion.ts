import { isDeepStrictEqual } from 'node:util';
import { keysIn } from '../../models/registry/keys.ts';
import { requireSigned } from '../../models/registry/signature.ts';
import { requireSignedRecord, signRecord } from '../../models/registry/signed-record.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { accede, lastOf } from '../../models/registry/succession.ts';
import type { Accession, Promotion } from '../../schemas/models/models.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { writeAudit } from './audit.ts';

/**
 * Who is champion of a surface: whom the registry says, and then the topic says so too and the row is there, whoever died
 * before that; or whom the topic says, where the registry says nobody.
 */
export async function championOf(ports: Ports, surface: Surface): Promise<Promotion | undefined> {
  const models = modelsIn(ports.config);
  const last = (await lastOf(models, surface)) ?? (await adopt(ports, await ports.champions.of(surface)));
  if (!last) return ports.champions.of(surface);
  await tell(ports, last);
  return last.promotion;
}

/**
 * Tells the scorers who is champion and writes it down. The scorers follow the topic and new ones its last record: so who
 * finds behind his own word that another one has become champion meanwhile says that again.
 */
export async function tell(ports: Ports, accession: Accession): Promise<void> {
  const { promotion } = accession;
  const { surface } = promotion;
  for (let last = accession; ; ) {
    if (!isDeepStrictEqual(await ports.champions.of(surface), last.promotion))
      await ports.champions.promote(last.promotion);
    const now = await lastOf(modelsIn(ports.config), surface);
    if (!now || now.promotion.number <= last.promotion.number) break;
    last = now;
  }
  if (accession.kind === 'adopted') return;
  const { kind, workflow, experiment, requested_by } = accession;
  await writeAudit(ports, { ...promotion, kind, workflow, experiment, stage: '', requested_by });
}

/** A champion of before there were numbers gets one, if what serves is signed; its record on the topic gets a signature. */
async function adopt({ config }: Ports, champion: Promotion | undefined): Promise<Accession | undefined> {
  if (!champion) return undefined;
  const { model, manifest, surface, signature: _, number: __, ...said } = champion;
  const places = { models: modelsIn(config), keys: keysIn(config) };
  const isOurs = await Promise.all([
    requireSigned(places, { model, manifest, surface, role: 'champion' }),
    champion.signature && requireSignedRecord(places.keys, champion),
  ]).then(
    () => true,
    () => false,
  );
  if (!isOurs) return undefined;
  const promotion = await signRecord(places.keys, { model, manifest, surface, ...said, number: champion.number ?? 1 });
  const accession = { promotion, kind: 'adopted', workflow: '', experiment: '', requested_by: '' } as const;
  await accede(places.models, accession);
  return lastOf(places.models, surface);
}
