import type { Check } from '../../../schemas/models/models.ts';
import { number } from '../words.ts';

/** What gates asked, each with its number, its interval and its threshold on one line, and its reason. */
export function Checks({ checks }: { checks: readonly Check[] }) {
  const gates = [...new Set(checks.map(({ gate }) => gate ?? 'gate'))];
  return (
    <div class="checks">
      {gates.map(gate => (
        <section key={gate}>
          <h4>{gate}</h4>
          <ul>
            {checks
              .filter(check => (check.gate ?? 'gate') === gate)
              .map(check => (
                <li key={check.name} class={check.passed ? 'passed' : check.mode === 'report' ? 'noted' : 'refused'}>
                  <span class="mark" role="img" aria-label={check.passed ? 'passed' : 'not passed'}>
                    {check.passed ? '✓' : check.mode === 'report' ? '!' : '✗'}
                  </span>
                  <div>
                    <p>
                      <b>{check.name}</b> <span class="figure">{said(check)}</span>
                    </p>
                    <Scale check={check} />
                    <p class="reason">{check.reason}</p>
                  </div>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function said({ value, low, high }: Check): string {
  if (value === null) return '';
  return low === null || high === null ? number(value) : `${number(value)} (${number(low)} to ${number(high)})`;
}

/** Value, interval and threshold on one line that holds them all. */
function Scale({ check: { value, low, high, threshold } }: { check: Check }) {
  if (value === null || threshold === null) return null;
  const all = [value, threshold, low ?? value, high ?? value];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = (most - least || 1) * 0.15;
  const at = (x: number) => `${(100 * (x - least + room)) / (most - least + 2 * room)}%`;
  return (
    <div class="scale" aria-hidden="true" title={`threshold ${number(threshold)}`}>
      {low !== null && high !== null && <i class="span" style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />}
      <i class="limit" style={{ left: at(threshold) }} />
      <i class="dot" style={{ left: at(value) }} />
    </div>
  );
}
