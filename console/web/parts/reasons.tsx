import type { Reasons, ShownList } from '../../api.ts';
import { useData } from '../server.ts';
import { number } from '../words.ts';
import { Sideways } from './sideways.tsx';
import { Shown } from './state.tsx';

/** What each group of features adds to the score of each item, or takes from it, beside the list's mean item. */
export function ReasonsOf({ list }: { list: ShownList }) {
  const asked = new URLSearchParams({ list: list.list, surface: list.surface, at_ms: String(list.at_ms) });
  const reasons = useData<Reasons>(`reasons?${asked}`);
  const titles = new Map(list.items.map(({ item, title }) => [item, title ?? item]));
  return <Shown of={reasons}>{({ items }) => <Table items={items} titles={titles} />}</Shown>;
}

function Table({ items, titles }: { items: Reasons['items']; titles: ReadonlyMap<string, string> }) {
  const weight = (group: string) => items.reduce((sum, { groups }) => sum + Math.abs(groups[group] ?? 0), 0);
  const groups = Object.keys(items[0]?.groups ?? {}).sort((a, b) => weight(b) - weight(a));
  const most = Math.max(1e-9, ...items.flatMap(({ groups }) => Object.values(groups).map(Math.abs)));
  return (
    <Sideways name="Reasons">
      <table class="reasons">
        <caption>
          What each kind of feature adds to an item's score beside the mean item of this list, by integrated gradients;
          each row adds up.
        </caption>
        <thead>
          <tr>
            <th scope="col">item</th>
            {groups.map(group => (
              <th scope="col" key={group}>
                {group}
              </th>
            ))}
            <th scope="col">score</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ item, groups: of, score }, n) => (
            <tr key={item}>
              <th scope="row" title={item}>
                {n + 1}. {titles.get(item) ?? item}
              </th>
              {groups.map(group => (
                <td key={group} class="figure">
                  <Bar value={of[group] ?? 0} most={most} />
                  {signed(of[group] ?? 0)}
                </td>
              ))}
              <td class="figure">{number(score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
}

function Bar({ value, most }: { value: number; most: number }) {
  return (
    <span class={`bar ${value < 0 ? 'less' : 'more'}`} aria-hidden="true">
      <i style={{ width: `${(50 * Math.abs(value)) / most}%` }} />
    </span>
  );
}

const signed = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(2);
