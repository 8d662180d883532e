import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { keysIn } from '../../models/registry/keys.ts';
import { signModel } from '../../models/registry/signature.ts';
import { signRecord } from '../../models/registry/signed-record.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { TemperError } from '../../schemas/errors.ts';
import { nameOf } from '../../schemas/models/stage-names.ts';
import { Trial, trialEndOf } from '../../schemas/models/trials.ts';
import type { Ports } from '../ports.ts';
import { writeAudit } from '../promotions/audit.ts';
import { championOf } from '../promotions/champion.ts';
import { refuseUnjudged } from '../promotions/unjudged.ts';

const Asked = Trial.omit({ v: true, role: true, salt: true, signature: true }).extend({
  /** The workflow that asks, for the audit. */
  workflow: z.string(),
  requested_by: z.string(),
});

export const SetStage = Asked;
export type SetStage = z.infer<typeof SetStage>;

export const EndTrial = Asked.omit({ stage: true });
export type EndTrial = z.infer<typeof EndTrial>;

const SALT_BYTES = 16;

/**
 * Puts a registered model on trial beside the champion, or on to its trial's next stage: signs it as challenger, tells the
 * scorers, and writes it down. The key by which users fall into groups is drawn once and stays for all stages.
 *
 * @throws MODEL_REFUSED where another champion has come meanwhile, or the model has no passed verdict
 */
export async function setStage(ports: Ports, request: SetStage): Promise<Trial> {
  const { workflow, requested_by, ...fields } = request;
  const { surface, model, manifest, champion, experiment, stage, at_ms } = fields;
  const where = `the trial of ${model} on ${surface}`;
  const serving = (await championOf(ports, surface))?.model ?? 'nobody';
  if (serving !== champion)
    throw new TemperError('MODEL_REFUSED', { where, expected: `${champion} as champion`, got: serving });
  await refuseUnjudged(ports, request, where);
  const places = { models: modelsIn(ports.config), keys: keysIn(ports.config) };
  await signModel(places, { model, manifest, surface, role: 'challenger' }, at_ms);
  const before = await ports.champions.trialOn(surface);
  const salt = before?.experiment === experiment ? before.salt : randomBytes(SALT_BYTES).toString('hex');
  const trial = await signRecord(places.keys, { v: 1, role: 'challenger', ...fields, salt } satisfies Trial);
  await ports.champions.setTrial(trial);
  await writeAudit(ports, { ...auditOf(request), kind: 'trial', stage: nameOf(stage) });
  return trial;
}

/**
 * Takes a challenger off trial; the champion has all users again. Where another one is on by now, it stays. It is said
 * again where nobody is on as far as the topic goes: whoever can write to it may have said so, and scorers hear only
 * what is signed.
 */
export async function endTrial(ports: Ports, request: EndTrial): Promise<void> {
  const { surface, experiment } = request;
  const on = await ports.champions.trialOn(surface);
  if (on === undefined || on.experiment === experiment) {
    await ports.champions.endTrial(await signRecord(keysIn(ports.config), trialEndOf(request)));
  }
  await writeAudit(ports, { ...auditOf(request), kind: 'trial ended', stage: '' });
}

function auditOf({ surface, model, manifest, champion, experiment, at_ms, reason, workflow, requested_by }: EndTrial) {
  return { surface, model, manifest, previous: champion, experiment, at_ms, reason, workflow, requested_by };
}
