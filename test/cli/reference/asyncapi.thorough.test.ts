/** AsyncAPI's own schema is a thousand definitions: to make code of it takes half a second of a processor, and more than a unit test has. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { expect, it } from 'vitest';
import { asyncapi } from '../../../cli/reference/asyncapi.ts';
import { VERSION } from '../../../cli/version.ts';

const SCHEMA = path.resolve(
  import.meta.dirname,
  '../../../node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json',
);

it('docs/asyncapi.json is an AsyncAPI document, by its own schema', () => {
  // It is taken as it is, and is made into plain code: neither is what is asked here, and each costs as much again.
  const ajv = new Ajv({ strict: false, logger: false, validateSchema: false, code: { optimize: false } });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
  validate(asyncapi(VERSION));
  expect(validate.errors).toBeNull();
  const operations = { x: { action: 'shout', channel: { $ref: '#/channels/models' } } };
  expect(validate({ ...asyncapi(VERSION), operations })).toBe(false);
});
