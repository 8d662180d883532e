import type { HealthPage } from '../../api.ts';
import { percent } from '../words.ts';

const SIDE = 220;
const EDGE = { left: 46, bottom: 30, top: 8, right: 22 };

/** Predicted click probabilities beside what became of them, with 95 % intervals: on the diagonal they are right. */
export function Reliability({ model, bins, error }: HealthPage['calibration'][number]) {
  const most = Math.max(0.01, ...bins.flatMap(({ predicted, high }) => [predicted, high])) * 1.05;
  const [x, y] = [
    (share: number) => EDGE.left + (SIDE * share) / most,
    (share: number) => EDGE.top + SIDE - (SIDE * share) / most,
  ];
  const ticks = [0, most / 2, most];
  return (
    <figure class="reliability">
      <figcaption>
        <b>{model}</b> <span class="small">off by {percent(error, 2)} on average</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${EDGE.left + SIDE + EDGE.right} ${EDGE.top + SIDE + EDGE.bottom}`}
        role="img"
        aria-label={`Reliability of ${model}`}
      >
        <path class="grid" d={ticks.map(t => `M${x(t)},${y(0)}V${y(most)}M${x(0)},${y(t)}H${x(most)}`).join('')} />
        <path class="diagonal" d={`M${x(0)},${y(0)}L${x(most)},${y(most)}`} />
        {bins.map(({ predicted, rate, low, high, of }, n) => (
          <g key={n} class="bin">
            <title>{`predicted ${percent(predicted)}, clicked ${percent(rate)} (${percent(low)} to ${percent(high)}) of ${of}`}</title>
            <path d={`M${x(predicted)},${y(low)}V${y(Math.min(high, most))}`} />
            <circle cx={x(predicted)} cy={y(rate)} r={4} />
          </g>
        ))}
        {ticks.map(t => (
          <g key={t}>
            <text x={EDGE.left - 6} y={y(t) + 4} class="end">
              {percent(t, 0)}
            </text>
            <text x={x(t)} y={EDGE.top + SIDE + 18} class="middle">
              {percent(t, 0)}
            </text>
          </g>
        ))}
      </svg>
      <p class="small">right: predicted; up: clicked</p>
    </figure>
  );
}
