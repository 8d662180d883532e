import { Refused } from '../refused.ts';

/** Milliseconds since 1970, from milliseconds or from ISO 8601 with a zone: without one it would be another time elsewhere. */
export function moment(value: unknown, name: string): number {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text));
  if (/^\d{4}-\d{2}-\d{2}[T ][\d:.]+\s*(Z|[+-]\d{2}:?\d{2}| UTC)$/.test(text)) {
    const at_ms = Date.parse(text.replace(' ', 'T').replace(/\s*(UTC)?$/, match => (match.includes('UTC') ? 'Z' : '')));
    if (Number.isFinite(at_ms)) return at_ms;
  }
  throw new Refused(`${name}: expected milliseconds or ISO 8601 with a zone, got ${JSON.stringify(value)}`);
}
