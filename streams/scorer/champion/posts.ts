import type { Log } from '../../../schemas/log.ts';
import type { RankRequest, Surface } from '../../../schemas/topics/ranking.ts';
import type { Said } from '../../champions.ts';
import { OWN_SURFACES } from '../../observe/champions.ts';
import type { Report } from '../../report.ts';
import { orderOf } from '../../surfaces/surface.ts';
import { Challenger } from '../trial/challenger.ts';
import type { Shadows } from '../trial/shadows.ts';
import { Champion, type Ranker, type Served } from './champion.ts';
import { SignedWord } from './signed-word.ts';

/** Who makes the lists of a surface. */
export interface Post {
  champion: Champion;
  challenger: Challenger;
}

interface Hearing extends Post {
  word: SignedWord;
}

export interface PostSettings {
  load: (served: Served) => Promise<Ranker>;
  /** Directory of the keys. */
  keys: string;
  report: Report;
  log: Log;
  /** Of a surface's own challenger. */
  shadows: () => Shadows;
}

/** The champions and challengers of the surfaces, each following what is said of its surface alone. */
export class Posts {
  readonly #posts: ReadonlyMap<Surface, Hearing>;

  constructor({ load, keys, report, log, shadows }: PostSettings) {
    this.#posts = new Map(
      OWN_SURFACES.map((surface): [Surface, Hearing] => {
        const champion = new Champion(load, report, log, 'champion', surface);
        const challenger = new Challenger(load, report, log, shadows(), surface);
        return [surface, { champion, challenger, word: new SignedWord({ keys, champion, challenger, report, log }) }];
      }),
    );
  }

  /** What is said of surfaces that have no post changes nothing here. Of what is said at once the newest counts. */
  take(...said: readonly Said[]): void {
    for (const [surface, { word }] of this.#posts) {
      const own = said.filter(each => each.surface === surface);
      if (own.length > 0) word.take(...own);
    }
  }

  /**
   * Who makes the list that is asked for: its surface's own champion once there is one, else that of `home`. What a search did
   * not find itself is `home`'s too: nobody knows how well it fits the query, by which the champion of `search` has learned.
   */
  of(request: Pick<RankRequest, 'surface' | 'shown' | 'candidates'>): Post {
    const own = orderOf(request) === 'relevance' ? this.#posts.get(request.surface) : undefined;
    return own?.champion.id === undefined ? this.#posts.get('home')! : own;
  }

  /** Resolves when all that was said so far is served or refused, or to be awaited. */
  async settled(): Promise<void> {
    for (const { word, champion, challenger } of this.#posts.values()) {
      await word.settled();
      await champion.settled();
      await challenger.settled();
    }
  }

  async stop(): Promise<void> {
    for (const { champion, challenger } of this.#posts.values()) {
      await champion.stop();
      await challenger.stop();
    }
  }
}
