import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What the producer knows for sure: on the disk before it sends, and again before it believes an acknowledgement. */
export interface Ledger {
  sending(ids: readonly string[]): void;
  acknowledged(ids: readonly string[]): void;
  close(): void;
}

export interface Entries {
  sent: Set<string>;
  acknowledged: Set<string>;
}

/** A file that only grows: a line for each batch. */
export function openLedger(file: string): Ledger {
  const ledger = openSync(file, 'a');
  const note = (line: object): void => {
    writeSync(ledger, `${JSON.stringify(line)}\n`);
    fsyncSync(ledger);
  };
  return {
    sending: sent => note({ sent }),
    acknowledged: acknowledged => note({ acknowledged }),
    close: () => closeSync(ledger),
  };
}

export function readLedger(file: string): Entries {
  const sent = new Set<string>();
  const acknowledged = new Set<string>();
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const entry = JSON.parse(line) as { sent?: string[]; acknowledged?: string[] };
    for (const id of entry.sent ?? []) sent.add(id);
    for (const id of entry.acknowledged ?? []) acknowledged.add(id);
  }
  return { sent, acknowledged };
}
