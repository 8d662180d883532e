import type { ProductInput } from '../../../schemas/topics/events.ts';
import { readSteps } from '../reading/entries.ts';
import { type JsonObject, readJson } from '../reading/json.ts';
import { Refused } from '../refused.ts';
import { eventStep, productStep, type RequestInput, requestStep, type Step } from '../step.ts';

const EXPECTED =
  'JSON lines of the topics: shop events (with type), products (with title), rank requests (with surface)';

/** Temper's own records, one JSON object a line, in the order in which they are to be published. */
export const temper = {
  description: EXPECTED,
  read: (file: string): AsyncIterable<Step> => readSteps(file, EXPECTED, readJson(file), step),
};

function* step(record: JsonObject): Iterable<Step> {
  // What is not checked here is checked, field by field, by the schema that the step is held to.
  if ('type' in record) yield eventStep(record);
  else if ('title' in record) yield productStep(record as unknown as ProductInput);
  else if ('surface' in record) yield requestStep(record as unknown as RequestInput);
  else throw new Refused('expected an event with type, a product with title or a rank request with surface');
}
