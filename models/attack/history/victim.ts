import { openSession, value } from '../../graph/runtime.ts';
import { description, type RankerModel } from '../../sequence/ranker.ts';

/** A trained sequence ranker, as who knows all of it sees it. */
export interface Victim {
  readonly model: RankerModel;
  readonly parameters: Float32Array;
  /** [items, D]: the vectors of its items. */
  readonly table: Float32Array;
}

export async function victimOf(model: RankerModel, parameters: Float32Array): Promise<Victim> {
  const session = await openSession(description(model));
  try {
    const { table } = await session.run({ parameters: value('float32', parameters, [parameters.length]) });
    return { model, parameters, table: table!.data as Float32Array };
  } finally {
    await session.release();
  }
}
