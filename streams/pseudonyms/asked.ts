import { LIMITS } from '../../schemas/limits.ts';

/** Who asked for a list, by the request's id: the newest ones. */
export class Asked {
  readonly #users = new Map<string, string>();

  note(request: string, user: string): void {
    this.#users.set(request, user);
    if (this.#users.size > LIMITS.askers_remembered) this.#users.delete(this.#users.keys().next().value!);
  }

  userOf(request: string): string | undefined {
    return this.#users.get(request);
  }
}
