import { TemperError } from '../../schemas/errors.ts';
import { ModelSignature } from '../../schemas/models/signatures.ts';
import { sign, verify } from './keys.ts';
import { requirePlain } from './registry.ts';
import type { ModelStore } from './store/store.ts';

/** What is signed of a model: that it may serve as this, there. */
export type Licence = Pick<ModelSignature, 'model' | 'manifest' | 'surface' | 'role'>;

/** Where models and keys are. */
export interface Places {
  models: ModelStore;
  /** The directory of the keys. */
  keys: string;
}

/**
 * Signs a registered model for a role on a surface: `signature.<surface>.<role>.json` beside its manifest. Only what
 * promotes calls this, after it has looked at the verdict. What is signed already, by a key that counts, stays.
 *
 * @throws CONFIG_INVALID where no private key is here
 */
export async function signModel(places: Places, licence: Licence, at_ms: number): Promise<ModelSignature> {
  const there = await requireSigned(places, licence).catch(() => undefined);
  if (there) return there;
  const { model, manifest, surface, role } = licence;
  const signature = await sign(places.keys, textOf(licence), at_ms);
  const written: ModelSignature = { v: 1, model, manifest, surface, role, ...signature };
  await places.models.replace(fileOf(licence), Buffer.from(`${JSON.stringify(written, null, 2)}\n`));
  return written;
}

/**
 * That the promotion has signed this manifest for this role on this surface. Whoever serves asks it before it opens
 * anything of the model.
 *
 * @throws MODEL_REFUSED with the reason
 */
export async function requireSigned({ models, keys }: Places, licence: Licence): Promise<ModelSignature> {
  const where = `model ${licence.model}, its signature as ${licence.role} of ${licence.surface}`;
  const found = await readSignature(models, fileOf(licence), where);
  for (const field of ['model', 'manifest', 'surface', 'role'] as const) {
    if (found[field] === licence[field]) continue;
    const next = 'Nothing else may be served under it; promote it again';
    throw new TemperError('MODEL_REFUSED', { where, expected: `${field} ${licence[field]}`, got: found[field], next });
  }
  await verify(keys, textOf(licence), found, where);
  return found;
}

/** Begins with what it is, so that no signature of another kind of text can stand for it. */
function textOf({ model, manifest, surface, role }: Licence): string {
  return JSON.stringify(['temper model', 1, model, manifest, surface, role]);
}

function fileOf({ model, surface, role }: Licence): string {
  requirePlain(model);
  return `${model}/signature.${surface}.${role}.json`;
}

const SIGNATURE_BYTES = 64 * 1024;

async function readSignature(models: ModelStore, file: string, where: string): Promise<ModelSignature> {
  const bytes = await models.read(file, SIGNATURE_BYTES);
  if (bytes === undefined) {
    const next = 'Only a promotion signs; models of before there were signatures have to be promoted again';
    throw new TemperError('MODEL_REFUSED', {
      where,
      expected: `${file} in ${models.where}`,
      got: 'no such file',
      next,
    });
  }
  try {
    return ModelSignature.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new TemperError('MODEL_REFUSED', { where: file, expected: 'a signature', cause });
  }
}
