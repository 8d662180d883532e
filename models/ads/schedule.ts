import type { Campaign } from '../../schemas/topics/ads.ts';

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A moment as it is in a time zone. */
export interface LocalTime {
  /** `2026-11-27` */
  day: string;
  /** 0 = Sunday. */
  weekday: number;
  /** 0 to 23 */
  hour: number;
  /** When the day began; where a clock is moved on that day, an hour off afterwards. */
  day_starts_ms: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
/** The last minute that was asked for in each zone: requests of one minute share it. */
const known = new Map<string, { minute: number; time: LocalTime }>();

/** @param zone a name of IANA's time zone database */
export function localTime(zone: string, at_ms: number): LocalTime {
  const minute = Math.floor(at_ms / MINUTE_MS);
  const last = known.get(zone);
  if (last?.minute === minute) return last.time;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(minute * MINUTE_MS)
      .map(({ type, value }) => [type, value]),
  );
  const hour = Number(parts.get('hour'));
  const minutes = hour * 60 + Number(parts.get('minute'));
  const time = {
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    weekday: WEEKDAYS.indexOf(parts.get('weekday')!),
    hour,
    day_starts_ms: (minute - minutes) * MINUTE_MS,
  };
  known.set(zone, { minute, time });
  return time;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const made = formats.get(zone);
  if (made) return made;
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', weekday: 'short', ...digits });
  formats.set(zone, format);
  return format;
}

type Scheduled = Pick<Campaign, 'status' | 'starts_ms' | 'ends_ms' | 'weekdays' | 'hours'>;

/** Whether a campaign wants to be shown at a moment. */
export function isOn(campaign: Scheduled, at_ms: number, { weekday, hour }: LocalTime): boolean {
  const { status, starts_ms = 0, ends_ms = Number.POSITIVE_INFINITY, weekdays } = campaign;
  if (status !== 'running' || at_ms < starts_ms || at_ms >= ends_ms) return false;
  return (weekdays === undefined || weekdays.includes(weekday)) && isOpen(campaign, hour);
}

/** Whether an hour of the day, 0 to 23, is among those of a campaign. */
export function isOpen({ hours }: Pick<Campaign, 'hours'>, hour: number): boolean {
  return hours === undefined || (hours.from <= hour && hour < hours.to);
}
