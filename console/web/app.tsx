import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionInfo } from '../api.ts';
import { Icon, type IconName } from './drawings/icon.tsx';
import { AdsPage } from './pages/ads.tsx';
import { AnswersPage } from './pages/answers.tsx';
import { HealthPage } from './pages/health.tsx';
import { LettersPage } from './pages/letters.tsx';
import { ListsPage } from './pages/lists.tsx';
import { ModelsPage } from './pages/models.tsx';
import { NowPage } from './pages/now.tsx';
import { TrainingPage } from './pages/training.tsx';
import type { PageProps } from './parts/page-props.ts';
import { type Refusal, signIn, signOut, whoIsIn } from './server.ts';
import { SignInPage } from './sign-in.tsx';

interface PageEntry {
  path: string;
  name: string;
  /** Where it is longer than what a phone has room for. */
  title?: string;
  icon: IconName;
  page: ComponentType<PageProps>;
}

const PAGES: readonly PageEntry[] = [
  { path: 'now', name: 'Now', icon: 'pulse', page: NowPage },
  { path: 'lists', name: 'Lists', icon: 'list', page: ListsPage },
  { path: 'models', name: 'Models', icon: 'layers', page: ModelsPage },
  { path: 'training', name: 'Training', icon: 'curve', page: TrainingPage },
  { path: 'health', name: 'Health', icon: 'heart', page: HealthPage },
  { path: 'letters', name: 'Letters', title: 'Dead letters', icon: 'letter', page: LettersPage },
  { path: 'ads', name: 'Ads', icon: 'coin', page: AdsPage },
  { path: 'answers', name: 'Answers', icon: 'speech', page: AnswersPage },
];

/** The frame of all pages: who is signed in, where one is, and where one may go. */
export function App() {
  const { session, failure, enter, leave } = useSession();
  const [path, search = ''] = useHash().replace(/^#\/?/, '').split('?');
  const open = PAGES.find(page => page.path === path) ?? PAGES[0]!;
  useEffect(() => {
    document.title = `${open.title ?? open.name} · Temper`;
  }, [open]);
  if (session === undefined && failure === undefined) return <p class="loading">…</p>;
  if (!session) return <SignInPage failure={failure} enter={enter} />;
  const Page = open.page;
  return (
    <div class="frame">
      <a class="skip" href="#main">
        To the content
      </a>
      <nav aria-label="Pages">
        <p class="brand">
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>Temper</span>
        </p>
        <ul>
          {PAGES.map(({ path, name, icon }) => (
            <li key={path}>
              <a href={`#/${path}`} aria-current={path === open.path ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{name}</span>
              </a>
            </li>
          ))}
        </ul>
        <div class="account">
          {session.temporalUi && (
            <a href={session.temporalUi} target="_blank" rel="noreferrer">
              <Icon name="out" />
              <span>Temporal</span>
            </a>
          )}
          <p>
            <span class={`role ${session.role}`}>{session.role}</span>
            <button type="button" class="quiet" onClick={leave}>
              Sign out
            </button>
          </p>
        </div>
      </nav>
      <main id="main" tabIndex={-1}>
        <h1>{open.title ?? open.name}</h1>
        <Page key={open.path} session={session} query={new URLSearchParams(search)} />
      </main>
    </div>
  );
}

function useSession() {
  const [session, setSession] = useState<SessionInfo | null>();
  const [failure, setFailure] = useState<Refusal>();
  const enter = async (token: string) => {
    try {
      setSession(await signIn(token));
      setFailure(undefined);
    } catch (error) {
      setFailure(error as Refusal);
      setSession(null);
    }
  };
  const leave = async () => {
    await signOut();
    setSession(null);
    setFailure(undefined);
  };
  useEffect(() => {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (token) {
      history.replaceState(null, '', '/#/now'); // it stays in no history
      dispatchEvent(new HashChangeEvent('hashchange'));
      void enter(token);
      return;
    }
    whoIsIn().then(setSession, (error: Refusal) => {
      setSession(null);
      if (error.code !== 'SIGN_IN_NEEDED') setFailure(error);
    });
  }, []);
  return { session, failure, enter, leave };
}

function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const see = () => {
      if (location.hash !== '#main') setHash(location.hash);
    };
    addEventListener('hashchange', see);
    return () => removeEventListener('hashchange', see);
  }, []);
  return hash;
}
