/** Outlines of 24 by 24, drawn with a line. */
const PATHS = {
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  list: 'M4 6h2M4 12h2M4 18h2M9 6h11M9 12h11M9 18h11',
  layers: 'M12 3 3 8l9 5 9-5-9-5ZM3 12.500l9 5 9-5M3 17l9 5 9-5',
  curve: 'M3 3v18h18M7 7c2 8 6 10 13 10',
  heart: 'M12 20s-8-4.600-8-10.500A4.500 4.500 0 0 1 12 7a4.500 4.500 0 0 1 8 2.500C20 15.400 12 20 12 20Z',
  letter: 'M3 6h18v12H3zM3 7l9 7 9-7',
  coin: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM14.500 9.500c-.5-1-1.500-1.500-2.500-1.500-1.500 0-2.500.8-2.500 2s1 1.700 2.500 2 2.500.8 2.500 2-1 2-2.500 2c-1 0-2-.5-2.500-1.500M12 6.500V8m0 8v1.500',
  speech: 'M4 5h16v11h-9l-5 4v-4H4V5ZM8 9h8M8 12h5',
  out: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
