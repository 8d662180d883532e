import type { Rate } from '../../api.ts';
import { percent } from '../words.ts';

export interface IntervalRow extends Rate {
  name: string;
  note?: string;
  color: string;
}

/** Shares with their 95 % intervals, one below the other on one scale: where two do not overlap, one is better. */
export function Intervals({ rows, label }: { rows: readonly IntervalRow[]; label: string }) {
  const most = Math.max(0.001, ...rows.filter(({ of }) => of > 20).map(({ high }) => high)) * 1.05;
  const at = (share: number) => `${Math.min(100, (100 * share) / most)}%`;
  return (
    <table class="intervals">
      <caption class="unseen">{label}</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">who</th>
          <th scope="col">95 % interval</th>
          <th scope="col">rate</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, note, color, rate, low, high }) => (
          <tr key={name}>
            <th scope="row">
              <span title={name}>{name}</span>
              {note && <small>{note}</small>}
            </th>
            <td>
              <div class="whisker" style={{ color: `var(${color})` }} title={`${percent(low)} to ${percent(high)}`}>
                <i class="span" style={{ left: at(low), right: `calc(100% - ${at(high)})` }} />
                <i class="dot" style={{ left: at(rate) }} />
              </div>
              <span class="unseen">
                {percent(low)} to {percent(high)}
              </span>
            </td>
            <td class="figure">{percent(rate)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
