import { expect, it } from 'vitest';
import { admit } from '../../streams/admit.ts';

const NOW = 1_700_000_000_000;
const event = { v: 1, id: 'e', type: 'click', at_ms: NOW, user: 'anna', session: 's', item: 'cup' };
const record = (key: string | null) => ({
  key,
  value: Buffer.from(JSON.stringify(event)),
  offset: 0,
  timestamp_ms: NOW,
});

it('admits a record under the key that the graph names', () => {
  expect(admit('shop.events', record('anna'))).toEqual({ ok: true, value: event });
});

it.each([['ben'], ['cup'], [null]])('refuses it under %s: its state lies in another partition', key => {
  const verdict = admit('shop.events', record(key));
  expect(verdict).toMatchObject({ ok: false, refusal: { reason: 'invalid_field' } });
  expect(JSON.stringify(verdict)).toContain('anna');
});
