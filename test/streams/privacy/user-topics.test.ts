import { describe, expect, it } from 'vitest';
import { USER_TABLES } from '../../../schemas/erasures.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { MIGRATIONS } from '../../../schemas/tables.ts';
import { JOBS, TOPICS, type TopicName, topicSpecs } from '../../../streams/graph.ts';
import { expiryOf, USER_TOPICS } from '../../../streams/privacy/user-topics.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';

const topics = Object.keys(TOPICS) as TopicName[];

describe('what an erasure looks through', () => {
  it('is every topic that is keyed by user, packed states of users, and the dead letters', () => {
    const byUser = topics.filter(topic => TOPICS[topic].key === 'user');
    expect([...USER_TOPICS].sort()).toEqual(
      [...byUser, 'features.user.log', 'features.user.snapshots', 'dead.letters'].sort(),
    );
  });

  it('is every table with a column for users, filled from the topic that is named', () => {
    const made = MIGRATIONS.flatMap(({ sql }) => /CREATE TABLE (\w+) \(([\s\S]*)\) ENGINE/.exec(sql)?.slice(1) ?? []);
    const withUsers = made.filter((_, n) => n % 2 === 0 && /\buser String/.test(made[n + 1]!));
    expect([...withUsers, 'dead_letters'].sort()).toEqual([...Object.keys(USER_TABLES), 'erasures_open'].sort());
    for (const [table, topic] of Object.entries(USER_TABLES)) expect(ARCHIVES[topic]?.table).toBe(table);
    const altered = MIGRATIONS.filter(({ sql }) => /ADD COLUMN (?:IF NOT EXISTS )?user\b/.test(sql));
    expect(altered).toEqual([]);
  });

  it('is read by jobs of whom it is known where they stand, but for what is followed or goes back to the shop', () => {
    const read = Object.values(JOBS).flatMap(({ reads }) => reads as readonly TopicName[]);
    const byUser = USER_TOPICS.filter(topic => TOPICS[topic].key === 'user');
    expect(byUser.filter(topic => !read.includes(topic)).sort()).toEqual(['ads.shown', 'raw.lists']);
  });
});

describe('records of users', () => {
  it('are gone when it is said, by what the broker is told of their topics', () => {
    const specs = new Map(topicSpecs(readConfig({})).map(({ topic, config }) => [topic, config]));
    for (const topic of USER_TOPICS) {
      const config = specs.get(topic)!;
      const kept_ms = expiryOf(topic, 0);
      if (config['cleanup.policy'] === 'delete' && config['retention.ms'] !== '-1') {
        expect(Number(config['retention.ms']) + Number(config['segment.ms'])).toBeLessThan(kept_ms);
      } else if (config['cleanup.policy'] !== 'delete') {
        expect(Number(config['max.compaction.lag.ms'])).toBeLessThan(kept_ms);
      }
    }
  });
});
