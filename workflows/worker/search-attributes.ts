import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import type { NativeConnection } from '@temporalio/worker';
import { TemperError } from '../../schemas/errors.ts';
import type { Log } from '../../schemas/log.ts';
import { SEARCH_ATTRIBUTES } from '../story.ts';

/**
 * Adds Temper's search attributes to a server that lacks them. A workflow that sets an attribute which the server does
 * not know stands still for ever: a worker that knows of one refuses to start, one that may not look warns and goes on.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string, log: Log): Promise<void> {
  const operator = connection.operatorService;
  const known = await operator.listSearchAttributes({ namespace }).then(
    ({ customAttributes }) => Object.keys(customAttributes ?? {}),
    () => undefined, // servers may keep this to their operators
  );
  const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !known?.includes(name));
  if (missing.length === 0) return;
  const types = missing.map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type)!] as const);
  try {
    await operator.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(types) });
  } catch (cause) {
    const flags = missing.map(({ name }) => `--name ${name} --type Keyword`).join(' ');
    const error = new TemperError('SERVICE_FAILED', {
      where: `Temporal's namespace ${namespace}`,
      expected: `the search attributes ${missing.map(({ name }) => name).join(', ')}`,
      next: `Ask its operator to run: temporal operator search-attribute create --namespace ${namespace} ${flags}`,
      cause,
    });
    if (known) throw error;
    log.warn(
      { code: 'SEARCH_ATTRIBUTES', err: error },
      'search attributes are neither shown nor taken; workflows wait until they are there',
    );
  }
}
