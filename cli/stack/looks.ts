import type { Ports } from '../../activities/ports.ts';
import type { Report } from '../../streams/report.ts';

/**
 * Counts a worker's looks at the champion where Prometheus reads them. From now on they are missed: also where none ever
 * comes, because there is no schedule.
 *
 * @param every_ms how often there is to be one; null: nobody looks
 */
export function reportLooks(report: Report, every_ms: number | null, now_ms: number): Ports['looked'] {
  if (every_ms !== null) {
    report.gauge('watch_every_ms', every_ms);
    report.gauge('watch_looked_ms', now_ms);
  }
  return (surface, at_ms, act) => {
    if (surface === 'home') report.gauge('watch_looked_ms', at_ms); // the others may do without a champion of their own
    report.count(`watch_looks.${act}`);
  };
}
