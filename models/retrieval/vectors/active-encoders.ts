import type { Modality, VectorProgress } from '../../../schemas/topics/vectors.ts';

/** The key of a report in `vector.progress`: each encoder has its own, so that the one in use stays known while another is built. */
export function progressKey({
  modality,
  partition,
  encoder,
}: Pick<VectorProgress, 'modality' | 'partition' | 'encoder'>): string {
  return `${modality}/${partition}/${encoder}`;
}

/**
 * The encoder whose vectors are used: of those that all partitions have reported, the newest, which is the one whose
 * oldest report is the latest. Whoever has read the same reports gives the same answer.
 *
 * @param reports of one modality, the last of each partition and encoder
 */
export function activeEncoder(reports: Iterable<VectorProgress>): string | undefined {
  const byEncoder = new Map<string, VectorProgress[]>();
  for (const report of reports) byEncoder.set(report.encoder, [...(byEncoder.get(report.encoder) ?? []), report]);
  const complete = [...byEncoder]
    .filter(([, [first, ...others]]) => 1 + others.length >= first!.partitions)
    .map(([encoder, all]) => ({ encoder, since_ms: Math.min(...all.map(report => report.at_ms)) }))
    .sort((a, b) => b.since_ms - a.since_ms || (a.encoder < b.encoder ? -1 : 1));
  return complete[0]?.encoder;
}

/** The encoders in use, modality by modality, as the reports come. */
export class ActiveEncoders {
  readonly #reports = new Map<string, VectorProgress>();
  #active: Partial<Record<Modality, string>> = {};

  /** Takes what stands under a key of `vector.progress` now; nothing where it was deleted. */
  take(key: string, report: VectorProgress | undefined): void {
    const modality = (report ?? this.#reports.get(key))?.modality;
    if (modality === undefined) return;
    if (report) this.#reports.set(key, report);
    else this.#reports.delete(key);
    const encoder = activeEncoder([...this.#reports.values()].filter(each => each.modality === modality));
    const { [modality]: _, ...others } = this.#active;
    this.#active = encoder === undefined ? others : { ...others, [modality]: encoder };
  }

  of(modality: Modality): string | undefined {
    return this.#active[modality];
  }

  /** All of them, as a list says by what it was made. */
  all(): Readonly<Partial<Record<Modality, string>>> {
    return this.#active;
  }

  /** What stands under the keys of a partition. */
  reports(partition: number): [key: string, report: VectorProgress][] {
    return [...this.#reports].filter(([, report]) => report.partition === partition);
  }
}
