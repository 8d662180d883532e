/** Each way to an order has a colour: those that steel takes as it is tempered. */
export const ARMS: Record<string, { name: string; color: string }> = {
  champion: { name: 'champion', color: '--blue' },
  challenger: { name: 'challenger', color: '--purple' },
  control: { name: 'popularity, for the control group', color: '--straw' },
  explore: { name: 'random order', color: '--steel' },
  fallback: { name: 'fallback', color: '--bronze' },
  recorded: { name: 'as recorded', color: '--faint' },
};

export const armOf = (arm: string) => ARMS[arm] ?? { name: arm, color: '--faint' };
