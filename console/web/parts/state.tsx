import type { ComponentChildren } from 'preact';
import type { Loaded } from '../server.ts';

/** What is loaded; until then, or where it can't be, that. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const { data, failure } = of;
  return (
    <>
      {failure && (
        <p class="failure" role="alert">
          {failure.message}
        </p>
      )}
      {data === undefined ? !failure && <p class="loading">…</p> : children(data)}
    </>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

export function Card({ title, aside, children, wide }: CardProps) {
  return (
    <section class={wide ? 'card wide' : 'card'}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface CardProps {
  title: string;
  aside?: ComponentChildren;
  children: ComponentChildren;
  wide?: boolean;
}

/** A number that one looks at first. */
export function Tile({ name, value, unit, tone }: { name: string; value: string; unit?: string; tone?: string }) {
  return (
    <div class={`tile ${tone ?? ''}`}>
      <dt>{name}</dt>
      <dd>
        <span title={value}>{value}</span>
        {unit && <small>{unit}</small>}
      </dd>
    </div>
  );
}

/** One of a few, as a row of buttons. */
export function Choice<T extends string | number>({ label, of, value, choose, say = String }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {of.map(each => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => choose(each)}>
          {say(each)}
        </button>
      ))}
    </fieldset>
  );
}

interface ChoiceProps<T> {
  label: string;
  of: readonly T[];
  value: T;
  choose(value: T): void;
  say?(value: T): string;
}
