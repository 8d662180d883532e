import type { SessionInfo } from '../../api.ts';

/** What every page is told. */
export interface PageProps {
  session: SessionInfo;
  /** What stands behind the page's name in the address. */
  query: URLSearchParams;
}
