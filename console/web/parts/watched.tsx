import type { Watched } from '../../api.ts';
import { Sideways } from '../drawings/sideways.tsx';
import { number, time } from '../words.ts';
import { Card } from './state.tsx';

const TONES: Record<string, string> = { on: 'bad', rising: 'warning', off: 'good' };

/** What the watch over the champion saw at its last look: each signal with its limit, and the features that moved the most. */
export function WatchedCard({ watched }: { watched: Watched }) {
  const { at_ms, model, act, reason, outcome, signals, drifts } = watched;
  const moved = drifts.filter(({ excess }) => excess > 0);
  const most = Math.max(1e-9, ...moved.map(({ psi }) => psi));
  return (
    <Card title="Watch over the champion" wide aside={<p class="hint">{`${model}, ${time(at_ms)}`}</p>}>
      {act !== 'none' && (
        <p class="notice">
          <b>{act}</b>: {reason} {outcome && `(${outcome})`}
        </p>
      )}
      <Sideways name="Signals">
        <table>
          <thead>
            <tr>
              <th scope="col">signal</th>
              <th scope="col">state</th>
              <th scope="col">value</th>
              <th scope="col">95 % interval</th>
              <th scope="col">limit</th>
              <th scope="col">says</th>
            </tr>
          </thead>
          <tbody>
            {signals.map(({ signal, state, since_ms, value, low, high, most, reason }) => (
              <tr key={signal}>
                <th scope="row">{signal.replaceAll('_', ' ')}</th>
                <td>
                  <span class={`chip ${TONES[state] ?? ''}`} title={`since ${time(since_ms)}`}>
                    {state}
                  </span>
                </td>
                <td class="figure">{number(value)}</td>
                <td class="figure">{low === null || high === null ? '–' : `${number(low)} to ${number(high)}`}</td>
                <td class="figure">{number(most)}</td>
                <td class="reason">{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Sideways>
      {moved.length > 0 && (
        <>
          <h3>Features that moved beyond chance</h3>
          <ul class="drifts">
            {moved.map(({ feature, psi, expected }) => (
              <li key={feature}>
                <span>{feature}</span>
                <span class="track" aria-hidden="true">
                  <i style={{ width: `${(100 * psi) / most}%` }} />
                  <b style={{ left: `${Math.min(100, (100 * expected) / most)}%` }} />
                </span>
                <span class="figure">
                  {number(psi)} <small>by chance {number(expected)}</small>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
