import { describe, expect, it } from 'vitest';
import { USER_TABLES } from '../../../schemas/erasures.ts';
import { Policies } from '../../../schemas/policies/policy.ts';
import { RETAINED_TABLES, Retention } from '../../../schemas/policies/retention.ts';
import { MIGRATIONS } from '../../../schemas/tables.ts';

describe('how long things are kept', () => {
  it('is as it was where nothing is said', () => {
    const { topics, features, shadows, ...others } = Retention.parse({});
    expect({ topics, features, shadows }).toEqual({ topics: {}, features: 90, shadows: 90 });
    expect(new Set(Object.values(others))).toEqual(new Set([null]));
  });

  it('is for the shop to say of each table with rows of users, by a column that it has', () => {
    const tables = Object.values(RETAINED_TABLES).flatMap(each => Object.entries(each));
    expect(tables.map(([table]) => table)).toEqual(expect.arrayContaining(Object.keys(USER_TABLES)));
    for (const [table, column] of tables) {
      const made = MIGRATIONS.find(({ sql }) => sql.includes(`CREATE TABLE ${table} (`))!.sql;
      expect(made.includes('DateTime64(3), ') && (made.includes(`${column} DateTime64`) || column === 'recorded')).toBe(
        true,
      );
    }
  });

  it.each([
    ['a class that nobody knows', { clicks: 3 }],
    ['less than a day of rows', { events: 0.5 }],
    ['a workbench that a trial may still need', { candidates: 7 }],
    ['a snapshot by which a candidate may still be judged', { snapshots: 14 }],
    ['the record of an erasure that may still run', { erasures: 29 }],
    ['a topic that goes by what snapshots know', { topics: { 'features.user.log': 3 } }],
    ['no time for a topic', { topics: { 'shop.events': 0 } }],
  ])('is refused for %s', (_what, retention) => {
    expect(Policies.safeParse({ retention }).success).toBe(false);
  });
});
