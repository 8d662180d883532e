import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../schemas/settings/config.ts';
import { topicSpecs } from '../../../../streams/graph.ts';
import { cutRefused, dueSettings, type Settings } from '../../../../streams/kafka/topics/settings.ts';

const WEEK_MS = '604800000';
const wanted = topicSpecs(readConfig({})).find(({ topic }) => topic === 'features.user.snapshots')!.config;
const by = (own: Record<string, string>, broker: Record<string, string>): Settings => {
  const all = Object.entries({ ...broker, ...own });
  return new Map(all.map(([name, value]) => [name, { value, isOwn: name in own }]));
};
/** What a broker says where nobody has said anything. */
const BROKER = {
  'cleanup.policy': 'delete',
  'retention.ms': WEEK_MS,
  'segment.bytes': '1073741824',
  'max.compaction.lag.ms': '9223372036854775807',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
};

describe('a topic that is there already', () => {
  it('is told what it lacks, and to be cleaned up as it is now, never for a time that counted for nothing before', () => {
    const { 'max.compaction.lag.ms': _, 'retention.ms': __, ...before } = wanted;
    const { told, otherwise } = dueSettings(wanted, by({ ...before, 'cleanup.policy': 'compact' }, BROKER));
    expect(told).toEqual({
      'cleanup.policy': 'compact,delete',
      'retention.ms': '-1',
      'max.compaction.lag.ms': wanted['max.compaction.lag.ms'],
    });
    expect(otherwise).toEqual({});
    const kept = by({ ...before, 'cleanup.policy': 'compact', 'retention.ms': WEEK_MS }, BROKER);
    expect(dueSettings(wanted, kept).told).toMatchObject({ 'retention.ms': '-1' });
  });

  it('stays as somebody has set it, which is said', () => {
    const due = dueSettings(wanted, by({ ...wanted, 'segment.bytes': '1048576' }, BROKER));
    expect(due).toEqual({ told: {}, otherwise: { 'segment.bytes': '1048576' } });
    expect(dueSettings(wanted, by(wanted, BROKER))).toEqual({ told: {}, otherwise: {} });
  });

  it('is told what the policy of the shop decides, whoever has set it otherwise', () => {
    const decided = ['retention.ms'];
    const due = dueSettings(wanted, by({ ...wanted, 'retention.ms': WEEK_MS, 'segment.bytes': '7' }, BROKER), decided);
    expect(due).toEqual({ told: { 'retention.ms': '-1' }, otherwise: { 'segment.bytes': '7' } });
  });
});

describe('a cut that a broker refuses', () => {
  it('is not tried again where the topic does not allow it', () => {
    const refused = (type: string) => new Error('no', { cause: { partitions: [{ partition: 0, error: { type } }] } });
    expect(cutRefused('t', refused('POLICY_VIOLATION'))).toMatchObject({ code: 'CONFIG_INVALID', retryable: false });
    expect(cutRefused('t', refused('NOT_LEADER_FOR_PARTITION'))).toBeUndefined();
    expect(cutRefused('t', new Error('gone'))).toBeUndefined();
  });
});
