import { useState } from 'preact/hooks';
import type { ItemExplanation, ListExplanation, ShownList } from '../../api.ts';
import { Sideways } from '../drawings/sideways.tsx';
import { useData } from '../server.ts';
import { number } from '../words.ts';
import { Choice, Shown } from './state.tsx';

const OWN = 'as the user';

/** Why each item stands where it stands: what adds to its score or takes from it, and what would have moved it. */
export function ReasonsOf({ list, languages }: { list: ShownList; languages: readonly string[] }) {
  const [language, setLanguage] = useState(OWN);
  const asked = new URLSearchParams({
    ...{ list: list.list, surface: list.surface, at_ms: String(list.at_ms) },
    language: language === OWN ? '' : language,
  });
  const reasons = useData<ListExplanation>(`reasons?${asked}`);
  return (
    <div class="why">
      <Choice<string> label="Language" of={[OWN, ...languages]} value={language} choose={setLanguage} />
      <Shown of={reasons}>
        {explanation => (
          <>
            <Sentences of={explanation} />
            <Table {...explanation} />
          </>
        )}
      </Shown>
    </div>
  );
}

function Sentences({ of: { language, orderSentence, items } }: { of: ListExplanation }) {
  return (
    <div lang={language}>
      {orderSentence && <p>{orderSentence}</p>}
      <ol class="sentences">
        {items.map(({ item, title, sentences }) => (
          <li key={item}>
            <b>{title}</b> {sentences.join(' ')}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Table({ items, names, language }: ListExplanation) {
  const groups = (Object.keys(names) as Group[])
    .filter(group => weight(items, group) > 0)
    .sort((a, b) => weight(items, b) - weight(items, a));
  const most = Math.max(1e-9, ...items.flatMap(({ groups }) => Object.values(groups).map(Math.abs)));
  return (
    <Sideways name="Reasons">
      <table class="reasons">
        <caption>What each adds to an item's score beside the mean item of this list; each row adds up.</caption>
        <thead>
          <tr>
            <th scope="col">item</th>
            {groups.map(group => (
              <th scope="col" key={group} lang={language}>
                {names[group]}
              </th>
            ))}
            <th scope="col">score</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ item, title, groups: of, score }, n) => (
            <tr key={item}>
              <th scope="row" title={item}>
                {n + 1}. {title}
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

type Group = keyof ListExplanation['names'];

function weight(items: readonly ItemExplanation[], group: Group): number {
  return items.reduce((sum, { groups }) => sum + Math.abs(groups[group] ?? 0), 0);
}

function Bar({ value, most }: { value: number; most: number }) {
  return (
    <span class={`bar ${value < 0 ? 'less' : 'more'}`} aria-hidden="true">
      <i style={{ width: `${(50 * Math.abs(value)) / most}%` }} />
    </span>
  );
}

const signed = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(2);
