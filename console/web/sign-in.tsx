import { useState } from 'preact/hooks';
import type { Refusal } from './server.ts';

/** For whoever comes without a link. */
export function SignInPage({ failure, enter }: { failure: Refusal | undefined; enter(token: string): void }) {
  const [token, setToken] = useState('');
  return (
    <main class="sign-in">
      <img src="/icon.svg" alt="" width="56" height="56" />
      <h1>Temper</h1>
      <p>
        Open the link that <code>npm start</code> printed, or <code>npm run temper -- console --links</code> prints. Or
        put in its token here.
      </p>
      <form
        onSubmit={event => {
          event.preventDefault();
          enter(token.trim().replace(/^.*#token=/, ''));
        }}
      >
        <label>
          Token or link
          <input
            type="password"
            autocomplete="current-password"
            value={token}
            onInput={event => setToken(event.currentTarget.value)}
            required
          />
        </label>
        <button type="submit">Sign in</button>
      </form>
      {failure && (
        <p class="failure" role="alert">
          {failure.message}
        </p>
      )}
    </main>
  );
}
