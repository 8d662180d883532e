import { useState } from 'preact/hooks';
import type { HealthPage as Page } from '../../api.ts';
import { Chart, Legend, type Line } from '../drawings/chart.tsx';
import { Reliability } from '../drawings/reliability.tsx';
import { Sideways } from '../drawings/sideways.tsx';
import { armOf } from '../parts/arms.ts';
import { Card, Choice, Empty, Shown, Tile } from '../parts/state.tsx';
import { WatchedCard } from '../parts/watched.tsx';
import { useData } from '../server.ts';
import { count, number, percent } from '../words.ts';

const HOURS = [1, 6, 24, 168];

/** Whether what is served is what was meant: features, probabilities, and what users make of it. */
export function HealthPage() {
  const [hours, setHours] = useState(1);
  const page = useData<Page>(`health?hours=${hours}`, 15_000);
  return (
    <>
      <div class="filters">
        <Choice<number>
          label="Time"
          of={HOURS}
          value={hours}
          choose={setHours}
          say={each => (each < 48 ? `${each} h` : `${each / 24} days`)}
        />
      </div>
      <Shown of={page}>
        {page => (
          <>
            <Summary page={page} />
            <Clicks clicks={page.clicks} />
            {page.watched && <WatchedCard watched={page.watched} />}
            <div class="columns">
              <Card title="Calibration" aside={<p class="hint">tenths of the lists' items</p>}>
                {page.calibration.length === 0 ? (
                  <Empty>No list of a champion has been joined with its outcome yet.</Empty>
                ) : (
                  page.calibration.slice(-3).map(each => <Reliability key={each.model} {...each} />)
                )}
              </Card>
              <Consistency page={page} />
            </div>
          </>
        )}
      </Shown>
    </>
  );
}

function Summary({ page: { consistency, calibration } }: { page: Page }) {
  const sum = (of: (each: Page['consistency'][number]) => number) =>
    consistency.reduce((all, each) => all + of(each), 0);
  const [compared, different] = [sum(each => each.compared), sum(each => each.different)];
  const newest = calibration.at(-1);
  return (
    <dl class="tiles">
      <Tile
        name="Features that differ"
        value={compared === 0 ? '–' : percent(different / compared, 3)}
        tone={different > 0 ? 'warning' : 'good'}
      />
      <Tile name="Values compared" value={count(compared)} unit={`in ${count(consistency.length)} checks`} />
      <Tile name="Not comparable" value={count(sum(each => each.left_out))} />
      <Tile
        name="Calibration error"
        value={percent(newest?.error ?? null, 2)}
        {...(newest && { unit: newest.model })}
      />
    </dl>
  );
}

function Clicks({ clicks }: { clicks: Page['clicks'] }) {
  const x = [...new Set(clicks.map(({ at_ms }) => at_ms))].sort((a, b) => a - b);
  const arms = [...new Set(clicks.map(({ arm }) => arm))].filter(arm => arm !== 'fallback');
  const lines = arms.map((arm): Line => {
    const of = new Map(clicks.filter(each => each.arm === arm && each.of >= 20).map(each => [each.at_ms, each]));
    const column = (key: 'rate' | 'low' | 'high') => x.map(at => of.get(at)?.[key] ?? null);
    const { name, color } = armOf(arm);
    return {
      label: name,
      color,
      values: column('rate'),
      band: { low: column('low'), high: column('high') },
      hasPoints: x.length < 30,
    };
  });
  return (
    <Card title="Click rate" wide aside={<Legend lines={lines} />}>
      {x.length < 2 ? (
        <Empty>Too few examples yet for a line.</Empty>
      ) : (
        <Chart
          label="Click rate with 95 % intervals"
          x={x.map(at => at / 1_000)}
          lines={lines}
          says={value => percent(value)}
          height={260}
        />
      )}
    </Card>
  );
}

function Consistency({ page: { consistency, features } }: { page: Page }) {
  const worst = features.filter(({ different }) => different > 0);
  const lines: Line[] = [
    {
      label: 'share of values that differ',
      color: '--purple',
      values: consistency.map(({ compared, different }) => (compared === 0 ? null : different / compared)),
      hasPoints: consistency.length < 40,
    },
  ];
  return (
    <Card title="Features as served, and as the archive has them">
      {consistency.length < 2 ? (
        <Empty>Checked every minute; there are too few checks for a line yet.</Empty>
      ) : (
        <Chart
          label="Share of values that differ"
          x={consistency.map(({ until_ms }) => until_ms / 1_000)}
          lines={lines}
          says={value => percent(value, 2)}
          from={0}
        />
      )}
      {worst.length === 0 ? (
        <p class="good">{consistency.length === 0 ? '' : 'Every value that was compared is the same.'}</p>
      ) : (
        <Sideways name="Features that differ">
          <table>
            <thead>
              <tr>
                <th scope="col">feature</th>
                <th scope="col">differ</th>
                <th scope="col">of</th>
                <th scope="col">at most by</th>
              </tr>
            </thead>
            <tbody>
              {worst.map(({ feature, different, compared, greatest }) => (
                <tr key={feature}>
                  <th scope="row">{feature}</th>
                  <td class="figure">{count(different)}</td>
                  <td class="figure">{count(compared)}</td>
                  <td class="figure">{number(greatest)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Sideways>
      )}
    </Card>
  );
}
