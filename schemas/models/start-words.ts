import type { Start } from './models.ts';

/** What a training began with, in words. It stands apart for workflow code, which carries no zod. */
export function startInWords(start: Start): string {
  return 'model' in start ? `warm from ${start.model}` : `cold: ${start.cold}`;
}
