import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

interface Document {
  channels: Record<string, { messages: Record<string, { $ref: string }> }>;
  components: { messages: Record<string, { contentType: string; payload: object }> };
}

/** What is wrong with a value, by the messages of its topic: nothing where one of them takes it. */
export type Validator = (value: unknown) => string[];

/** By topic, for those of JSON: an AsyncAPI document's own word, without any schema of ours. */
export function validatorsOf(document: object): Map<string, Validator> {
  const { channels, components } = document as Document;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  ajv.addFormat('base64', /^[A-Za-z0-9+/]*={0,2}$/);
  const validators = new Map<string, Validator>();
  for (const [topic, { messages }] of Object.entries(channels)) {
    const declared = Object.keys(messages).map(id => components.messages[id]!);
    if (declared.some(({ contentType }) => contentType !== 'application/json')) continue;
    const checks: ValidateFunction[] = declared.map(({ payload }) => ajv.compile(payload));
    validators.set(topic, value => {
      const errors = checks.map(check => (check(value) ? null : ajv.errorsText(check.errors)));
      return errors.includes(null) ? [] : (errors as string[]);
    });
  }
  return validators;
}
