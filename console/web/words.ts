/** Numbers and times as people read them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });

export const NONE = '–';

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value);
}

/** Of a rate: with one digit where it is small. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 10 ? value.toFixed(1) : count(value);
}

export function percent(share: number | null | undefined, digits = 1): string {
  return share === null || share === undefined ? NONE : `${(100 * share).toFixed(digits)} %`;
}

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  return value < 1_000 ? `${value < 10 ? value.toFixed(1) : Math.round(value)} ms` : duration(value);
}

export function duration(value_ms: number): string {
  const seconds = Math.round(value_ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

export function time(at_ms: number): string {
  const at = new Date(at_ms);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? clock.format(at) : `${day.format(at)}, ${clock.format(at)}`;
}

export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE;
  if (Number.isInteger(value)) return count(value);
  return String(Number(value.toPrecision(4)));
}

export function money(micros: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 4 }).format(micros / 1e6);
}

export function price(value: number, currency: string | null): string {
  return currency && /^[A-Z]{3}$/.test(currency)
    ? new Intl.NumberFormat('en', { style: 'currency', currency }).format(value)
    : value.toFixed(2);
}

/** An id by its beginning and end. */
export function short(id: string): string {
  return id.length <= 22 ? id : `${id.slice(0, 12)}…${id.slice(-6)}`;
}
