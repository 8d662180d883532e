import type { ShopEvent } from '../../schemas/topics/events.ts';
import { FIELD, type PlainEvent } from '../../schemas/topics/plain-event.ts';
import { hash32, hash32Of, hash53, hash53Of } from '../hash.ts';
import type { Fact } from './aggregates/declarations.ts';
import { normalised } from './aggregates/facts.ts';
import { changeOf, type UserChange } from './states.ts';
import { Texts } from './texts.ts';

/** An event as features are made of it: whom it concerns, and what it does there. */
export interface Deed extends UserChange {
  user: string;
  item: string | undefined;
}

export function deedOf(event: ShopEvent): Deed {
  return { ...changeOf(event), user: event.user, item: 'item' in event ? event.item : undefined };
}

/** The same of a plain event, from its bytes: one object, filled anew by each `read`. */
export class PlainDeed implements Deed {
  id = 0;
  user = '';
  item: string | undefined;
  recent: string | undefined;
  readonly fact: Fact = {
    type: 'impression',
    at_ms: 0,
    user: 0,
    item: 0,
    session: 0,
    query: 0,
    target: 0,
    position: 0,
    value: 0,
  };
  readonly #texts = new Texts();

  /** @param user the event's, as whoever read the record has it already: its key */
  read(event: PlainEvent, user: string): this {
    const { fact } = this;
    fact.type = event.type;
    fact.at_ms = event.at_ms;
    fact.position = event.position;
    fact.value = event.value;
    fact.user = hashOf(event, FIELD.user);
    fact.item = hashOf(event, FIELD.item);
    fact.session = hashOf(event, FIELD.session);
    fact.query = event.has(FIELD.query) ? hash32(normalised(event.text(FIELD.query))) : 0;
    this.id = idOf(event);
    this.user = user;
    this.item = this.#texts.of(event, FIELD.item, fact.item);
    this.recent = event.type === 'impression' ? undefined : this.item;
    return this;
  }
}

function hashOf(event: PlainEvent, field: number): number {
  const { bytes, from, to } = event;
  return event.isAscii(field) ? hash32Of(bytes, from[field]!, to[field]!) : hash32(event.text(field));
}

function idOf(event: PlainEvent): number {
  const { bytes, from, to } = event;
  const { id } = FIELD;
  return event.isAscii(id) ? hash53Of(bytes, from[id]!, to[id]!) : hash53(event.text(id));
}
