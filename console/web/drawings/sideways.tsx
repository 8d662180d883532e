import type { ComponentChildren } from 'preact';

/** What may be wider than the screen: it is scrolled by finger, by wheel, and, once it has the focus, by the arrow keys. */
export function Sideways({ name, kind = 'scroll', children }: SidewaysProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
    <section class={kind} tabIndex={0} aria-label={`${name}; can be scrolled sideways`}>
      {children}
    </section>
  );
}

interface SidewaysProps {
  name: string;
  kind?: 'scroll' | 'graph';
  children: ComponentChildren;
}
