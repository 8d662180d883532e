import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import type { Act } from './shopper.ts';

export interface Counts {
  lists: number;
  impressions: number;
  clicks: number;
  carts: number;
  purchases: number;
}

/** What lists of one arm and one model earned in one phase. By user, since a user's lists are not independent. */
export interface Line extends Counts {
  phase: string;
  arm: string;
  model: string;
  users: Map<string, { impressions: number; clicks: number }>;
}

/** How requests fared in one phase. */
export interface Service {
  asked: number;
  unanswered: number;
  /** Microseconds from asking to having the list. */
  latency_us: RecordableHistogram;
}

/**
 * What the shop saw, by phase, arm and model. The caller names the phases (before a promotion, during, after);
 * a list counts, with all that its user does later, to the phase in which it was asked for.
 */
export class Tally {
  readonly lines: Line[] = [];
  readonly services = new Map<string, Service>();
  private readonly byKey = new Map<string, Line>();
  private current: string;

  constructor(phase = 'open') {
    this.current = phase;
  }

  get phase(): string {
    return this.current;
  }

  /** What is asked from now on counts to this phase. */
  enter(phase: string): void {
    this.current = phase;
  }

  asked(phase: string): void {
    this.service(phase).asked += 1;
  }

  unanswered(phase: string): void {
    this.service(phase).unanswered += 1;
  }

  answered(phase: string, list: RankedList, spent_ms: number): void {
    this.service(phase).latency_us.record(Math.max(1, Math.round(spent_ms * 1_000)));
    this.line(phase, list).lists += 1;
  }

  acted(phase: string, list: RankedList, act: Pick<Act, 'type'>): void {
    const line = this.line(phase, list);
    const user = line.users.get(list.user) ?? { impressions: 0, clicks: 0 };
    line.users.set(list.user, user);
    if (act.type === 'impression') {
      line.impressions += 1;
      user.impressions += 1;
    } else if (act.type === 'click') {
      line.clicks += 1;
      user.clicks += 1;
    } else if (act.type === 'cart') line.carts += 1;
    else if (act.type === 'purchase') line.purchases += 1;
  }

  /** Totals so far, cheap enough to draw ten times a second. */
  snapshot(phase?: string): Counts & { asked: number; unanswered: number; list_ms: { p50: number; p99: number } } {
    const totals: Counts = { lists: 0, impressions: 0, clicks: 0, carts: 0, purchases: 0 };
    for (const line of this.lines) {
      if (phase !== undefined && line.phase !== phase) continue;
      for (const name of Object.keys(totals) as (keyof Counts)[]) totals[name] += line[name];
    }
    const latency_us = createHistogram();
    let [asked, unanswered] = [0, 0];
    for (const [name, service] of this.services) {
      if (phase !== undefined && name !== phase) continue;
      asked += service.asked;
      unanswered += service.unanswered;
      latency_us.add(service.latency_us);
    }
    const quantile_ms = (percentile: number) => (latency_us.count ? latency_us.percentile(percentile) / 1_000 : 0);
    return { ...totals, asked, unanswered, list_ms: { p50: quantile_ms(50), p99: quantile_ms(99) } };
  }

  private line(phase: string, { arm, model }: Pick<RankedList, 'arm' | 'model'>): Line {
    const key = `${phase}/${arm}/${model}`;
    const found = this.byKey.get(key);
    if (found) return found;
    const counts = { lists: 0, impressions: 0, clicks: 0, carts: 0, purchases: 0 };
    const line: Line = { phase, arm, model, ...counts, users: new Map() };
    this.byKey.set(key, line);
    this.lines.push(line);
    return line;
  }

  private service(phase: string): Service {
    const found = this.services.get(phase);
    if (found) return found;
    const service = { asked: 0, unanswered: 0, latency_us: createHistogram() };
    this.services.set(phase, service);
    return service;
  }
}
