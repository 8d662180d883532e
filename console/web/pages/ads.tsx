import type { CampaignNow, AdsPage as Page } from '../../api.ts';
import { Sideways } from '../drawings/sideways.tsx';
import { Card, Empty, Shown } from '../parts/state.tsx';
import { useData } from '../server.ts';
import { count, money, percent, time } from '../words.ts';

/** What campaigns may spend and have spent, by the ledger that bills them. */
export function AdsPage() {
  const page = useData<Page>('ads', 5_000);
  return (
    <Shown of={page}>
      {({ campaigns, charges }) =>
        campaigns.length === 0 ? (
          <Empty>
            There are no campaigns. <code>npm run temper -- campaigns put FILE</code> makes some.
          </Empty>
        ) : (
          <>
            <div class="campaigns">
              {campaigns.map(campaign => (
                <Campaign key={campaign.campaign} campaign={campaign} />
              ))}
            </div>
            <Card title="The newest charges" wide>
              {charges.length === 0 ? (
                <Empty>Nothing has been charged within a day.</Empty>
              ) : (
                <Charges charges={charges} />
              )}
            </Card>
          </>
        )
      }
    </Shown>
  );
}

function Campaign({ campaign }: { campaign: CampaignNow }) {
  const { status, items, pays_for, bid_micros, daily_micros, currency, label, today, elapsed, days } = campaign;
  const now = days.find(({ day }) => day === today);
  const billed = now?.billed_micros ?? 0;
  const share = Math.min(1, billed / daily_micros);
  const before = days.filter(({ day }) => day !== today).toReversed();
  return (
    <section class="card campaign">
      <header>
        <h2>{campaign.campaign}</h2>
        <p class={`chip ${status === 'running' ? 'good' : 'warning'}`}>{status}</p>
      </header>
      <p class="budget">
        <b>{money(billed, currency)}</b> <span class="small">of {money(daily_micros, currency)} today</span>
      </p>
      <div class="meter" role="img" aria-label={`${campaign.campaign} has spent ${percent(share, 0)} of its budget`}>
        <i style={{ width: percent(share, 2).replace(' ', '') }} />
        <b style={{ left: percent(elapsed, 2).replace(' ', '') }} title="an even spend would be here" />
      </div>
      <p class="small">
        {count(now?.billed ?? 0)} {pays_for === 'click' ? 'clicks' : 'purchases'} paid, {count(now?.unbilled ?? 0)}{' '}
        given away ({money(now?.unbilled_micros ?? 0, currency)}); bids up to {money(bid_micros, currency)} for a{' '}
        {pays_for}; {count(items)} products, “{label}”
      </p>
      {before.length > 0 && (
        <p class="small">
          {before.map(({ day, billed_micros }) => `${day}: ${money(billed_micros, currency)}`).join(' · ')}
        </p>
      )}
    </section>
  );
}

function Charges({ charges }: { charges: Page['charges'] }) {
  return (
    <Sideways name="Charges">
      <table>
        <thead>
          <tr>
            <th scope="col">when</th>
            <th scope="col">campaign</th>
            <th scope="col">verdict</th>
            <th scope="col">charged</th>
            <th scope="col">price</th>
            <th scope="col">item</th>
          </tr>
        </thead>
        <tbody>
          {charges.map(({ id, at_ms, campaign, verdict, billed_micros, price_micros, currency, item }) => (
            <tr key={`${id}${verdict}`}>
              <td>{time(at_ms)}</td>
              <th scope="row">{campaign}</th>
              <td>
                <span class={`chip ${verdict === 'billed' ? 'good' : 'warning'}`}>{verdict}</span>
              </td>
              <td class="figure">{money(billed_micros, currency)}</td>
              <td class="figure">{money(price_micros, currency)}</td>
              <td>{item}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
}
