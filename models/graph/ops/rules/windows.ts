import type { Dim, Shape } from '../../tensor.ts';
import { type Call, int, ints, mismatch, text } from '../row.ts';
import { difference, sizeOf, times, total } from './shapes.ts';

/** How a kernel goes along one axis. */
export interface Window {
  readonly kernel: Dim;
  readonly stride: number;
  readonly dilation: number;
  /** How much is added before and after the axis. */
  readonly before: number;
  readonly after: number;
}

/** The attributes that say how a kernel goes. */
export const WINDOWS = {
  auto_pad: 'string',
  dilations: 'ints',
  kernel_shape: 'ints',
  pads: 'ints',
  strides: 'ints',
} as const;

/** The windows of a convolution or a pool, one for each axis of `sizes`, the input's sizes behind batch and channels. */
export function windowsOf(call: Call, sizes: Shape, kernel: Shape): Window[] {
  const given = (name: string, otherwise: number, count = sizes.length): number[] => {
    const values = ints(
      call,
      name,
      Array.from({ length: count }, () => otherwise),
    );
    return values.length === count ? values : mismatch(`${count} ${name}`, `${values.length}`);
  };
  if (sizes.length === 0) return mismatch('batch, channels and at least one more axis', `${call.a.shape.length} axes`);
  if (kernel.length !== sizes.length) return mismatch(`a kernel of ${sizes.length} axes`, `${kernel.length}`);
  const [strides, dilations, pads] = [given('strides', 1), given('dilations', 1), given('pads', 0, 2 * sizes.length)];
  if ([...strides, ...dilations].some(each => each < 1)) return mismatch('strides and dilations above 0', '0 or less');

  return sizes.map((size, axis) => {
    const [stride, dilation] = [strides[axis]!, dilations[axis]!];
    const window = { kernel: kernel[axis]!, stride, dilation };
    const auto = text(call, 'auto_pad', 'NOTSET');
    switch (auto) {
      case 'NOTSET':
        return { ...window, before: pads[axis]!, after: pads[axis + sizes.length]! };
      case 'VALID':
        return { ...window, before: 0, after: 0 };
      case 'SAME_UPPER':
      case 'SAME_LOWER': {
        const missing = sameMargin(size, window);
        const less = Math.floor(missing / 2);
        const more = missing - less;
        return auto === 'SAME_UPPER'
          ? { ...window, before: less, after: more }
          : { ...window, before: more, after: less };
      }
      default:
        return mismatch('auto_pad of NOTSET, VALID, SAME_UPPER or SAME_LOWER', auto);
    }
  });
}

/** How many places a window has along an axis; with `ceil`, one more where the last stands out at the end. */
export function places(size: Dim, window: Window, ceil = false): Dim {
  const padded = total([size, window.before, window.after]);
  const room = difference(padded, extent(window));
  if (room === undefined)
    return mismatch('a kernel whose size is known, or part of the input', `${window.kernel} in ${size}`);
  if (typeof room === 'number' && room < 0) return mismatch(`a kernel of at most ${padded}`, `${extent(window)}`);
  if (window.stride === 1) return total([room, 1]);
  if (typeof room === 'string') return total([`${ceil ? 'ceil' : 'floor'}((${room})/${window.stride})`, 1]);
  if (!ceil) return Math.floor(room / window.stride) + 1;
  const most = Math.ceil(room / window.stride);
  // A window that would begin behind the input and its first margin does not count.
  return most * window.stride >= sizeOf(size) + window.before ? most : most + 1;
}

/** The size of which a convolution gives `size`: what comes out of its transposed form. */
export function spreadOver(size: Dim, window: Window): Dim {
  const last = times([total([size, -1]), window.stride]);
  return total([last, extent(window), -window.before - window.after]);
}

/** From a kernel's first to its last element, dilation included. */
export function extent({ kernel, dilation }: Pick<Window, 'kernel' | 'dilation'>): Dim {
  return total([times([total([kernel, -1]), dilation]), 1]);
}

/** What has to be added so that each stride has a place: ceil(size / stride) of them. */
function sameMargin(size: Dim, window: Omit<Window, 'before' | 'after'>): number {
  const covered = sizeOf(extent(window));
  if (window.stride === 1) return covered - 1;
  const count = Math.ceil(sizeOf(size) / window.stride);
  return Math.max((count - 1) * window.stride + covered - sizeOf(size), 0);
}

/** The attributes that say the same of windows whose margins are known. */
export function attributesOf(windows: readonly Window[]) {
  return {
    strides: windows.map(({ stride }) => stride),
    dilations: windows.map(({ dilation }) => dilation),
    pads: [...windows.map(({ before }) => before), ...windows.map(({ after }) => after)],
  };
}

/** One whole-number attribute of a call that is 0 or 1. */
export function flag(call: Call, name: string): boolean {
  return int(call, name, 0) === 1;
}
