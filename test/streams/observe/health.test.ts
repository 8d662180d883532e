import { describe, expect, it } from 'vitest';
import { readiness } from '../../../streams/observe/health.ts';
import { behind_ms, Standing } from '../../../streams/observe/standing.ts';
import { Report } from '../../../streams/report.ts';

const NOW = 1_795_546_471_000;
const events = (partition: number, lag: number) => ({ topic: 'shop.events', partition, lag });

describe('where a process stands', () => {
  it('is forgotten of what has gone to another process, group by group', () => {
    const standing = new Standing();
    standing.tell('users', [events(0, 5), events(1, 3)], NOW);
    standing.tell('items', [{ topic: 'features.item.log', partition: 0, lag: 2 }], NOW);
    standing.tell('users', [events(1, 0)], NOW);
    expect(standing.all.map(({ topic, partition, lag }) => [topic, partition, lag])).toEqual([
      ['shop.events', 1, 0],
      ['features.item.log', 0, 2],
    ]);
  });

  it('is behind since the last record that it handled, or since more was seen', () => {
    const standing = new Standing();
    const behind = (now_ms: number) => behind_ms(standing.all[0]!, now_ms);
    standing.took('shop.events', 0, 0, NOW - 3_600_000);
    expect(behind(NOW)).toBe(0); // an hour without events is not an hour behind
    standing.tell('users', [events(0, 1)], NOW);
    expect(behind(NOW + 2_000)).toBe(2_000);
    standing.tell('users', [events(0, 9)], NOW + 15_000);
    expect(behind(NOW + 15_000)).toBe(15_000);
    standing.took('shop.events', 0, 8, NOW + 1_000);
    expect(behind(NOW + 16_000)).toBe(15_000);
    standing.took('shop.events', 0, 0, NOW + 2_000);
    expect(behind(NOW + 17_000)).toBe(0);
  });
});

describe('readiness', () => {
  const scorer = () => {
    const report = new Report('scorer', 'test');
    report.standing.expect('temper.scorer');
    return report;
  };

  it('says each reason why not', () => {
    const report = scorer();
    expect(readiness(report, 'starting', NOW)).toEqual({
      ok: false,
      checks: {
        started: { ok: false, says: 'starting' },
        assigned: { ok: false, says: 'waits for temper.scorer' },
        caught_up: { ok: true, says: 'nothing waits' },
        champion: { ok: false, says: 'none' },
      },
    });
    report.standing.tell('temper.scorer', [{ topic: 'rank.requests', partition: 3, lag: 12 }], NOW - 11_000);
    const { ok, checks } = readiness(report, 'running', NOW);
    expect(ok).toBe(false);
    expect(checks.caught_up).toEqual({ ok: false, says: 'records of rank.requests/3 wait for 11 s; 12 are left' });
  });

  it('is there with partitions, without what waits, and with a champion', () => {
    const report = scorer();
    report.standing.tell('temper.scorer', [{ topic: 'rank.requests', partition: 0, lag: 0 }], NOW);
    report.note('champion', 'mlp-1');
    expect(readiness(report, 'running', NOW).ok).toBe(true);
    report.note('champion', 'none');
    expect(readiness(report, 'running', NOW).ok).toBe(false);
    report.note('champion', 'mlp-2');
    expect(readiness(report, 'stopping', NOW).ok).toBe(false);
  });

  it('is there in a process beyond the number of partitions: it stands by', () => {
    const report = scorer();
    report.note('champion', 'mlp-1');
    report.standing.tell('temper.scorer', [], NOW);
    expect(readiness(report, 'running', NOW).ok).toBe(true);
  });

  it('asks of the worker only that it has started', () => {
    expect(readiness(new Report('worker', 'test'), 'running', NOW)).toEqual({
      ok: true,
      checks: { started: { ok: true, says: 'running' } },
    });
  });
});
