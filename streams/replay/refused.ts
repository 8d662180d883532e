/** Thrown where an entry is not what its format says; the reading goes on behind it. */
export class Refused extends Error {}
