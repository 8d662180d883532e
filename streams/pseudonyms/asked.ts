/** So many requests that are not answered yet, or were of late, are remembered. */
const MOST = 200_000;

/** Who asked for a list, by the request's id: the newest ones. */
export class Asked {
  readonly #users = new Map<string, string>();

  note(request: string, user: string): void {
    this.#users.set(request, user);
    if (this.#users.size > MOST) this.#users.delete(this.#users.keys().next().value!);
  }

  userOf(request: string): string | undefined {
    return this.#users.get(request);
  }
}
