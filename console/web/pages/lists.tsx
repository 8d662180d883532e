import { useState } from 'preact/hooks';
import type { ShownItem, ShownList } from '../../api.ts';
import { Sideways } from '../drawings/sideways.tsx';
import { armOf } from '../parts/arms.ts';
import type { PageProps } from '../parts/page-props.ts';
import { ReasonsOf } from '../parts/reasons.tsx';
import { Choice, Empty, Shown } from '../parts/state.tsx';
import { useData } from '../server.ts';
import { count, money, ms, NONE, number, percent, price, short, time } from '../words.ts';

/** Lists as they were served, and what became of each item. */
export function ListsPage({ session, query }: PageProps) {
  const [surface, setSurface] = useState(query.get('surface') ?? 'home');
  const [user, setUser] = useState(query.get('user') ?? '');
  const [arm, setArm] = useState('all');
  const asked = new URLSearchParams({
    surface,
    user,
    arm: arm === 'all' ? '' : arm,
    hours: user ? '168' : '1',
    count: '12',
  });
  const lists = useData<ShownList[]>(`lists?${asked}`, user ? 10_000 : 0);
  return (
    <>
      <form
        class="filters"
        onSubmit={event => {
          event.preventDefault();
          setUser(String(new FormData(event.currentTarget).get('user') ?? '').trim());
        }}
      >
        <Choice<string> label="Surface" of={session.surfaces} value={surface} choose={setSurface} />
        <Choice<string> label="Arm" of={['all', 'champion', 'control', 'explore']} value={arm} choose={setArm} />
        <label class="inline">
          User
          <input name="user" defaultValue={user} placeholder="everybody" maxLength={128} key={user} />
        </label>
        <button type="submit">Show</button>
        <button type="button" class="quiet" onClick={lists.again}>
          Newest again
        </button>
      </form>
      <Shown of={lists}>
        {found =>
          found.length === 0 ? (
            <Empty>
              {user
                ? `${user} had no list of ${surface} within a week.`
                : `There was no list of ${surface} within the hour.`}
            </Empty>
          ) : (
            <div class="lists">
              {found.map(list => (
                <ListCard key={list.list} list={list} languages={session.languages} seeUser={setUser} />
              ))}
            </div>
          )
        }
      </Shown>
    </>
  );
}

interface CardProps {
  list: ShownList;
  languages: readonly string[];
  seeUser(user: string): void;
}

function ListCard({ list, languages, seeUser }: CardProps) {
  const [isOpen, open] = useState(false);
  const { name, color } = armOf(list.role === 'challenger' ? 'challenger' : list.arm);
  const spent = Object.values(list.spent_ms).reduce((sum, each) => sum + each, 0);
  const clicks = list.items.filter(({ outcome }) => outcome?.clicked).length;
  return (
    <article class="card list">
      <header>
        <h2>
          <button type="button" class="link" onClick={() => seeUser(list.user)} title="All lists of this user">
            {list.user}
          </button>
          {list.query && <q>{list.query}</q>}
        </h2>
        <p class="facts">
          <span class="chip" style={{ color: `var(${color})` }}>
            {name}
          </span>
          <span title={list.model}>{short(list.model)}</span>
          <time dateTime={new Date(list.at_ms).toISOString()}>{time(list.at_ms)}</time>
          <span>{ms(spent)}</span>
          <span>
            {count(list.items.length)} of {count(list.candidates)} candidates
          </span>
          {clicks > 0 && <span class="good">{clicks} clicked</span>}
          {list.stage && <span>{list.stage}</span>}
        </p>
      </header>
      <Sideways name={`What ${list.user} was shown`}>
        <ol class="items">
          {list.items.map(item => (
            <Item key={item.position} item={item} />
          ))}
        </ol>
      </Sideways>
      <footer>
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
          {isOpen ? 'Less' : 'Why in this order?'}
        </button>
      </footer>
      {isOpen && <ReasonsOf list={list} languages={languages} />}
    </article>
  );
}

const OUTCOMES = ['purchased', 'carted', 'clicked', 'dismissed'] as const;

function Item({ item }: { item: ShownItem }) {
  const outcome = OUTCOMES.find(each => item.outcome?.[each]);
  return (
    <li class={outcome ?? ''}>
      <div class="picture">
        {item.hasPicture ? (
          <img src={`/api/pictures/${encodeURIComponent(item.item)}`} alt="" loading="lazy" width="112" height="112" />
        ) : (
          <span aria-hidden="true">{(item.title ?? item.item).slice(0, 1).toUpperCase()}</span>
        )}
        <b class="place">{item.position + 1}</b>
        {outcome && <em>{outcome}</em>}
      </div>
      <p class="title" title={item.title ?? item.item}>
        {item.title ?? item.item}
      </p>
      <p class="small">
        {[item.category, item.price === null ? null : price(item.price, item.currency)].filter(Boolean).join(' · ') ||
          NONE}
      </p>
      <p class="small">
        {item.reason}
        {item.policy && `, ${item.policy}`}
        {item.campaign &&
          `, ${item.campaign}${item.price_micros === null ? '' : ` at ${money(item.price_micros, item.currency ?? 'EUR')}`}`}
      </p>
      <p class="small figure" title="score, and the chance of this item at this place">
        {number(item.score)}
        {item.propensity !== null && ` · p ${percent(item.propensity, item.propensity < 0.1 ? 1 : 0)}`}
      </p>
    </li>
  );
}
