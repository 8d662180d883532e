import { ServiceError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { whereTemporalIs } from '../../../console/reads/training.ts';

const gone = Object.assign(new Error('14 UNAVAILABLE: no connection'), { details: 'no connection', metadata: {} });

it.each([
  ['as the connection says it', gone],
  ['as the client says it of a run', new ServiceError('Failed to describe workflow', { cause: gone })],
])('a Temporal that is gone is told as such, %s', async (_, cause) => {
  await expect(whereTemporalIs(Promise.reject(cause), 'host:7233')).rejects.toThrow(/^UNREACHABLE.*Temporal host:7233/);
});

it('another failure stays what it is', async () => {
  await expect(whereTemporalIs(Promise.reject(new TypeError('a bug')), 'host:7233')).rejects.toThrow(TypeError);
});
