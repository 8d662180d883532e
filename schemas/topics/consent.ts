import { z } from 'zod';

/**
 * What a user allows, where that is less than all; in requests of lists, and in events. A list without `personalisation` is
 * made as for one of whom nothing is known, and of an event no feature is made; without `training` neither becomes an
 * example, nor is anything else learned from it.
 */
export const Consent = z.object({ personalisation: z.boolean().default(true), training: z.boolean().default(true) });
export type Consent = z.infer<typeof Consent>;

export interface Consented {
  consent?: Consent | undefined;
}

/** Whether anything may be learned from it: its user allows it. */
export function mayTeach({ consent }: Consented): boolean {
  return consent?.training !== false;
}

/** Whether features may be made of it, and used for it. */
export function isPersonal({ consent }: Consented): boolean {
  return consent?.personalisation !== false;
}

/** Whether features are made of an event, and it is archived: an unfollow takes back, which nobody has to allow. */
export function isCounted(event: Consented & { type: string }): boolean {
  return event.type === 'unfollow' || isPersonal(event);
}
